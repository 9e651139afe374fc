"""Who gets what a stage shows."""
