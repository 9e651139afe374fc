"""How long a video takes and how much memory, told before it is made and learned from those that were."""
