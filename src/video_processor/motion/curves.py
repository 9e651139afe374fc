"""Curves over frames: easing, limits, sampling of speech tracks, seeded noise.

A frame's value stands for the whole interval in which it is shown, so curves are taken at its middle.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, copysign, exp
from typing import Final, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from avatar.types import HOP_SECONDS, Floats

Doubles = NDArray[np.float64]
Curves = dict[str, Floats]
"""Curves (frames,) by blendshape name."""

Value = TypeVar("Value", Floats, float)
"""A curve (frames,), or what it is in a single frame."""

NOISE_STEP_SECONDS: Final = 0.05
SOFT_LIMIT_KNEE: Final = 0.7

_ZERO, _ONE = np.zeros((), np.float32), np.ones((), np.float32)
"""Quicker than numbers beside short arrays."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The frames to fill, from index `first`."""

    fps: Fraction
    frames: int
    first: int = 0

    @property
    def rate(self) -> float:
        return float(self.fps)

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def edges(self) -> Doubles:
        """(frames + 1,) start of every frame, and the end of the last."""
        return (self.first + np.arange(self.frames + 1, dtype=np.float64)) / self.rate

    @property
    def times(self) -> Doubles:
        """(frames,) middle of every frame."""
        return (self.first + np.arange(self.frames, dtype=np.float64) + 0.5) / self.rate

    def window(self, start: float, end: float) -> slice:
        """The frames whose middle lies in the stretch, as far as there are any."""
        first = min(max(ceil(start * self.rate - 0.5) - self.first, 0), self.frames)
        return slice(first, min(max(ceil(end * self.rate - 0.5) - self.first, first), self.frames))


def random_stream(seed: int, concern: str) -> np.random.Generator:
    """A generator of its own for each concern, so that a change to one moves no other."""
    return np.random.Generator(np.random.PCG64([seed % 2**64, crc32(concern.encode())]))


def positive(x: Value) -> Value:
    """`x`, or 0 where it is less."""
    return np.maximum(x, _ZERO) if isinstance(x, np.ndarray) else max(x, 0.0)


def at_most_one(x: Value) -> Value:
    """`x`, or 1 where it is more."""
    return np.minimum(x, _ONE) if isinstance(x, np.ndarray) else min(x, 1.0)


def minimum_jerk(x: ArrayLike) -> Doubles:
    """0 to 1 over x in 0..1 with no speed or acceleration at either end (Flash and Hogan 1985)."""
    share = np.minimum(np.maximum(np.asarray(x, np.float64), 0.0), 1.0)
    return np.asarray(share * share * share * (10.0 + share * (6.0 * share - 15.0)), np.float64)


def minimum_jerk_at(x: float) -> float:
    """`minimum_jerk` of a single number."""
    share = min(max(x, 0.0), 1.0)
    return share * share * share * (10.0 + share * (6.0 * share - 15.0))


def stroke_at(t: float, rise: float, fall: float) -> float:
    """`stroke` at a single moment."""
    return minimum_jerk_at(1.0 + t / rise) * (1.0 - minimum_jerk_at(t / fall))


def stroke(t: ArrayLike, rise: float, fall: float) -> Doubles:
    """0 to 1 in `rise` seconds before t = 0, and back in `fall` seconds after it."""
    t = np.asarray(t, np.float64)
    return np.asarray(minimum_jerk(1.0 + t / rise) * (1.0 - minimum_jerk(t / fall)), np.float64)


def soft_limit(x: Value, limit: float) -> Value:
    """`x` where it is small, bent smoothly so that it never passes +-`limit`."""
    knee = SOFT_LIMIT_KNEE * limit
    if not isinstance(x, np.ndarray):
        excess = abs(x) - knee
        return copysign(limit - (limit - knee) * exp(-excess / (limit - knee)), x) if excess > 0.0 else x
    x = np.asarray(x, np.float32)
    size = np.abs(x)
    if np.maximum.reduce(size, axis=None, initial=0.0) <= knee:
        return x
    over = np.maximum(size - knee, 0.0)
    bent = limit - (limit - knee) * np.exp(-over / (limit - knee))
    return np.asarray(np.where(over > 0.0, np.sign(x) * bent, x), np.float32)


def moved(base: ArrayLike, change: Floats) -> Floats:
    """`base` in 0..1 moved by `change` in -1..1: a positive share of the way to 1, a negative one to 0."""
    base, change = np.asarray(base, np.float32), soft_limit(change, 1.0)
    up = _ONE - base
    up *= change
    up += base
    down = _ONE + change
    down *= base
    return np.asarray(np.where(change > _ZERO, up, down), np.float32)


def frame_mean(track: Floats, clock: Clock) -> Floats:
    """(frames,) mean of a 10 ms track (n,) over each frame; its last value lasts to the end."""
    track = _covering(track, clock)
    integral = np.concatenate([[0.0], np.cumsum(track, dtype=np.float64)]) * HOP_SECONDS
    borders = (np.arange(len(integral)) - 0.5) * HOP_SECONDS
    return np.asarray(np.diff(np.interp(clock.edges, borders, integral)) * clock.rate, np.float32)


