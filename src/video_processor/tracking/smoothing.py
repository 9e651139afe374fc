"""The one-euro filter without delay, for curves that are known to their end.

Casiez, Roussel and Vogel 2012, "1 € Filter": a low pass whose cutoff rises with the speed of the curve, so that
what rests does not tremble and what moves fast is not dulled. Here the speed at a time looks both ways, and the
filter runs forwards and then backwards, so that nothing is shifted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats

SPEED_REACH: Final = 1
"""Samples before and after whose speed counts too: the beginning of a movement is as sharp as its middle."""


@dataclass(frozen=True, slots=True)
class OneEuro:
    """Cutoff in Hz at rest, and how many more for each unit a second."""

    rest_hz: float
    hz_per_speed: float


def smooth(times: NDArray[np.float64], curves: Floats, filters: list[OneEuro]) -> Floats:
    """The curves (n, k) at rising `times` (n,) in seconds, each under its own of the k filters."""
    if len(times) < 3:
        return curves
    steps = np.maximum(np.diff(times), 1e-6)
    values = curves.astype(np.float64)
    cutoff = np.array([f.rest_hz for f in filters]) + np.array([f.hz_per_speed for f in filters]) * _speed(
        values, times
    )
    forwards = _pass(values, cutoff[1:], steps)
    backwards = _pass(forwards[::-1], cutoff[::-1][1:], steps[::-1])
    return np.asarray(backwards[::-1], np.float32)


def _speed(values: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) units a second, the largest within reach."""
    speed = np.abs(np.gradient(values, times, axis=0))
    around = [np.pad(speed, ((SPEED_REACH, SPEED_REACH), (0, 0)), mode="edge")[i : i + len(speed)] for i in (0, 1, 2)]
    return np.asarray(np.max(around, axis=0))


def _pass(values: NDArray[np.float64], cutoff: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """An exponential filter whose share of the new value follows cutoff (n - 1, k) and step (n - 1,)."""
    share = 1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff * steps[:, None]))
    out = values.copy()
    for i in range(1, len(values)):
        out[i] = out[i - 1] + share[i - 1] * (values[i] - out[i - 1])
    return out
