"""The contract that every engine keeps.

An engine is asked for its capabilities, prepares a portrait once, and draws chunks. It sees a portrait,
a chunk of motion and a chunk of audio with the context it declares, and nothing else; drawing in chunks
gives the same frames as drawing the whole.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from avatar.types import Image, Portrait, RenderChunk, Size


@dataclass(frozen=True, slots=True)
class LiveContext:
    """What matters to an engine that draws one frame at a time, in seconds from that frame's start.

    Motion and sound from `before` on, and sound up to `after`, as far as it is known; its first `needed` seconds must
    be known for a right frame. Of motion past the frame it needs none.
    """

    before: float = 0.0
    after: float = 0.0
    needed: float = 0.0

    @property
    def hears(self) -> bool:
        return self.before > 0.0 or self.after > 0.0


@dataclass(frozen=True, slots=True)
class RendererCapabilities:
    """What an engine is and needs.

    `version` changes whenever its frames do, since finished chunks are kept under it. `context_before` and
    `context_after` are frames of motion and audio that it needs around a chunk. `sequential` engines get
    their chunks in order. `alpha` engines can draw a portrait with nothing behind it; others get none such. An engine
    that plays no motion does not `move` the picture, which then may stand still; one that draws a single picture
    alone has no `films`.
    An engine that can draw frame by frame while they are shown says in `live` what it looks at; others have None.
    `weights` are the registry keys of its checkpoints, `extra` the extra of this project that it needs. `auto` takes an
    engine that `wants_gpu` only where there is one; asked for by name it runs anywhere.
    """

    name: str
    version: int
    summary: str
    context_before: int = 0
    context_after: int = 0
    sequential: bool = False
    weights: tuple[str, ...] = ()
    alpha: bool = False
    moves: bool = True
    films: bool = True
    extra: str = ""
    wants_gpu: bool = False
    live: LiveContext | None = None


class RenderSession(Protocol):
    """A portrait prepared at one output size. Safe to use from several threads at once."""

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's own frames in order: uint8 of the session's size, as many `channels` as its portrait has.

        Each is a fresh array. RGB; or RGBA with straight alpha where the portrait has a `cutout` with nothing behind.
        """
        ...


@runtime_checkable
class Telling(Protocol):
    """A session that has something to tell of how it drew."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, each thing once: a batch that was halved for want of memory, and the like."""
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


@runtime_checkable
class Layered(Protocol):
    """A session that draws over the frames of another one, which can go on alone."""

    @property
    def puppet(self) -> RenderSession: ...


@runtime_checkable
class Marked(Protocol):
    """An engine whose sessions hold what was read from files that may be replaced meanwhile."""

    def files_mark(self) -> Hashable:
        """What tells its files from any others and from what lay there before. Raises `WeightsError`."""
        ...
