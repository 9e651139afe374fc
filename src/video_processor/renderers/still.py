"""The last resort: the picture itself, for as long as the sound lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avatar.types import Image, Portrait, RenderChunk, Size
from video_processor.framing import frame_portrait
from video_processor.renderers.base import RendererCapabilities, RenderSession

CAPABILITIES: Final = RendererCapabilities(
    name="still", version=1, summary="The portrait does not move; for when nothing else can draw it.", alpha=True
)


class StillRenderer:
    """Needs nothing and drives nothing."""

    @property
    def capabilities(self) -> RendererCapabilities:
        return CAPABILITIES

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        framed = portrait if portrait.size == size else frame_portrait(portrait, size)
        return _StillSession(framed.cutout.front if framed.cutout and framed.channels == 4 else framed.image)


@dataclass(frozen=True, slots=True)
class _StillSession:
    image: Image

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        for _ in range(chunk.count):
            yield self.image.copy()
