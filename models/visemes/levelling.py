"""Levels log-mel frames to the voice and the room, from what has been heard so far alone.

A step of 20 ms is levelled by mean and deviation of each band over the frames before and in it; frames far
under the loudest of late count for nothing, so that pauses do not. It forgets with time, and starts from usual speech.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from models.visemes.mel import MEL_BANDS

Doubles = NDArray[np.float64]

GROUP_FRAMES: Final = 2
"""Frames levelled alike: a step of the network, so that levelling adds nothing to its look-ahead."""

MEMORY_FRAMES: Final = 1000.0
"""Speech is forgotten with this time constant."""

LEVEL_PRIOR_FRAMES: Final = 8.0
COLOUR_PRIOR_FRAMES: Final = 60.0
"""Weight of usual speech against what is heard, for the level, and for the bands' means and deviations about it."""

USUAL_LEVEL: Final = -12.5
USUAL_COLOUR: Final = (2.5, 3.5, 1.0, 0.5, 0.0, 0.0, -3.0, -4.5)
USUAL_DEVIATION: Final = 2.3
"""Loudness of a frame of speech (mean over its bands, nepers), how the bands differ from it from the lowest to the
highest, and their deviation."""

FIRST_PEAK: Final = -14.0
LEAST_PEAK: Final = -16.5
PEAK_FALL: Final = 0.004
"""Loudness that stands for the loudest at first and at least, and its fall a frame: 10 dB in 6 s. Speech has a peak of
-10 at 25 dB under full scale, and of -16 at 50 dB."""

COUNTED_RANGE: Final = 4.0
"""A frame so much under the loudest counts half."""

DEVIATIONS: Final = (1.3, 3.5)
"""Least and largest deviation, in nepers."""

LIMIT: Final = 4.0
"""Levelled values lie in -4 to 4."""

_COLOUR: Final = np.interp(np.linspace(0, 7, MEL_BANDS), np.arange(8), USUAL_COLOUR)


class Levelling:
    """Levels frame after frame; `push` gives those of every group that is full, `flush` the rest.

    The same whatever the pieces in which the frames come.
    """

    def __init__(self) -> None:
        self._waiting: Floats = np.empty((0, MEL_BANDS), np.float32)
        self._peak = FIRST_PEAK
        self._weight = 0.0
        self._sum = np.zeros(MEL_BANDS)
        self._squares = np.zeros(MEL_BANDS)

    def push(self, mel: Floats) -> Floats:
        """`mel` (n, 64), log-mel in nepers; the frames (m, 64) that are levelled with it."""
        frames = np.concatenate([self._waiting, mel])
        whole = len(frames) // GROUP_FRAMES * GROUP_FRAMES
        self._waiting = frames[whole:]
        return self._levelled(frames[:whole])

    def flush(self) -> Floats:
        rest, self._waiting = self._waiting, self._waiting[:0]
        return self._levelled(rest)

    def _levelled(self, frames: Floats) -> Floats:
        loudness = frames.mean(axis=1)
        shift, scale = np.empty_like(frames), np.empty_like(frames)
        for first in range(0, len(frames), GROUP_FRAMES):
            group = slice(first, first + GROUP_FRAMES)
            shift[group], scale[group] = self._heard(frames[group], loudness[group])
        result: Floats = np.clip((frames - shift) * scale, -LIMIT, LIMIT)
        return result

    def _heard(self, frames: Floats, loudness: Floats) -> tuple[Doubles, Doubles]:
        """Takes in a group; mean and inverse deviation of the bands (64,) after it."""
        before = max(self._peak - PEAK_FALL * len(frames), LEAST_PEAK)
        self._peak = max(before, float(loudness.max()))
        kept = (1.0 - len(frames) / MEMORY_FRAMES) * math.exp(before - self._peak)
        counted = 1.0 / (1.0 + np.exp(self._peak - COUNTED_RANGE - loudness.astype(np.float64)))
        self._sum = kept * self._sum + counted @ frames
        self._squares = kept * self._squares + counted @ np.square(frames)
        self._weight = kept * self._weight + float(counted.sum())
        total = float(self._sum.mean())
        level = (total + LEVEL_PRIOR_FRAMES * USUAL_LEVEL) / (self._weight + LEVEL_PRIOR_FRAMES)
        weight = self._weight + COLOUR_PRIOR_FRAMES
        mean = level + (self._sum - total + COLOUR_PRIOR_FRAMES * _COLOUR) / weight
        spread = self._squares - 2.0 * mean * self._sum + self._weight * np.square(mean)
        variance = (spread + COLOUR_PRIOR_FRAMES * USUAL_DEVIATION**2) / weight
        return mean, 1.0 / np.clip(np.sqrt(np.maximum(variance, 0.0)), *DEVIATIONS)
