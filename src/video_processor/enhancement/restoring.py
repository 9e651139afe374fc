"""Faces restored by a network in a video: on every n-th frame, carried to the others, without flicker.

The frames `0, n, 2 n, ...` of the video are keys, wherever a chunk begins. On a key the face is cut out, restored, and
what the network added is kept. A frame gets what its own key and the one before it added, each carried along by the
flow, so that a new key comes in gradually; where n is 1, a weighted mean over three frames.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from avatar.errors import AvatarError, EnhancementError
from avatar.types import Floats, Image
from video_processor.enhancement.alignment import FacePlace, Finder, place_of
from video_processor.enhancement.flow import Carrier, Detail, grey_of
from video_processor.enhancement.pasting import pasted

GFPGAN: Final = "gfpgan"

EVERY_FRAME_WEIGHTS: Final = (0.4, 0.35, 0.25)
"""Of what was added to this frame and the two before it, where every frame is a key."""

PLACE_FRAMES: Final = 3
"""A face's place is the mean over a key and the frames before it, so many together."""


class Restorer(Protocol):
    """What a network that restores faces is asked for; `models.gfpgan.restorer.FaceRestorer` is one."""

    @property
    def batch(self) -> int: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    def restore(self, faces: Image) -> Image:
        """(n, 512, 512, 3) uint8 RGB of the same. Raises `RenderError`."""
        ...


@dataclass(slots=True)
class _Waiting:
    """A frame that waits for its key to be restored. `place` and `face` are a key's, where there is a face."""

    frame: Image
    index: int
    place: FacePlace | None = None
    face: Image | None = None


@dataclass(slots=True)
class _Known:
    """What the keys so far have added, the newest first, and where the face was on the newest of them."""

    details: deque[Detail] = field(default_factory=deque)
    place: FacePlace | None = None


@dataclass(frozen=True, slots=True)
class FaceEnhancer:
    """`strength` in 0..1 of what the network adds; `every` n-th frame is a key. Frames are as large as the file's."""

    restorer: Restorer
    find: Finder
    strength: float = 1.0
    every: int = 1

    @property
    def name(self) -> str:
        return f"{GFPGAN}-{self.strength:.2f}-{self.every}"

    @property
    def keys_before(self) -> int:
        """How many keys before its own a frame looks at."""
        return len(EVERY_FRAME_WEIGHTS) - 1 if self.every == 1 else 1

    @property
    def context_before(self) -> int:
        return (self.every - 1) + self.keys_before * self.every + PLACE_FRAMES - 1

    @property
    def notes(self) -> tuple[str, ...]:
        return self.restorer.notes

    def enhance(self, frames: Iterable[Image], *, first: int = 0, lead: int = 0) -> Iterator[Image]:
        """See `Enhancer`. Holds as many frames as the network restores at once, `every` times."""
        known, carrier = _Known(deque(maxlen=self.keys_before + 1)), Carrier()
        for waiting in self._batches(frames, first, lead):
            self._restore(waiting)
            for one in waiting:
                if one.index % self.every == 0:
                    _take(known, one)
                if one.index >= first:
                    yield self._enhanced(one, known, carrier)

    def _batches(self, frames: Iterable[Image], first: int, lead: int) -> Iterator[list[_Waiting]]:
        """Frames with the places of the keys among them; a batch ends before a key that would be one too many."""
        earliest = (first // self.every - self.keys_before) * self.every
        found: deque[Floats | None] = deque(maxlen=PLACE_FRAMES)
        waiting: list[_Waiting] = []
        keys = 0
        for index, frame in enumerate(frames, first - lead):
            if self._is_looked_at(index, earliest):
                found.append(self.find(frame))
            one = _Waiting(frame, index)
            if index % self.every == 0 and index >= earliest:
                if keys >= self.restorer.batch:
                    yield waiting
                    waiting, keys = [], 0
                keys += 1
                _locate(one, found)
            if index >= earliest:
                waiting.append(one)
        yield waiting

    def _is_looked_at(self, index: int, earliest: int) -> bool:
        """Whether the frame's landmarks go into the place of a key."""
        key = max(index + -index % self.every, earliest)
        return key - index < PLACE_FRAMES

    def _restore(self, waiting: Sequence[_Waiting]) -> None:
        """The keys' faces, restored, take the place of those that were drawn."""
        keys = [one for one in waiting if one.face is not None]
        if not keys:
            return
        try:
            restored = self.restorer.restore(np.stack([one.face for one in keys if one.face is not None]))
        except AvatarError as error:
            raise EnhancementError(f"{GFPGAN} failed on frame {keys[0].index}: {error}") from error
        except Exception as error:
            raise EnhancementError(
                f"{GFPGAN} failed on frame {keys[0].index}: {type(error).__name__}: {error}"
            ) from error
        for one, face in zip(keys, restored, strict=True):
            one.face = face

    def _enhanced(self, one: _Waiting, known: _Known, carrier: Carrier) -> Image:
        if known.place is None:
            return one.frame
        grey = grey_of(known.place.cut(one.frame))
        added = carrier.blended(known.details, self._weights(one.index), grey)
        return pasted(one.frame, added, known.place, self.strength)

    def _weights(self, index: int) -> Sequence[float]:
        """Of the newest key and those before it, for a frame."""
        if self.every == 1:
            return EVERY_FRAME_WEIGHTS
        newest = (index % self.every + 1) / self.every
        return (newest, 1.0 - newest)


def _locate(one: _Waiting, found: Sequence[Floats | None]) -> None:
    """A key's place, from the landmarks of the newest frames; none where the key itself shows no face."""
    if not found or found[-1] is None:
        return
    one.place = place_of(np.mean([landmarks for landmarks in found if landmarks is not None], axis=0))
    one.face = one.place.cut(one.frame)


def _take(known: _Known, one: _Waiting) -> None:
    """The key becomes the newest that is known; without a face all of them are forgotten."""
    if one.place is None or one.face is None:
        known.details.clear()
    else:
        drawn = one.place.cut(one.frame)
        added = (one.face.astype(np.float32) - drawn) * one.place.mask()[..., None]
        known.details.appendleft(Detail(added, grey_of(drawn)))
    known.place = one.place
