"""Lip curves from phonemes whose times are known.

Each sound pulls the lips towards its targets over a short window; what the lips do is the mean of the
targets, weighted by how firmly each sound holds its own (Cohen and Massaro 1993, *Modeling coarticulation
in synthetic visual speech*), with windows far tighter than theirs.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.articulation import FOLLOWERS, PARTED, REST, VOICELESS_STOPS, Articulation, articulation
from audio_processor.articulation import letters as letters_of
from audio_processor.spoken_words import Phoneme
from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import HOP_SECONDS, VisemeTrack

LEAD_SECONDS: Final = 0.03
"""Lips are where a sound wants them this long before it is heard."""

SHAPE_LEAD_SECONDS: Final = 0.01
"""Width and rounding follow the opening by 20 ms."""

BLUR_SECONDS: Final = 0.02
CLOSURE_BLUR_SECONDS: Final = 0.015
ROUNDING_BLUR_SECONDS: Final = 0.04
"""Standard deviations of the windows: the lips' shape is slower than their opening, a closure faster."""

ROUNDING_EARLY_SECONDS: Final = 0.02
"""Lips are rounded or spread this much before the sound that wants it."""

LEAST_CLOSURE_SECONDS: Final = 0.08
"""A closure lasts at least this long, so that a frame of a 25 fps video always falls in it."""

RELEASE_SECONDS: Final = 0.03
"""The burst and breath at the end of a voiceless stop, when the lips are open again."""

PARTED_SECONDS: Final = 0.2
CLOSING_SECONDS: Final = 0.45
BREATH_SECONDS: Final = 0.15
"""In a pause lips stay parted, close half way, are closed from `CLOSING_SECONDS`, and part for the next breath."""

OPENING_SCALE: Final = 0.75
"""Brings the table's averages to the spread of real speech: mean 0.3 of the widest, 95th percentile 0.64."""

STRESS_GAIN: Final = 1.15
UNSTRESSED_GAIN: Final = 0.9


class _Piece(NamedTuple):
    """A stretch of time with one set of targets; `opening` is scaled."""

    start: float
    end: float
    shape: Articulation
    opening: float


def viseme_track(phonemes: Sequence[Phoneme], frames: int) -> VisemeTrack:
    """The lips (frames,) for timed phonemes, which come in order without overlap; time without one is silence."""
    sums = _Sums(frames)
    for piece in _pieces(phonemes, frames * HOP_SECONDS):
        sums.add(piece)
    return sums.track()


