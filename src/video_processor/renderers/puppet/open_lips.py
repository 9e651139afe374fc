"""How the rings of the lips follow the jaw: the opening becomes round and the lips turn with its edge.

A lip that is stretched round a wide opening keeps its thickness square to its own edge, so that at the sides its
border lies beside the opening and no longer above or below it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import smoothstep

Points = NDArray[np.float64]

COLUMNS: Final = np.linspace(-1, 1, 11)
"""The points of a ring from the subject's right to the left."""

CORNER_DROP: Final = 0.39
"""How far the corners of the mouth go down with the jaw, share of the gap."""

NARROW_DROP: Final = 0.07
NARROW: Final = (0.14, 0.22)
"""The corners of a mouth whose half width is under the first of these, eye distances, go down so much further: there
the same gap makes an O; from the second on it does not matter."""

CORNER_ENDS: Final = np.abs(COLUMNS) ** 3.2
"""How much each point of a lip's ring follows the corners."""

LOWER_LIP_SHARE: Final = 0.87
"""How much of the gap the lower lip makes; the upper lip makes the rest."""

ARCH: Final = 0.62
"""The opening's edges are (1 - x^2) to this power, x from -1 to 1 across the mouth: 0.5 is an ellipse."""

INWARD: Final = 0.08
"""How far the corners come in, share of the gap."""

UNFOLDING: Final = 1.4
"""The fold in which shut lips end gets shorter by this share for each inter-ocular distance of opening, which takes its
skin."""

TURN_SHARE: Final = 0.6
"""A lip turns by this share of the angle by which its edge does."""


def open_lips(points: Points, gap: float) -> Points:
    """Displacement (468, 3) of the lips of a face in the head's frame that parts them by `gap`, 0 elsewhere."""
    shape = np.zeros_like(points)
    corner = corner_drop(points)
    for rings, end in ((topo.UPPER_LIP_RINGS, LOWER_LIP_SHARE - 1), (topo.LOWER_LIP_RINGS, LOWER_LIP_SHARE)):
        inner = points[list(rings[-1])]
        across = _across(inner)
        drop = corner + (end - corner) * (1 - across**2) ** ARCH
        moved = inner[:, :2] + gap * np.stack([-INWARD * across, drop], axis=1)
        turn = TURN_SHARE * (_angles(moved) - _angles(inner[:, :2]))
        turn[[0, -1]] = 0.0
        for ring in rings:
            away = points[list(ring), :2] - inner[:, :2]
            away[[0, -1]] *= 1 - UNFOLDING * gap
            shape[list(ring), :2] = moved + _turned(away, turn) - points[list(ring), :2]
    return shape


def _across(line: Points) -> Points:
    """How far each point (n, 3) of a lip's line is from the middle, -1 at its first corner to 1 at its last."""
    middle, half = (line[0, 0] + line[-1, 0]) / 2, (line[-1, 0] - line[0, 0]) / 2
    return np.asarray(np.clip((line[:, 0] - middle) / max(half, 1e-6), -1, 1))


def corner_drop(points: Points) -> float:
    """How far the corners of this mouth go down with the jaw, share of the gap."""
    half = float(np.linalg.norm(points[308] - points[78]) / 2)
    return CORNER_DROP + NARROW_DROP * (1 - float(smoothstep(*NARROW, half)))


def _angles(line: Points) -> Points:
    """Direction of a line (n, 2) at each of its points, radians."""
    along = np.gradient(line, axis=0)
    return np.asarray(np.arctan2(along[:, 1], along[:, 0]))


def _turned(vectors: Points, angles: Points) -> Points:
    """Each vector (n, 2) turned by its angle."""
    c, s = np.cos(angles), np.sin(angles)
    x, y = vectors.T
    return np.stack([c * x - s * y, s * x + c * y], axis=1)
