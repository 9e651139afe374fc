"""The contract that every engine keeps.

An engine is asked for its capabilities, prepares a portrait once, and draws chunks. It sees a portrait,
a chunk of motion and a chunk of audio with the context it declares, and nothing else; drawing in chunks
gives the same frames as drawing the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from avatar.types import Image, Portrait, RenderChunk, Size


@dataclass(frozen=True, slots=True)
class RendererCapabilities:
    """What an engine is and needs.

    `version` changes whenever its frames do, since finished chunks are kept under it. `context_before` and
    `context_after` are frames of motion and audio that it needs around a chunk. `sequential` engines get
    their chunks in order. `weights` are the registry keys of its checkpoints.
    """

    name: str
    version: int
    summary: str
    context_before: int = 0
    context_after: int = 0
    sequential: bool = False
    weights: tuple[str, ...] = ()


class RenderSession(Protocol):
    """A portrait prepared at one output size. Safe to use from several threads at once."""

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's own frames in order: uint8 RGB of the session's size, each a fresh array."""
        ...


class Renderer(Protocol):
    """An engine."""

    @property
    def capabilities(self) -> RendererCapabilities: ...

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        """Everything that depends only on the portrait, which has the video's `size` already.

        Raises `RenderError` where it cannot be drawn.
        """
        ...