def frame_peak(track: Floats, clock: Clock) -> Floats:
    """(frames,) largest value of a 10 ms track (n,) within each frame, so that nothing short is missed."""
    track = _covering(track, clock)
    starts = np.floor(clock.edges / HOP_SECONDS + 0.5).astype(np.int64)
    last = max(starts[-1], starts[-2] + 1)
    return np.asarray(np.maximum.reduceat(track[:last], starts[:-1]), np.float32)


def _covering(track: Floats, clock: Clock) -> Floats:
    missing = ceil(clock.seconds / HOP_SECONDS) + 2 - len(track)
    if not len(track):
        return np.zeros(missing, np.float32)
    return np.pad(track, (0, missing), mode="edge") if missing > 0 else track


def impulses(times: ArrayLike, weights: ArrayLike, clock: Clock) -> Floats:
    """(frames,) the weights at their times, each shared between the two nearest frames."""
    position = np.asarray(times, np.float64) * clock.rate - 0.5
    weights = np.broadcast_to(np.asarray(weights, np.float64), position.shape)
    low = np.floor(position).astype(np.int64)
    sheet = np.zeros(clock.frames + 2)
    for index, share in ((low, 1.0 - (position - low)), (low + 1, position - low)):
        inside = (index >= 0) & (index < clock.frames)
        np.add.at(sheet, index[inside], (weights * share)[inside])
    return sheet[: clock.frames].astype(np.float32)


def painted(stretches: list[tuple[float, float]], clock: Clock) -> Floats:
    """(frames,) 1 within the stretches, 0 elsewhere."""
    sheet = np.zeros(clock.frames, np.float32)
    for start, end in stretches:
        sheet[clock.window(start, end)] = 1.0
    return sheet


def eased(curve: Floats, clock: Clock, seconds: float) -> Floats:
    """The curve with every step made a minimum-jerk transition of that length, centred on the step."""
    half = round(seconds * clock.rate / 2)
    x = np.arange(1, 2 * half + 2) / (2 * half + 2)
    return convolved(curve, x**2 * (1.0 - x) ** 2)


def smoothed(curve: Floats, clock: Clock, deviation: float) -> Floats:
    """The curve under a Gaussian of `deviation` seconds."""
    return convolved(curve, _gaussian(deviation, clock.rate))


@lru_cache(maxsize=64)
def _gaussian(deviation: float, rate: float) -> Doubles:
    half = max(1, ceil(3.0 * deviation * rate))
    return np.asarray(np.exp(-0.5 * (np.arange(-half, half + 1) / rate / deviation) ** 2), np.float64)


def smoothed_at(place: int, curve: Floats, clock: Clock, deviation: float) -> float:
    """`smoothed` at a single frame."""
    kernel = _unit_gaussian(deviation, clock.rate)
    first = place - len(kernel) // 2
    if first < 0 or first + len(kernel) > len(curve):
        return float(smoothed(curve, clock, deviation)[place])
    return float(curve[first : first + len(kernel)].dot(kernel))


@lru_cache(maxsize=64)
def _unit_gaussian(deviation: float, rate: float) -> Floats:
    kernel = _gaussian(deviation, rate)
    return np.asarray(kernel / kernel.sum(), np.float32)


def convolved(curve: Floats, kernel: Doubles) -> Floats:
    """The curve under a centred kernel of odd length, which is normalised; the ends last."""
    half = len(kernel) // 2
    if half == 0 or not len(curve) or curve.max() == curve.min():
        return curve
    held = np.concatenate([np.full(half, curve[0]), curve, np.full(half, curve[-1])])
    return np.asarray(np.convolve(held, kernel / kernel.sum(), "valid"), np.float32)


def band_noise(random: np.random.Generator, clock: Clock, deviation: float) -> Floats:
    """(frames,) Gaussian noise of unit variance without lines in its spectrum.

    White noise under a Gaussian of `deviation` seconds: its root-mean-square frequency is
    1 / (2 pi sqrt(2) deviation) Hz. The same whatever the frame rate.
    """
    kernel = noise_kernel(deviation)
    count = ceil(clock.seconds / NOISE_STEP_SECONDS) + 2
    white = random.standard_normal(count + len(kernel) - 1)
    coarse = np.convolve(white, kernel, "valid")
    return np.interp(clock.times, np.arange(count) * NOISE_STEP_SECONDS, coarse).astype(np.float32)


def noise_kernel(deviation: float) -> Doubles:
    """What makes white noise, a number every `NOISE_STEP_SECONDS`, band noise of unit variance; of odd length."""
    half = ceil(3.5 * deviation / NOISE_STEP_SECONDS)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) * NOISE_STEP_SECONDS / deviation) ** 2)
    return np.asarray(kernel / np.sqrt(np.sum(kernel**2)), np.float64)


def held_steps(starts: Doubles, values: Doubles, durations: Doubles, clock: Clock) -> Floats:
    """(frames,) from each start on the value of that index, reached by minimum jerk in its duration."""
    times = clock.times
    index = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
    before = values[np.maximum(index - 1, 0)]
    share = minimum_jerk((times - starts[index]) / durations[index])
    return np.asarray(before + (values[index] - before) * share, np.float32)
