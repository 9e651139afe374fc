"""Displacement fields on a coarse grid: interpolation from landmarks, and their inverse.

Interpolation: thin-plate splines (Bookstein 1989) with a little smoothing. Inverse: the fixed point
x = y - d(x) (Chen et al. 2008), which converges while neighbouring points keep their order.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet import native

Points = NDArray[np.float64]

SMOOTHING = 1e-3
INVERSION_STEPS = 6
CLOSE_ENOUGH_CELLS = 1 / 64
"""Half of the step by which `cv2.remap` tells places in a cell apart: searches come no closer."""

ROWS_AT_ONCE = 4096


def resample(image: Any, places: Floats, method: int = cv2.INTER_CUBIC, border: int = cv2.BORDER_REFLECT_101) -> Any:
    """`image` at `places` (h, w, 2), x and y in its pixels; keeps its type."""
    return cv2.remap(image, places, cast(Any, None), method, borderMode=border)


def resample_at(image: Any, x: Floats, y: Floats, method: int = cv2.INTER_CUBIC) -> Any:
    """`image` at places whose `x` and `y` (h, w) are apart; what lies past its edges is mirrored."""
    return cv2.remap(image, x, y, method, borderMode=cv2.BORDER_REFLECT_101)


Box = tuple[slice, slice]
"""Rows and columns of a picture."""


def lay(picture: Image, colours: Floats, share: Floats, strength: float = 1.0) -> None:
    """Lays `colours` over the first three channels of `picture`, in place; `strength` times `share` (h, w) in 0..1.

    One colour (3,) stands for all of them.
    """
    if native.kernels is not None:
        native.kernels.laid(picture, share, np.ascontiguousarray(colours, np.float32), picture.shape[2], strength)
        return
    own = share * np.float32(strength)
    covered = picture.shape[2] > 3
    under = (cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB) if covered else picture).astype(np.float32)
    if colours.ndim == 1:
        colour = [float(channel) for channel in colours]
        colours = np.asarray(cv2.rectangle(np.empty_like(under), (0, 0), under.shape[1::-1], colour, cv2.FILLED))
    mixed = cv2.convertScaleAbs(cv2.blendLinear(colours, under, own, 1 - own))
    if not covered:
        picture[:] = mixed
        return
    cover = picture[..., 3].copy()
    cv2.cvtColor(mixed, cv2.COLOR_RGB2RGBA, dst=picture)
    picture[..., 3] = cover


def filled(ring: Floats | Points, shape: tuple[int, ...]) -> Image:
    """A mask (h, w) of that shape: 255 within the closed line (n, 2), to a sixteenth of a pixel, 0 outside."""
    return filled_sixteenths(np.rint(ring * 16).astype(np.int32), shape)


def filled_sixteenths(ring: NDArray[np.int32], shape: tuple[int, ...]) -> Image:
    """The same for a line (n, 2) in sixteenths of a pixel."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [ring], 255, cv2.LINE_AA, 4)
    return mask


