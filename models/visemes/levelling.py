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

_COLOUR_SUMS: Final = COLOUR_PRIOR_FRAMES * np.interp(np.linspace(0, 7, MEL_BANDS), np.arange(8), USUAL_COLOUR)


class Levelling:
    """Levels frame after frame; `push` gives those of every group that is full, `flush` the rest.

    The same whatever the pieces in which the frames come.
    """

    def __init__(self) -> None:
        self._waiting: Floats = np.empty((0, MEL_BANDS), np.float32)
        self._peak = FIRST_PEAK
        self._weight = 0.0
        self._sums = np.zeros(2 * MEL_BANDS)

    def push(self, mel: Floats) -> Floats:
        """`mel` (n, 64), log-mel in nepers; the frames (m, 64) that are levelled with it."""
        frames = np.concatenate([self._waiting, mel])
        whole = len(frames) // GROUP_FRAMES * GROUP_FRAMES
        self._waiting = frames[whole:]
        return self._levelled(frames[:whole], GROUP_FRAMES)

    def flush(self) -> Floats:
        rest, self._waiting = self._waiting, self._waiting[:0]
        return self._levelled(rest, len(rest))

    def _levelled(self, frames: Floats, group: int) -> Floats:
        """Frames (n group, 64)."""
        if not len(frames):
            return frames
        groups = frames.reshape(-1, group, MEL_BANDS)
        mean, scale = _moments(*self._heard(groups))
        levelled: Floats = groups - mean.astype(np.float32)[:, None]
        levelled *= scale.astype(np.float32)[:, None]
        np.maximum(levelled, -LIMIT, out=levelled)
        np.minimum(levelled, LIMIT, out=levelled)
        return levelled.reshape(-1, MEL_BANDS)

    def _heard(self, groups: Floats) -> tuple[Doubles, Doubles, Doubles]:
        """Takes in groups (n, g, 64); after each the weight (n, 1) of what was heard, and its sums and squares."""
        loudness = (np.add.reduce(groups, axis=2) / np.float32(MEL_BANDS)).tolist()
        kept, counted, weights = zip(*[self._weighed(group) for group in loudness], strict=True)
        both = np.concatenate([groups, np.square(groups)], axis=2)
        sums: Doubles = np.matmul(np.array(counted)[:, None], both)[:, 0]
        for place, share in enumerate(kept):
            sums[place] += share * (sums[place - 1] if place else self._sums)
        self._sums = sums[-1].copy()
        return np.array(weights)[:, None], sums[:, :MEL_BANDS], sums[:, MEL_BANDS:]

    def _weighed(self, loudness: list[float]) -> tuple[float, list[float], float]:
        """Of a group's frames: the share that is kept of what was before, how much each counts, the weight of all."""
        before = max(self._peak - PEAK_FALL * len(loudness), LEAST_PEAK)
        self._peak = max(before, *loudness)
        kept = (1.0 - len(loudness) / MEMORY_FRAMES) * math.exp(before - self._peak)
        counted = [1.0 / (1.0 + math.exp(self._peak - COUNTED_RANGE - frame)) for frame in loudness]
        self._weight = kept * self._weight + sum(counted)
        return kept, counted, self._weight


def _moments(weights: Doubles, sums: Doubles, squares: Doubles) -> tuple[Doubles, Doubles]:
    """Mean and inverse deviation (n, 64) of the bands, of usual speech and of what was heard."""
    total = np.add.reduce(sums, axis=1, keepdims=True) / MEL_BANDS
    level = (total + LEVEL_PRIOR_FRAMES * USUAL_LEVEL) / (weights + LEVEL_PRIOR_FRAMES)
    weight = weights + COLOUR_PRIOR_FRAMES
    mean = sums + (_COLOUR_SUMS - total)
    mean /= weight
    mean += level
    variance = mean * (weights * mean - 2.0 * sums)
    variance += squares
    variance += COLOUR_PRIOR_FRAMES * USUAL_DEVIATION**2
    variance /= weight
    np.maximum(variance, DEVIATIONS[0] ** 2, out=variance)
    np.minimum(variance, DEVIATIONS[1] ** 2, out=variance)
    return mean, 1.0 / np.sqrt(variance, out=variance)
