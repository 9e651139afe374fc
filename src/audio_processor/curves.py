"""Operations on curves sampled every 10 ms."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from avatar.types import HOP_SECONDS, Floats, Span


def frames_in(seconds: float) -> int:
    """The nearest whole number of frames, at least one."""
    return max(1, round(seconds / HOP_SECONDS))


def box_mean(curve: NDArray[Any], seconds: float) -> Floats:
    """Running mean over `seconds` around each frame (n,), over what there is of it at the ends."""
    half = frames_in(seconds) // 2
    n = len(curve)
    sums = np.concatenate([[0.0], np.cumsum(curve, dtype=np.float64)])
    at = np.arange(n)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, n)
    result: Floats = ((sums[high] - sums[low]) / (high - low)).astype(np.float32)
    return result


def smooth(curve: Floats, sigma_seconds: float) -> Floats:
    """Gaussian blur along the first axis of (n,) or (n, k); the ends are held."""
    reach = frames_in(3 * sigma_seconds)
    taps = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) * HOP_SECONDS / sigma_seconds))
    taps = (taps / taps.sum()).astype(np.float32)
    padded = np.pad(curve, [(reach, reach)] + [(0, 0)] * (curve.ndim - 1), mode="edge")
    result = np.zeros_like(curve, np.float32)
    for i, tap in enumerate(taps):
        result += tap * padded[i : i + len(curve)]
    return result


def rolling_percentile(curve: Floats, seconds: float, percent: float, *, step_seconds: float = 0.1) -> Floats:
    """Percentile of the `seconds` around each frame (n,), held within `step_seconds`; near an end, of the nearest."""
    step = frames_in(step_seconds)
    coarse = curve[::step]
    size = min(len(coarse), max(1, frames_in(seconds) // step))
    values = np.percentile(sliding_window_view(coarse, size), percent, axis=1)
    middle = np.clip(np.arange(len(coarse)) - size // 2, 0, len(values) - 1)
    return np.repeat(values[middle], step)[: len(curve)].astype(np.float32)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True: first frame and the frame after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def widened(mask: NDArray[np.bool_], before_seconds: float, after_seconds: float) -> NDArray[np.bool_]:
    """The mask with every stretch of True made longer on both sides."""
    before, after = round(before_seconds / HOP_SECONDS), round(after_seconds / HOP_SECONDS)
    result = mask.copy()
    for first, last in runs(mask):
        result[max(0, first - before) : last + after] = True
    return result


def without_short_gaps(mask: NDArray[np.bool_], seconds: float) -> NDArray[np.bool_]:
    """The mask with inner stretches of False shorter than `seconds` filled."""
    result = mask.copy()
    stretches = runs(mask)
    for (_, end), (start, _) in pairwise(stretches):
        if start - end < frames_in(seconds):
            result[end:start] = True
    return result


def spans(mask: NDArray[np.bool_]) -> tuple[Span, ...]:
    return tuple(Span(round(a * HOP_SECONDS, 4), round(b * HOP_SECONDS, 4)) for a, b in runs(mask))


def peaks(curve: Floats) -> NDArray[np.intp]:
    """Frames higher than the one before and not lower than the one after."""
    inner = (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])
    return np.flatnonzero(inner) + 1
