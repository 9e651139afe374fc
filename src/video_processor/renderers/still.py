"""The last resort: the picture itself, or the footage as it was filmed, for as long as the sound lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avatar.types import Footage, Image, Portrait, RenderChunk, Size
from video_processor.footage.frames import read_frames, shown_frames
from video_processor.framing import frame_portrait
from video_processor.renderers.base import RendererCapabilities, RenderSession

CAPABILITIES: Final = RendererCapabilities(
    name="still",
    version=1,
    summary="The portrait or video is shown as it is; for when nothing else can draw it.",
    alpha=True,
    moves=False,
)


class StillRenderer:
    """Needs nothing and drives nothing."""

    @property
    def capabilities(self) -> RendererCapabilities:
        return CAPABILITIES

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        framed = portrait if portrait.size == size else frame_portrait(portrait, size)
        if framed.footage is not None:
            return _FilmSession(framed.footage)
        return _StillSession(framed.cutout.front if framed.cutout and framed.channels == 4 else framed.image)


@dataclass(frozen=True, slots=True)
class _StillSession:
    image: Image

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        for _ in range(chunk.count):
            yield self.image.copy()


@dataclass(frozen=True, slots=True)
class _FilmSession:
    footage: Footage

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        yield from read_frames(self.footage, shown_frames(self.footage, chunk.first, chunk.count, chunk.motion.fps))
