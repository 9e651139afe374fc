"""Correlation, lag and events of curves over time. Times are seconds; nothing here knows a face or a sound."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avatar.types import HOP_SECONDS

Curve = NDArray[np.float64]
At = Callable[[Curve], Curve]
"""A curve that can be asked for its values at any times."""

LONGEST_LAG_SECONDS: Final = 0.4
LAG_STEP_SECONDS: Final = 0.01
LEAST_POINTS: Final = 10


class Lag(NamedTuple):
    """Where a curve goes best with another: seconds, positive where it comes late, and the correlation there."""

    seconds: float
    r: float


def pearson(a: Curve, b: Curve) -> float:
    """Pearson's r of what is finite in both; NaN where either does not vary, or there are fewer than ten points."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < LEAST_POINTS or a.std() < 1e-9 or b.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def correlations(times: Curve, values: Curve, reference: At) -> tuple[Curve, Curve]:
    """Lags in seconds, and at each of them the correlation of the values with the reference so much earlier."""
    steps = round(LONGEST_LAG_SECONDS / LAG_STEP_SECONDS)
    lags = np.asarray(np.arange(-steps, steps + 1) * LAG_STEP_SECONDS, np.float64)
    return lags, np.array([pearson(values, reference(times - lag)) for lag in lags])


def best_lag(lags: Curve, r: Curve) -> Lag | None:
    """The highest of `correlations`, of several equal ones the nearest to 0; None where there is none."""
    known = np.flatnonzero(np.isfinite(r))
    if not len(known):
        return None
    at = min(known, key=lambda i: (-round(float(r[i]), 9), abs(lags[i])))
    return Lag(float(lags[at]), float(r[at]))


def sampled(times: Curve, values: Curve) -> At:
    """Linear between the points, NaN beyond them."""
    return lambda at: np.interp(at, times, values, left=np.nan, right=np.nan)


def on_grid(values: NDArray[np.float32]) -> At:
    """Of a speech track on the 10 ms grid."""
    return sampled(np.asarray(np.arange(len(values)) * HOP_SECONDS, np.float64), np.asarray(values, np.float64))


def running_median(values: Curve, frames: int) -> Curve:
    """Of the `frames` around each; the ends are held."""
    half = frames // 2
    padded = np.pad(values, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    return np.asarray(np.median(windows, axis=1), np.float64)


def running_mean(values: Curve, frames: int) -> Curve:
    """Of an odd number of `frames` around each, along the first axis; the ends are held."""
    half = frames // 2
    padded = np.pad(values, [(half, half)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0).mean(axis=-1), np.float64)


def stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True: first index, and the index after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
