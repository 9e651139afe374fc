"""The engine that always works: a portrait moved by displacement fields."""

from video_processor.renderers.puppet.renderer import PuppetRenderer

__all__ = ["PuppetRenderer"]
