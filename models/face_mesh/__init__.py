"""The face models: BlazeFace detector, face mesh, iris and selfie segmenter, run by LiteRT."""
