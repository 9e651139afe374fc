"""The outline of the opening between two lips: a smooth line through landmarks, and round where they are far apart."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.fields import softstep

Points = NDArray[np.float64]

LINE_PARTS: Final = 3

ROUND_GAP: Final = (0.06, 0.22)
"""Over this stretch of opening, inter-ocular distances, the dark in the mouth becomes round."""

ROUND_SHARE: Final = 0.85
UPPER_ARCHED: Final = (0.0, 0.05)
"""An upper lip whose middle lies so much above the corners, inter-ocular distances, is part of the round; in a smile
it is not."""

PLACES: Final = -np.cos(np.linspace(0, np.pi, 33)).astype(np.float32)
ELLIPSE: Final = np.sqrt(np.maximum(1 - PLACES**2, 0)).astype(np.float32)
"""Points across the mouth, -1 at the first corner and 1 at the last, and how far an ellipse's edge is from its axis."""


def rounded(lines: Points, parts: int = LINE_PARTS) -> Points:
    """Lines (..., n, k) with `parts` segments for each of their own: Catmull-Rom splines through their points."""
    return np.asarray(_spline(lines.shape[-2], parts) @ lines)


@lru_cache(maxsize=16)
def _spline(points: int, parts: int) -> Points:
    """What each point of a line takes part in each of its spline, (parts * (points - 1) + 1, points)."""
    line = np.eye(points)
    before = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    a, b, c, d = (p[:, None] for p in (before[:-3], before[1:-2], before[2:-1], before[3:]))
    t = (np.arange(parts) / parts)[None, :, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.vstack([curve.reshape(-1, points), line[-1:]])


def round_opening(upper: Floats, lower: Floats, down: Floats, gap: float, unit: float) -> Floats | None:
    """The dark (n, 2) between lips `gap` inter-ocular distances of `unit` pixels apart; None where they hardly part.

    Each edge comes near half an ellipse about the line from corner to corner, as high as fits the edge best.
    """
    wide = ROUND_SHARE * softstep(*ROUND_GAP, gap)
    if wide == 0:
        return None
    if native.kernels is None:
        return _rounded(upper, lower, down, wide, unit)
    ring, ends = np.empty((2 * len(PLACES), 2), np.float32), (UPPER_ARCHED[0] * unit, UPPER_ARCHED[1] * unit)
    shape = PLACES, ELLIPSE, len(PLACES)
    native.kernels.round_opening(upper, lower, len(upper), (float(down[0]), float(down[1])), wide, ends, *shape, ring)
    return ring


def _rounded(upper: Floats, lower: Floats, down: Floats, wide: float, unit: float) -> Floats:
    across = np.array([down[1], -down[0]], np.float32)
    axis = upper[[0, -1]] * np.float32(0.5) + lower[[0, -1]] * np.float32(0.5)
    ends, depths = axis @ across, axis @ down
    places = ends[0] + (ends[1] - ends[0]) * (PLACES + 1) / 2
    middle = depths[0] + (depths[1] - depths[0]) * (PLACES + 1) / 2
    edges = []
    for line in (upper, lower):
        away = np.interp(places, line @ across, line @ down) - middle
        height = float(away @ ELLIPSE / (ELLIPSE @ ELLIPSE))
        share = wide * (softstep(*UPPER_ARCHED, -height / unit) if line is upper else 1.0)
        edges.append(middle + away + share * (height * ELLIPSE - away))
    ring = np.concatenate([edges[0], edges[1][::-1]])
    spread = np.concatenate([places, places[::-1]])
    return np.asarray(spread[:, None] * across + ring[:, None] * down, np.float32)
