"""The clock of SadTalker's networks: 25 ticks a second from the start of the sound, whatever the video's frame rate.

Coefficients are made at whole ticks, as the networks were trained, and read between them at the times of the video's
frames. At 25 frames a second ticks are frames. A chunk's ticks are those of the whole video, so that chunks agree.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import SAMPLE_RATE_HZ, Floats, RenderChunk
from models.sadtalker.semantics import RADIUS_FRAMES

TICKS_PER_SECOND: Final = 25
TICK_SAMPLES: Final = SAMPLE_RATE_HZ // TICKS_PER_SECOND
BAR: Final = 5
"""So many ticks are a whole number of mel frames: 3200 samples, 16 hops."""

WARM_UP: Final = 3
"""Ticks at the start of a stretch whose mel windows the stretch's own edge would reach; the sound has as many after."""

MOST_FPS: Final = 120
CONTEXT_SECONDS: Final = Fraction(2 * RADIUS_FRAMES + 1 + BAR, TICKS_PER_SECOND)
CONTEXT_FRAMES: Final = ceil(CONTEXT_SECONDS * MOST_FPS)
"""Frames around a chunk that hold the window, the smoothing of what it shows, and the sound, at any frame rate."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ticks from `first` (counted from the start of the sound) that a chunk's frames need, `count` of them.

    `places` (frames,): where the chunk's own frames lie among them, in ticks from `first`.
    """

    first: int
    count: int
    places: NDArray[np.float64]
    chunk: RenderChunk

    @property
    def times(self) -> NDArray[np.float64]:
        """Where the ticks lie among the frames that the chunk's motion holds, in frames from its first."""
        start, fps = self.chunk.first - self.chunk.lead, self.chunk.motion.fps
        return np.array([float(Fraction(self.first + n, TICKS_PER_SECOND) * fps - start) for n in range(self.count)])

    def at(self, curve: Floats) -> Floats:
        """A curve (frames of the chunk's motion, k) at the ticks (count, k)."""
        frames = np.arange(len(curve))
        columns = [np.interp(self.times, frames, column) for column in curve.T]
        return np.asarray(np.stack(columns, axis=1), np.float32)

    def windows(self, coefficients: Floats) -> Floats:
        """Coefficients (count, k) around every one of the chunk's own frames: (frames, k, 27); the ends go on."""
        places = self.places[:, None] + np.arange(-RADIUS_FRAMES, RADIUS_FRAMES + 1)
        places = np.clip(places, 0, self.count - 1)
        before = np.minimum(np.floor(places).astype(np.intp), max(self.count - 2, 0))
        share = (places - before).astype(np.float32)[..., None]
        after = np.minimum(before + 1, self.count - 1)
        found = coefficients[before] * (1 - share) + coefficients[after] * share
        return np.ascontiguousarray(found.transpose(0, 2, 1), np.float32)

    def sound(self) -> tuple[Floats, int]:
        """The sound of whole ticks from a bar before the first one on, and how many of them come before that one.

        It reaches past the last tick as far as that one's mel window does, where there is as much, and no further than
        the last tick of the video, whose missing sound is silence.
        """
        start = _start(self.chunk)
        bar = max(0, self.first - WARM_UP) // BAR * BAR
        bar = min(max(bar, ceil(Fraction(start, TICK_SAMPLES * BAR)) * BAR), self.first)
        heard = (start + len(self.chunk.audio)) // TICK_SAMPLES
        end = min(self.first + self.count + BAR, max(heard, _held(self.chunk)[1] + 1))
        sound = self.chunk.audio[bar * TICK_SAMPLES - start : end * TICK_SAMPLES - start]
        return np.pad(sound, (0, (end - bar) * TICK_SAMPLES - len(sound))), self.first - bar


def ticks_of(chunk: RenderChunk) -> Ticks:
    """The ticks that a chunk's frames need, as far as the chunk holds them."""
    rate, held = TICKS_PER_SECOND / chunk.motion.fps, _held(chunk)
    first = max(floor(chunk.first * rate) - RADIUS_FRAMES, held[0])
    last = min(ceil((chunk.first + chunk.count - 1) * rate) + RADIUS_FRAMES, held[1])
    frames = range(chunk.first, chunk.first + chunk.count)
    places = np.array([float(frame * rate - first) for frame in frames])
    return Ticks(first, max(last - first, 0) + 1, places, chunk)


def _held(chunk: RenderChunk) -> tuple[int, int]:
    """The first and the last tick within the motion that a chunk holds."""
    start, rate = chunk.first - chunk.lead, TICKS_PER_SECOND / chunk.motion.fps
    return ceil(start * rate), floor((start + len(chunk.motion) - 1) * rate)


def _start(chunk: RenderChunk) -> int:
    """The sample that the chunk's sound begins with."""
    return round(Fraction((chunk.first - chunk.lead) * SAMPLE_RATE_HZ) / chunk.motion.fps)


def smoothed(curve: Floats, seconds: float, fps: Fraction) -> Floats:
    """A curve (n, k) weighed with its neighbours by a normal distribution of so many seconds, cut at 13 ticks."""
    reach = floor(fps * RADIUS_FRAMES / TICKS_PER_SECOND)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / (seconds * float(fps))) ** 2).astype(np.float32)
    wide = np.pad(curve, ((reach, reach), (0, 0)), mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(wide, len(weights), axis=0)
    return np.asarray(near @ (weights / weights.sum()), np.float32)
