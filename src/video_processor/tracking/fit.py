"""Which blendshapes a face shows: the puppet's own displacement fields, fitted to how landmarks have moved.

A least-squares fit with every weight in 0..1, and free small errors of the head's place, turn and size, so that
what the pose did not explain is not taken for expression. Lengths that people see (the lips' gap, the width of the
mouth, the height of corners, brows and chin) count more than single points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import Floats
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.shapes import FaceShapes

Doubles = NDArray[np.float64]

NOT_SEEN: Final = ("jawForward", "cheekPuff")
"""Shapes that move skin along the line of sight: one camera does not tell them."""

USUAL_COST: Final = 0.03
COSTS: Final = {
    "brow": 0.01,
    "cheekSquint": 0.12,
    "jawLeft": 0.1,
    "jawRight": 0.1,
    "mouthClose": 0.06,
    "mouthDimple": 0.2,
    "mouthFunnel": 0.06,
    "mouthLeft": 0.08,
    "mouthLowerDown": 0.1,
    "mouthPress": 0.12,
    "mouthRight": 0.08,
    "mouthRoll": 0.08,
    "mouthShrug": 0.12,
    "mouthUpperUp": 0.1,
    "noseSneer": 0.12,
}
"""Squared length, in eye distances, that a full weight must explain to be worth its while: rare shapes cost more."""

SPARSENESS: Final = 0.05
"""Share of that cost that even a small weight must pay, so that noise leaves shapes at 0."""

LIPS_WEIGHT, BROWS_WEIGHT, SKIN_WEIGHT, RIGID_WEIGHT = 1.0, 1.0, 0.3, 4.0
LENGTH_WEIGHT: Final = 8.0
RIGID: Final = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 127, 356)
"""Points that no shape moves."""

NOSE_BASE: Final = 2
UPPER_MIDDLE, LOWER_MIDDLE = 13, 14
SWEEPS: Final = 80
BLOCK_FRAMES: Final = 2000


@dataclass(frozen=True, slots=True)
class ShapeFit:
    """What turns displacements into weights: `names` (k,), `pull` (936, k), `gram` (k, k), `cost` (k,).

    `parts` (k,): how far each shape parts the inner lips.
    """

    names: tuple[str, ...]
    pull: Doubles
    gram: Doubles
    cost: Doubles
    parts: Doubles

    def weights(self, moved: Floats, gaps: Floats) -> Floats:
        """(n, 52) blendshapes for displacements (n, 468, 2) of a closed-lipped rest face.

        They part the lips by `gaps` (n,), so that what is shut is shut. Holds `moved` once more in double precision:
        a long film goes by blocks of `BLOCK_FRAMES`.
        """
        shapes = np.zeros((len(moved), len(BLENDSHAPES)), np.float32)
        columns = [BLENDSHAPE_INDEX[name] for name in self.names]
        values = self._bounded(moved.reshape(-1, 936).astype(np.float64) @ self.pull)
        shapes[:, columns] = self._parted(values, gaps)
        return shapes

    def _parted(self, values: Doubles, gaps: Floats) -> Doubles:
        """The jaw makes up for what the lips' gap lacks or has too much."""
        jaw, close = self.names.index("jawOpen"), self.names.index("mouthClose")
        values[:, jaw] = np.clip(values[:, jaw] + (gaps - values @ self.parts) / self.parts[jaw], 0.0, 1.0)
        values[:, close] = np.minimum(values[:, close], values[:, jaw])
        return values

    def _bounded(self, wanted: Doubles) -> Doubles:
        """Coordinate descent, all frames side by side."""
        values = np.zeros_like(wanted)
        diagonal = np.diag(self.gram) + self.cost
        for _ in range(SWEEPS):
            for j in range(len(self.names)):
                slope = wanted[:, j] - values @ self.gram[:, j] - self.cost[j] * (values[:, j] + SPARSENESS)
                values[:, j] = np.clip(values[:, j] + slope / diagonal[j], 0.0, 1.0)
        return values


def build_fit(rest: Floats) -> ShapeFit:
    """For the person whose rest face (468, 3), in the head's frame, has closed lips."""
    fields = seen_fields(rest)
    rows = _measures()
    moves = np.stack([field.reshape(936) for field in fields.values()], axis=1)
    basis, _ = np.linalg.qr(rows @ _rigid_errors(rest))
    seen = rows @ moves
    seen -= basis @ (basis.T @ seen)
    cost = np.array([_cost(name) for name in fields])
    parts = np.array([field[LOWER_MIDDLE, 1] - field[UPPER_MIDDLE, 1] for field in fields.values()])
    return ShapeFit(tuple(fields), rows.T @ seen, seen.T @ seen, cost, parts)


def seen_fields(rest: Floats) -> dict[str, Doubles]:
    """The shapes that a camera sees, (468, 2) across and down at weight 1."""
    table: Mapping[str, Doubles] = FaceShapes(rest.astype(np.float64)).table()
    return {name: field[:, :2] for name, field in table.items() if name not in NOT_SEEN and field[:, :2].any()}


def _cost(name: str) -> float:
    return next((cost for stem, cost in COSTS.items() if name.startswith(stem)), USUAL_COST)


def _rigid_errors(rest: Floats) -> Doubles:
    """(936, 6) what small errors of place, turn and size do to the face."""
    x, y, z = (rest[:468, i].astype(np.float64) for i in range(3))
    one, none = np.ones(468), np.zeros(468)
    pairs = ((one, none), (none, one), (-y, x), (x, y), (z, none), (none, z))
    return np.stack([np.stack(pair, axis=1).reshape(936) for pair in pairs], axis=1)


def _measures() -> Doubles:
    """(m, 936) what is compared: every point by its weight, and the lengths."""
    weights = np.full(468, SKIN_WEIGHT)
    weights[topo.rows(topo.UPPER_LIP, topo.LOWER_LIP, topo.CORNERS)] = LIPS_WEIGHT
    weights[topo.rows(topo.RIGHT_BROW, topo.LEFT_BROW)] = BROWS_WEIGHT
    weights[topo.rows(topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER)] = 0.0
    weights[list(RIGID)] = RIGID_WEIGHT
    points = np.diag(np.repeat(weights, 2))
    return np.vstack([points, LENGTH_WEIGHT * np.stack(list(_lengths()))])


def _lengths() -> list[Doubles]:
    eyes = (33, 133, 362, 263)
    gaps = [_difference((low,), (high,), 1) for low, high in ((14, 13), (87, 82), (317, 312))]
    width = [_difference((291,), (61,), 0)]
    heights = [_difference((point,), (NOSE_BASE,), 1) for point in (61, 291, 0, 17, topo.CHIN)]
    brows = [_difference(half, eyes, 1) for brow in (topo.RIGHT_BROW, topo.LEFT_BROW) for half in (brow[:3], brow[2:5])]
    return gaps + width + heights + brows


def _difference(points: tuple[int, ...], others: tuple[int, ...], axis: int) -> Doubles:
    """(936,) mean of `points` less mean of `others` along one axis."""
    row = np.zeros((468, 2))
    row[list(points), axis] += 1.0 / len(points)
    row[list(others), axis] -= 1.0 / len(others)
    return row.reshape(936)
