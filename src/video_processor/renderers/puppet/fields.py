"""Displacement fields on a coarse grid: interpolation from landmarks, and their inverse.

Interpolation: thin-plate splines (Bookstein 1989) with a little smoothing. Inverse: the fixed point
x = y - d(x) (Chen et al. 2008), which converges while neighbouring points keep their order.
"""

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats

Points = NDArray[np.float64]

SMOOTHING = 1e-3
INVERSION_STEPS = 6
ROWS_AT_ONCE = 4096


def resample(image: Any, places: Floats, method: int = cv2.INTER_CUBIC, border: int = cv2.BORDER_REFLECT_101) -> Any:
    """`image` at `places` (h, w, 2), x and y in its pixels; keeps its type."""
    return cv2.remap(image, places, cast(Any, None), method, borderMode=border)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells over a box of the picture with a node at each cell's centre, so that `cv2.resize` expands a field exactly.

    `x`, `y`, `width`, `height` in whole pixels; `columns` x `rows` cells.
    """

    x: int
    y: int
    width: int
    height: int
    columns: int
    rows: int

    @property
    def box(self) -> tuple[slice, slice]:
        """The box as row and column slices."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def nodes(self) -> Floats:
        """Node positions in the picture (rows, columns, 2), pixels."""
        x = self.x - 0.5 + (np.arange(self.columns, dtype=np.float32) + 0.5) * (self.width / self.columns)
        y = self.y - 0.5 + (np.arange(self.rows, dtype=np.float32) + 0.5) * (self.height / self.rows)
        return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)

    def index(self, positions: Floats) -> Floats:
        """Positions in the picture (h, w, 2) as fractional node indices."""
        kx, ky = self.columns / self.width, self.rows / self.height
        affine = np.array([[kx, 0, (0.5 - self.x) * kx - 0.5], [0, ky, (0.5 - self.y) * ky - 0.5]])
        return np.asarray(cv2.transform(positions, affine), np.float32)

    def expand(self, field: Floats) -> Floats:
        """A field (rows, columns, k) at every pixel of the box (height, width, k)."""
        return np.asarray(cv2.resize(field, (self.width, self.height), interpolation=cv2.INTER_LINEAR), np.float32)

    def sample(self, field: Floats, positions: Floats) -> Floats:
        """A field (rows, columns, 2) at positions (h, w, 2) of the picture; edge values outside."""
        return np.asarray(resample(field, self.index(positions), cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.float32)


def _kernel(a: Points, b: Points) -> Points:
    squared = (a**2).sum(-1)[:, None] + (b**2).sum(-1) - 2 * a @ b.T
    np.maximum(squared, 0, out=squared)
    return np.asarray(0.5 * squared * np.log(squared + 1e-12))


def thin_plate(points: Points, value_sets: list[tuple[NDArray[np.intp], Points]], at: Points) -> list[Floats]:
    """Splines through values given at subsets of `points` (n, 2), carried to `at` (m, 2), each (m, k) float32.

    A value set is the indices of its points and their values (len(indices), k). Lengths should be near 1.
    """
    solutions = [(chosen, _solve(points[chosen], values)) for chosen, values in value_sets]
    results = [np.empty((len(at), values.shape[1]), np.float32) for _, values in value_sets]
    for start in range(0, len(at), ROWS_AT_ONCE):
        part = at[start : start + ROWS_AT_ONCE]
        kernel = _kernel(part, points).astype(np.float32)
        plane = np.hstack([np.ones((len(part), 1)), part]).astype(np.float32)
        for result, (chosen, (bend, affine)) in zip(results, solutions, strict=True):
            result[start : start + ROWS_AT_ONCE] = kernel[:, chosen] @ bend + plane @ affine
    return results


def _solve(points: Points, values: Points) -> tuple[Floats, Floats]:
    n = len(points)
    plane = np.hstack([np.ones((n, 1)), points])
    system = np.block([[_kernel(points, points) + SMOOTHING * np.eye(n), plane], [plane.T, np.zeros((3, 3))]])
    solution = np.linalg.solve(system, np.vstack([values, np.zeros((3, values.shape[1]))])).astype(np.float32)
    return solution[:n], solution[n:]


def invert(displacement: Floats, grid: Grid, nodes: Floats, steps: int = INVERSION_STEPS) -> Floats:
    """For each node y the offset d with y + d the point that the forward field moves to y: (rows, columns, 2)."""
    offset = -displacement
    for _ in range(steps):
        offset = -grid.sample(displacement, nodes + offset)
    return offset


def smoothstep(low: float, high: float, x: float | Floats | Points) -> Points:
    """0 below `low`, 1 above `high`, a cubic between."""
    t = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
