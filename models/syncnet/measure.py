"""How well lips and sound agree: LSE-D, LSE-C and the offset, from the features of both.

J. S. Chung and A. Zisserman (2016), section 3; named LSE by K. R. Prajwal and others (2020). The arithmetic is that of
github.com/joonson/syncnet_python, `SyncNetInstance.py`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from avatar.types import Floats

LARGEST_SHIFT: Final = 15
"""Frames that the sound is shifted by, either way."""

EPSILON: Final = 1e-6
"""Added to every difference, as PyTorch's `pairwise_distance` does."""


@dataclass(frozen=True, slots=True)
class SyncScore:
    """`offset_frames` at 25 fps: positive where the sound comes before the lips.

    `distance` is LSE-D, the mean distance at the best shift: lower is better, speech in sync is about 6 to 8.
    `confidence` is LSE-C, by how much the median over the shifts lies above it: higher is better, about 6 to 8.
    """

    offset_frames: int
    confidence: float
    distance: float


def shifted_distances(lips: Floats, sound: Floats, largest_shift: int = LARGEST_SHIFT) -> Floats:
    """(2 * shift + 1,): the mean distance of `lips` (n, features) from `sound` (n, features) at each shift.

    The sound is continued by zeros at both ends.
    """
    padded = np.pad(sound, ((largest_shift, largest_shift), (0, 0)))
    windows = sliding_window_view(padded, 2 * largest_shift + 1, axis=0)[: len(lips)]
    means = np.zeros(2 * largest_shift + 1, np.float64)
    for frame, window in zip(lips, windows, strict=True):
        means += np.sqrt(np.square(frame[:, None] - window + np.float32(EPSILON)).sum(axis=0))
    result: Floats = (means / len(lips)).astype(np.float32)
    return result


def score_of(distances: Floats) -> SyncScore:
    """From the distances (2 * shift + 1,) at each shift; the median is the lower of two."""
    best = int(distances.argmin())
    median = np.sort(distances)[(len(distances) - 1) // 2]
    return SyncScore(
        offset_frames=len(distances) // 2 - best,
        confidence=float(median - distances[best]),
        distance=float(distances[best]),
    )