class _Sums:
    """Weighted sums of targets for each frame, filled piece by piece."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.probabilities = np.zeros((frames, len(VISEMES)), np.float32)
        self.opening = np.zeros(frames, np.float32)
        self.closure = np.zeros(frames, np.float32)
        self.shape = np.zeros((frames, 3), np.float32)

    def add(self, piece: _Piece) -> None:
        shape = piece.shape
        start, end = piece.start - LEAD_SECONDS, piece.end - LEAD_SECONDS
        at, window = self._window(start, end, BLUR_SECONDS)
        self.probabilities[at, VISEME_INDEX[shape.viseme]] += window
        self.opening[at] += window * piece.opening
        if shape.closure > 0.0:
            spare = max(0.0, LEAST_CLOSURE_SECONDS - (end - start)) / 2
            at, window = self._window(start - spare, end + spare, CLOSURE_BLUR_SECONDS)
            np.maximum(self.closure[at], window * shape.closure, out=self.closure[at])
        early = ROUNDING_EARLY_SECONDS if shape.hold > REST.hold else 0.0
        late = LEAD_SECONDS - SHAPE_LEAD_SECONDS
        at, window = self._window(start + late - early, end + late, ROUNDING_BLUR_SECONDS)
        self.shape[at] += np.outer(window * shape.hold, (1.0, shape.width, shape.rounding))

    def _window(self, start: float, end: float, blur: float) -> tuple[slice, NDArray[np.float32]]:
        """Frames near a stretch of time, and how far each lies in it (0..1), its edges blurred by `blur` seconds."""
        first = max(0, int((start - 4 * blur) / HOP_SECONDS))
        last = max(first, min(self.frames, int((end + 4 * blur) / HOP_SECONDS) + 2))
        times = np.arange(first, last) * HOP_SECONDS
        window = (_step((times - start) / blur) - _step((times - end) / blur)).astype(np.float32)
        return slice(first, last), window

    def track(self) -> VisemeTrack:
        total = self.probabilities.sum(axis=1, keepdims=True)
        self.probabilities[total[:, 0] <= 1e-6, VISEME_INDEX["sil"]] = 1.0
        probabilities = self.probabilities / self.probabilities.sum(axis=1, keepdims=True)
        closure = np.clip(self.closure, 0.0, 1.0)
        opening = self.opening / np.maximum(total[:, 0], 1e-6) * np.clip(1.0 - 1.1 * closure, 0.0, 1.0)
        held = np.maximum(self.shape[:, 0], 1e-6)
        width = np.where(self.shape[:, 0] > 1e-6, self.shape[:, 1] / held, REST.width)
        return VisemeTrack(
            probabilities=probabilities,
            opening=np.clip(opening, 0.0, 1.0).astype(np.float32),
            width=np.clip(width, 0.0, 1.0).astype(np.float32),
            rounding=np.clip(self.shape[:, 2] / held, 0.0, 1.0).astype(np.float32),
            closure=closure.astype(np.float32),
        )


def _step(x: NDArray[Any]) -> NDArray[Any]:
    """The normal distribution function, by its logistic approximation."""
    return 0.5 + 0.5 * np.tanh(0.851 * x)


def _pieces(phonemes: Sequence[Phoneme], duration: float) -> Iterator[_Piece]:
    clock = 0.0
    spoken = [phoneme for phoneme in phonemes if letters_of(phoneme.symbol)]
    for i, phoneme in enumerate(spoken):
        yield from _pause(clock, phoneme.start, first=i == 0)
        following = (
            spoken[i + 1] if i + 1 < len(spoken) and spoken[i + 1].start - phoneme.end < BREATH_SECONDS else None
        )
        yield from _sound(phoneme, following)
        clock = phoneme.end
    yield from _pause(clock, max(clock, duration + 1.0), first=not spoken)


def _pause(start: float, end: float, *, first: bool) -> Iterator[_Piece]:
    """Silence between two sounds; before the `first` one the lips are at rest until the breath."""
    breath = max(start, end - BREATH_SECONDS)
    parted = PARTED.opening * OPENING_SCALE
    edges = (
        (start, start if first else start + PARTED_SECONDS, PARTED, parted),
        (start + PARTED_SECONDS, start if first else start + CLOSING_SECONDS, PARTED, parted / 2),
        (start if first else start + CLOSING_SECONDS, breath, REST, 0.0),
        (max(breath, start if first else start + CLOSING_SECONDS), end, PARTED, parted / 2),
    )
    for a, b, shape, opening in edges:
        if min(b, end) > a:
            yield _Piece(a, min(b, end), shape, opening)


def _sound(phoneme: Phoneme, following: Phoneme | None) -> Iterator[_Piece]:
    units = letters_of(phoneme.symbol)
    start = phoneme.start
    for i, unit in enumerate(units):
        end = start + unit.share * (phoneme.end - phoneme.start)
        after = units[i + 1].letter if i + 1 < len(units) else _first_letter(following)
        shape = articulation(after if unit.letter in FOLLOWERS and after else unit.letter)
        closed = end
        if unit.letter in VOICELESS_STOPS and shape.closure > 0.0:
            closed = end - min(RELEASE_SECONDS, 0.35 * (end - start))
            release = articulation(after) if after else PARTED
            yield _Piece(closed, end, release._replace(viseme=shape.viseme), _scaled(release, stressed=unit.stressed))
        yield _Piece(start, closed, shape, _scaled(shape, stressed=unit.stressed))
        start = end


def _first_letter(phoneme: Phoneme | None) -> str:
    units = letters_of(phoneme.symbol) if phoneme else ()
    return units[0].letter if units else ""


def _scaled(shape: Articulation, *, stressed: bool) -> float:
    if not shape.is_vowel:
        return shape.opening * OPENING_SCALE
    return shape.opening * OPENING_SCALE * (STRESS_GAIN if stressed else UNSTRESSED_GAIN)