def extent(points: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """The least and the greatest coordinates of points (n, 2)."""
    return extent_along(points, (1.0, 0.0, 0.0, 1.0))


def extent_along(
    points: Floats, turn: tuple[float, float, float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """That of the points times `turn` (2, 2)."""
    if native.kernels is not None:
        return native.kernels.extent(np.ascontiguousarray(points, np.float32), len(points), turn)
    along = points @ np.array(turn, np.float32).reshape(2, 2)
    (left, top), (right, bottom) = along.min(axis=0).tolist(), along.max(axis=0).tolist()
    return (left, top), (right, bottom)


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells of `step` whole pixels from (`x`, `y`) on, with a node at each cell's centre.

    A field at the nodes then expands to pixels exactly, and so does any part of it.
    """

    x: int
    y: int
    columns: int
    rows: int
    step: int

    @property
    def box(self) -> Box:
        """The cells' pixels as row and column slices; they may reach beyond the picture."""
        return slice(self.y, self.y + self.rows * self.step), slice(self.x, self.x + self.columns * self.step)

    @property
    def numbers(self) -> tuple[int, int, int, int, int]:
        """As the compiled loops take it."""
        return self.x, self.y, self.columns, self.rows, self.step

    def nodes(self) -> Floats:
        """Node positions in the picture (rows, columns, 2), pixels."""
        x = self.x - 0.5 + (np.arange(self.columns, dtype=np.float32) + 0.5) * self.step
        y = self.y - 0.5 + (np.arange(self.rows, dtype=np.float32) + 0.5) * self.step
        return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)

    def part(self, cells: Box) -> "Grid":
        """The grid of some of its rows and columns."""
        rows, columns = (range(n)[s] for s, n in zip(cells, (self.rows, self.columns), strict=True))
        x, y = self.x + columns.start * self.step, self.y + rows.start * self.step
        return Grid(x, y, len(columns), len(rows), self.step)

    def index(self, positions: Floats) -> Floats:
        """Positions in the picture (h, w, 2) as fractional node indices."""
        k = 1 / self.step
        affine = np.array([[k, 0, (0.5 - self.x) * k - 0.5], [0, k, (0.5 - self.y) * k - 0.5]])
        return np.asarray(cv2.transform(positions, affine), np.float32)

    def expand(self, field: Floats, box: Box) -> Floats:
        """A field (rows, columns, k) at every pixel of `box` (h, w, k), which lies within the grid's own."""
        rows, columns = (
            slice(max(0, (s.start - first) // self.step - 1), min(n, -((first - s.stop) // self.step) + 1))
            for s, first, n in zip(box, (self.y, self.x), (self.rows, self.columns), strict=True)
        )
        part = field[rows, columns]
        size = (part.shape[1] * self.step, part.shape[0] * self.step)
        wide = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        y, x = box[0].start - self.y - rows.start * self.step, box[1].start - self.x - columns.start * self.step
        return np.asarray(wide[y : y + box[0].stop - box[0].start, x : x + box[1].stop - box[1].start], np.float32)

    def sample(self, field: Floats, positions: Floats) -> Floats:
        """A field (rows, columns, k) at positions (h, w, 2) of the picture; edge values outside."""
        return np.asarray(resample(field, self.index(positions), cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.float32)


@lru_cache(maxsize=64)
def node_indices(columns: int, rows: int) -> Floats:
    """Column and row of each node of a grid (rows, columns, 2); not to be written to."""
    indices = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in (columns, rows))), axis=-1)
    indices.flags.writeable = False
    return indices


def covering(box: Box, step: int) -> Grid:
    """The smallest grid of that step over a box."""
    rows, columns = (-((s.start - s.stop) // step) for s in box)
    return Grid(box[1].start, box[0].start, columns, rows, step)


def ringed(box: Box, step: int) -> Grid:
    """A grid of that step over a box, with a cell more on each side, so that nothing in the box lies past a node."""
    return covering(grown(box, step), step)


def around(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    (down, across), (other_down, other_across) = a, b
    return (
        slice(min(down.start, other_down.start), max(down.stop, other_down.stop)),
        slice(min(across.start, other_across.start), max(across.stop, other_across.stop)),
    )


def grown(box: Box, margin: float) -> Box:
    """The box with `margin` pixels more on each side."""
    (rows, columns), more = box, round(margin)
    return slice(rows.start - more, rows.stop + more), slice(columns.start - more, columns.stop + more)


def common(a: Box, b: Box) -> Box:
    """Where two boxes overlap; empty where they do not."""
    (down, across), (other_down, other_across) = a, b
    y, x = max(down.start, other_down.start), max(across.start, other_across.start)
    bottom, right = min(down.stop, other_down.stop), min(across.stop, other_across.stop)
    return slice(y, max(y, bottom)), slice(x, max(x, right))


def is_empty(box: Box) -> bool:
    """Whether there is no pixel in the box."""
    rows, columns = box
    return bool(rows.stop <= rows.start or columns.stop <= columns.start)


def within(inner: Box, outer: Box) -> Box:
    """The box `inner` counted from the corner of `outer`."""
    (rows, columns), (down, across) = inner, outer
    y, x = down.start, across.start
    return slice(rows.start - y, rows.stop - y), slice(columns.start - x, columns.stop - x)


def beside(inner: Box, outer: Box) -> tuple[Box, Box, Box, Box]:
    """What of the box `outer` lies above, below, left and right of the box `inner` within it; any may be empty."""
    (down, across), (rows, columns) = inner, outer
    return (
        (slice(rows.start, down.start), columns),
        (slice(down.stop, rows.stop), columns),
        (down, slice(columns.start, across.start)),
        (down, slice(across.stop, columns.stop)),
    )


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


def invert(displacement: Floats, grid: Grid, steps: int = INVERSION_STEPS) -> Floats:
    """For each node y the offset d with y + d the point that the forward field moves to y: (rows, columns, 2).

    Ends before `steps` where a step changes nothing that could be seen.
    """
    cells = displacement * np.float32(1 / grid.step)
    nodes = node_indices(grid.columns, grid.rows)
    places = np.asarray(cv2.subtract(nodes, cells), np.float32)
    for _ in range(steps):
        before, moved = places, resample(cells, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        places = np.asarray(cv2.subtract(nodes, moved), np.float32)
        if cv2.norm(places, before, cv2.NORM_INF) < CLOSE_ENOUGH_CELLS:
            break
    return np.asarray(cv2.subtract(places, nodes) * np.float32(grid.step), np.float32)


def ease(low: float, high: float, x: Floats) -> Floats:
    """`smoothstep` in single precision, for what is done in every frame."""
    t = clipped((x - np.float32(low)) * np.float32(1 / (high - low)))
    return np.asarray(t * t * (np.float32(3) - np.float32(2) * t), np.float32)


def clipped(x: Floats) -> Floats:
    """Between 0 and 1, in place."""
    np.maximum(x, np.float32(0), out=x)
    return np.minimum(x, np.float32(1), out=x)


def softstep(low: float, high: float, x: float) -> float:
    """`smoothstep` of one number."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def smoothstep(low: float, high: float, x: float | Floats | Points) -> Points:
    """0 below `low`, 1 above `high`, a cubic between."""
    t = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
