"""Dynamic time warping (Sakoe and Chiba 1978), from coarse to fine in a band: memory grows with the length alone.

The coarse path bounds the finer one, as in FastDTW (Salvador and Chan 2007).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats

Path = NDArray[np.int32]

COARSEST_CELLS: Final = 9_000_000
"""The whole table of the coarsest level fits in so many bytes."""

RADIUS: Final = 64
"""Half of the band around the path of the level before, in frames of the finer one."""

STEP_PENALTY: Final = 0.6
"""Added, in units of the distance, where one of the two stands still."""

DIAGONAL, DOWN, ACROSS = 0, 1, 2
CHECK_ROWS: Final = 2000


def warp(rows: Floats, columns: Floats, *, check: Callable[[], None] = lambda: None) -> tuple[Path, Floats]:
    """The cheapest way through both, each from its first to its last frame.

    `rows` (n, k) and `columns` (m, k) are compared by their Euclidean distance. Returns for each row the last
    column (n,) that it meets, never falling, and the distance (n,) there.
    """
    n, m = len(rows), len(columns)
    if n * m > COARSEST_CELLS and min(n, m) > 2:
        coarse, _ = warp(_halved(rows), _halved(columns), check=check)
        middle = np.repeat(coarse * 2, 2)
        middle = np.append(middle, middle[-1:])[:n]
        low = np.maximum.accumulate(np.clip(middle - RADIUS, 0, m - 1))
        high = np.maximum.accumulate(np.clip(np.append(middle[1:], m) + RADIUS, 1, m))
        high[-1] = m
    else:
        low, high = np.zeros(n, np.int64), np.full(n, m, np.int64)
    return _banded(rows, columns, low, high, check)


def _halved(frames: Floats) -> Floats:
    even = frames[: len(frames) // 2 * 2]
    return np.asarray((even[::2] + even[1::2]) / 2, np.float32)


def _banded(
    rows: Floats, columns: Floats, low: NDArray[np.int64], high: NDArray[np.int64], check: Callable[[], None]
) -> tuple[Path, Floats]:
    steps = np.zeros((len(rows), int((high - low).max())), np.uint8)
    before, row = (np.full(len(columns) + 1, np.inf) for _ in range(2))
    before[0] = 0.0
    for i in range(len(rows)):
        if i % CHECK_ROWS == 0:
            check()
        a, b = int(low[i]), int(high[i])
        cost = _distances(rows[i], columns[a:b])
        straight, still = before[a:b], before[a + 1 : b + 1] + STEP_PENALTY
        best = np.minimum(straight, still) + cost
        walked = np.cumsum(cost + STEP_PENALTY)
        reached = np.minimum.accumulate(best - walked) + walked
        step = steps[i, : b - a]
        step[still < straight] = DOWN
        step[reached < best - 1e-9] = ACROSS
        row[a + 1 : b + 1] = reached
        row[a] = np.inf
        before, row = row, before
    return _walked_back(rows, columns, steps, low)


def _distances(one: Floats, many: Floats) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.square(many - one).sum(axis=1, dtype=np.float64)))


def _walked_back(
    rows: Floats, columns: Floats, steps: NDArray[np.uint8], low: NDArray[np.int64]
) -> tuple[Path, Floats]:
    path = np.zeros(len(rows), np.int32)
    i, j = len(rows) - 1, len(columns) - 1
    path[i] = j
    while i > 0:
        step = steps[i, j - low[i]]
        if step != ACROSS:
            i -= 1
        if step != DOWN:
            j = max(0, j - 1)
        if step != ACROSS:
            path[i] = j
    return path, np.linalg.norm(rows - columns[path], axis=1).astype(np.float32)
