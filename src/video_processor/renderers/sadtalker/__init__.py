"""SadTalker: lips, expression, blinks and head by its networks, over a picture that the puppet has moved."""

from video_processor.renderers.sadtalker.renderer import SadTalkerRenderer

__all__ = ["SadTalkerRenderer"]
