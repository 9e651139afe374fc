"""What happens to a frame between the engine and the encoder."""
