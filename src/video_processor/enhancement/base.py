"""The contract that every enhancer keeps."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from avatar.types import Image


class Enhancer(Protocol):
    """Changes frames one by one, or by those before them; enhancing in chunks gives the same as enhancing the whole.

    `name` tells enhancers of different effect apart, since chunks are kept under it. `context_before` are frames that
    it needs before a chunk. `notes` are what the user should know of how it went, each thing once.
    """

    @property
    def name(self) -> str: ...

    @property
    def context_before(self) -> int: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    def enhance(self, frames: Iterable[Image], *, first: int = 0, lead: int = 0) -> Iterator[Image]:
        """The frames from index `first` of the video on, of those from `first - lead` on.

        uint8 RGB, or RGBA with the alpha as it was. `lead` is `context_before`, or all frames that there are before.
        Raises `EnhancementError`, besides what `frames` raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class FrameByFrame:
    """An enhancer for which no frame has to do with another: `enhanced` gives each anew, its alpha included."""

    name: str
    enhanced: Callable[[Image], Image]

    @property
    def context_before(self) -> int:
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def enhance(self, frames: Iterable[Image], *, first: int = 0, lead: int = 0) -> Iterator[Image]:  # noqa: ARG002 - the contract has it
        """See `Enhancer`. `first` makes no difference."""
        return map(self.enhanced, islice(frames, lead, None))


class Chained:
    """Enhancers one after another."""

    def __init__(self, links: Sequence[Enhancer]) -> None:
        self._links = tuple(links)

    @property
    def name(self) -> str:
        return "+".join(link.name for link in self._links)

    @property
    def context_before(self) -> int:
        return sum(link.context_before for link in self._links)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for link in self._links for note in link.notes)

    def enhance(self, frames: Iterable[Image], *, first: int = 0, lead: int = 0) -> Iterator[Image]:
        start, wanted = first - lead, self.context_before
        for link in self._links:
            wanted -= link.context_before
            begin = max(first - wanted, start)
            frames = link.enhance(frames, first=begin, lead=begin - start)
            start = begin
        return iter(frames)
