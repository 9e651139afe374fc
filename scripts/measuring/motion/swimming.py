"""A head that swims, or blinks like a clock: whether a motion has a frequency of its own."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from avatar.types import FaceMotion
from scripts.measuring.figures import Figure
from scripts.measuring.motion.curves import blink_times, head_velocity

LEAST_VARIATION: Final = 0.4
LARGEST_LINE: Final = 2.0
"""Power at any frequency over the median of its neighbours; a swaying head has 10 and more."""

LEAST_FLATNESS: Final = 0.6
"""Geometric over arithmetic mean of the power in the octaves of the head's own movement."""

BAND_HZ: Final = (0.2, 1.5)
WINDOW_SECONDS: Final = 20.0


def swimming(motions_by_seed: Mapping[int, FaceMotion]) -> list[Figure]:
    """Of long motions: blinks come irregularly, and the head has no frequency of its own."""
    motions = list(motions_by_seed.values())
    variations = [float(np.std(gaps) / np.mean(gaps)) for gaps in (np.diff(blink_times(m)) for m in motions)]
    lines, flatness = max(map(largest_line, motions)), min(_flatness(_spectrum(motion)) for motion in motions)
    of = f"worst of {len(motions)} seeds"
    return [
        Figure(f"coefficient of variation of the time between blinks, {of}", min(variations), "over", LEAST_VARIATION),
        Figure(f"head speed: power at one frequency over its neighbours', {of}", lines, "under", LARGEST_LINE),
        Figure(f"head speed: flatness of its spectrum, {of}", flatness, "over", LEAST_FLATNESS),
    ]


def _spectrum(motion: FaceMotion) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(frequencies, 3) mean power of the head's speed from 0.2 to 1.5 Hz, in windows that overlap by half."""
    velocity, length = head_velocity(motion), round(WINDOW_SECONDS * float(motion.fps))
    shade = np.hanning(length)[:, None]
    starts = range(0, max(len(velocity) - length, 0) + 1, length // 2)
    power = np.mean([np.abs(np.fft.rfft(shade * velocity[s : s + length], axis=0)) ** 2 for s in starts], axis=0)
    low, high = (round(hz * WINDOW_SECONDS) for hz in BAND_HZ)
    return np.asarray(power[low : high + 1], np.float64)


def largest_line(motion: FaceMotion) -> float:
    """Power of the head's speed at any frequency over the median of its neighbours."""
    power = _spectrum(motion)
    neighbours = np.stack([np.median(power[max(i - 4, 0) : i + 5], axis=0) for i in range(len(power))])
    return float((power / neighbours).max())


def _flatness(power: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    return float((np.exp(np.log(power).mean(axis=0)) / power.mean(axis=0)).min())
