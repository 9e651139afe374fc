"""What makes the frames and the sound of a stage into what a client gets."""
