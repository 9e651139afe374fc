"""Skin as two sheets that part at the lip line: a displacement field of each for every blendshape."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Portrait, Size
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import (
    CLOSE_ENOUGH_CELLS,
    INVERSION_STEPS,
    Box,
    Grid,
    common,
    covering,
    invert,
    smoothstep,
    thin_plate,
)
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.shapes import FaceShapes

Points = NDArray[np.float64]

FIELD_STEP: Final = 0.03
"""Distance of the fields' nodes, in inter-ocular distances."""

SHEET_HALF_WIDTH: Final = 1.85
"""The lower sheet differs from the upper one within this many half widths of the mouth."""

SHEET_ABOVE: Final = 0.16
"""How far above the mouth the lower sheet may be seen, in inter-ocular distances."""

LEAST_WEIGHT: Final = 1e-4
STILL_PIXELS: Final = 0.02
"""Shapes that act less than the first, and nodes that no shape moves by more than the second, keep still."""

LEAST_PIXELS: Final = 0.005
"""What a shape moves a node by less it does not move."""

PARTED_GAP: Final = 0.012
"""Inner lips further apart than this, in inter-ocular distances, count as an open mouth."""

LOWER_STEPS: Final = 12
"""The lower sheet is stretched most, so that its inverse takes more steps."""

NODE_CLOSE_ENOUGH_CELLS: Final = CLOSE_ENOUGH_CELLS / 4
"""Where a search ends at each node by itself, none goes on for the sake of those that take longer."""

NECK_ROWS: Final = ((0.18, 0.68), (0.42, 0.28), (0.72, 0.06), (1.05, 0.0))
NECK_ASIDE: Final = (-0.7, -0.35, 0.0, 0.35, 0.7)
"""Points on the neck: inter-ocular distances below the chin, each with the share of its motion, and aside of it."""

UNDER_GLASSES, NEAR_GLASSES = 0.45, ("brow", "cheekSquint")
"""Share of these shapes in a face with glasses, whose frame would bend with the skin."""

LET_GO, LET_GO_WIDTH = (0.30, 0.90), 0.34
"""Skin stays where it is from so far outside of the face's outline on: beside it and under the chin, and how wide that
is, inter-ocular distances."""

CLOSE: Final = "closeParted"
"""Our own shape: shuts the lips that the picture shows parted."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`fields` (shapes, rows * columns * 2): how far each shape moves the nodes of `grid`, pixels; `spans` (shapes, 4):
    the rows and columns in which it does, from the first to before the last.

    Past the grid nothing moves, but at the picture's own edges.
    """

    grid: Grid
    fields: Floats
    spans: NDArray[np.int32]
    steps: int = INVERSION_STEPS

    def offsets(self, weights: Floats) -> Floats:
        """Where to look in the portrait for each node, as offsets (rows, columns, 2)."""
        if native.kernels is not None:
            return self._inverted(weights, native.kernels)
        acting = np.flatnonzero(np.abs(weights) > LEAST_WEIGHT)
        moved = (weights[acting] @ self.fields.take(acting, axis=0)).reshape(self.grid.rows, self.grid.columns, 2)
        return invert(moved, self.grid, self.steps)

    def _inverted(self, weights: Floats, kernels: native.Kernels) -> Floats:
        grid = self.grid
        moved, offsets = np.empty((2, grid.rows, grid.columns, 2), np.float32)
        size = (grid.columns, grid.rows, grid.step)
        kernels.inverted(
            *(weights, len(weights), LEAST_WEIGHT, self.fields, self.spans, *size),
            *(self.steps, NODE_CLOSE_ENOUGH_CELLS, moved, offsets),
        )
        return offsets


@dataclass(frozen=True, slots=True)
class Skin:
    """The sheet above the lip line, which is the whole face but for the mouth, and the one below it.

    `names`: the shapes, in the order of the fields; `columns`: their places among the 52; `marks` (468 * 2, shapes).
    """

    upper: Sheet
    lower: Sheet
    names: tuple[str, ...]
    columns: NDArray[np.intp]
    marks: Floats

    def weights(self, shapes: Floats, rest: Floats) -> Floats:
        """How strongly each field acts for blendshapes (52,), relative to those the picture shows."""
        change = shapes - rest
        weights = change[self.columns]
        jaw = self.names.index("jawOpen")
        rest_jaw = float(rest[BLENDSHAPE_INDEX["jawOpen"]])
        if CLOSE in self.names:
            wanted = float(shapes[BLENDSHAPE_INDEX["jawOpen"]])
            weights[-1] = min(max((rest_jaw - wanted) / max(rest_jaw, 1e-6), 0.0), 1.0)
        weights[jaw] = max(float(weights[jaw]), 0.0)
        close = self.names.index("mouthClose")
        weights[close] = min(float(weights[close]), float(shapes[BLENDSHAPE_INDEX["jawOpen"]]))
        return np.asarray(weights, np.float32)

    def moved(self, weights: Floats) -> Floats:
        """How far each landmark moves (468, 2), pixels."""
        return np.asarray((self.marks @ weights).reshape(-1, 2), np.float32)


def build_skin(portrait: Portrait, frame: HeadFrame) -> Skin:
    """Solves the fields of a portrait."""
    shapes = FaceShapes(frame.points)
    table = shapes.table()
    parted = float(np.linalg.norm(portrait.landmarks[14, :2] - portrait.landmarks[13, :2]) / frame.scale)
    names = tuple(table)
    if portrait.measures is not None and portrait.measures.glasses != "none":
        table = {name: shape * (UNDER_GLASSES if name.startswith(NEAR_GLASSES) else 1) for name, shape in table.items()}
    if parted > PARTED_GAP:
        table[CLOSE] = shapes.closing(lapping=True)
    moves = [frame.to_picture(shape) for shape in table.values()]
    values = np.concatenate(moves, axis=1).astype(np.float64)
    upper, lower = _sheets(portrait, frame, _grid(portrait, frame), values)
    columns = np.array([BLENDSHAPE_INDEX[name] for name in names] + [0] * (len(table) - len(names)), np.intp)
    return Skin(
        upper=upper,
        lower=lower,
        names=tuple(table),
        columns=columns,
        marks=np.ascontiguousarray(values.reshape(468, len(table), 2).transpose(0, 2, 1).reshape(936, -1), np.float32),
    )


def _grid(portrait: Portrait, frame: HeadFrame) -> Grid:
    oval = portrait.landmarks[list(topo.OVAL), :2]
    return covering(
        _clipped(
            oval.min(axis=0) - 0.55 * frame.scale,
            oval.max(axis=0) + np.array([0.55, 1.0]) * frame.scale,
            portrait.size,
        ),
        max(2, round(FIELD_STEP * frame.scale)),
    )


def _clipped(low: Points, high: Points, size: Size) -> Box:
    (x0, y0), (x1, y1) = np.maximum(low, 0).astype(int), np.minimum(high + 1, size).astype(int)
    return slice(int(y0), max(int(y1), int(y0) + 1)), slice(int(x0), max(int(x1), int(x0) + 1))


def _anchors(portrait: Portrait, frame: HeadFrame, values: Points) -> tuple[Points, Points]:
    """Points outside the face: still all round, and on the neck, where the chin's motion dies away."""
    oval = portrait.landmarks[list(topo.OVAL), :2].astype(np.float64)
    centre = oval.mean(axis=0)
    rings = [centre + (oval - centre) * reach for reach in (1.32, 1.75)]
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    chin = portrait.landmarks[topo.CHIN, :2].astype(np.float64)
    # Under the jaw the rings give way to the neck.
    ring_points = np.vstack(rings)
    ring_points = ring_points[(ring_points - chin) @ down < -0.12 * frame.scale]
    across = np.array([down[1], -down[0]])
    neck = [
        (chin + down * below * frame.scale + across * aside * frame.scale, share * np.exp(-((aside / 0.42) ** 2)))
        for below, share in NECK_ROWS
        for aside in NECK_ASIDE
    ]
    points = np.vstack([ring_points, [p for p, _ in neck]])
    shares = np.concatenate([np.zeros(len(ring_points)), [s for _, s in neck]])
    return points, shares[:, None] * values[topo.CHIN][None]


def _sheets(portrait: Portrait, frame: HeadFrame, grid: Grid, values: Points) -> tuple[Sheet, Sheet]:
    extra, extra_values = _anchors(portrait, frame, values)
    marks = portrait.landmarks[:468, :2].astype(np.float64)
    centre = marks.mean(axis=0)
    points = (np.vstack([marks, extra]) - centre) / frame.scale
    moves = np.vstack([values, extra_values])
    everything, over, under = ((chosen, moves[chosen]) for chosen in _members(frame, len(extra)))
    sheets = []
    lower = _mouth_part(frame, grid, portrait.size)
    for own, part, steps in ((over, grid, INVERSION_STEPS), (under, lower, LOWER_STEPS)):
        nodes = part.nodes()
        both, own_field = thin_plate(points, [everything, own], (nodes.reshape(-1, 2) - centre) / frame.scale)
        beside = _beside_mouth(frame, nodes)
        mixed = (own_field * (1 - beside) + both * beside) * _fade(portrait, frame, nodes, grid)
        sheets.append(_sheet(part, np.asarray(mixed.reshape(part.rows, part.columns, -1, 2), np.float32), steps))
    return sheets[0], sheets[1]


def _sheet(grid: Grid, moves: Floats, steps: int) -> Sheet:
    """The cells of `grid` that a shape moves, and one more around them; `moves` (rows, columns, shapes, 2)."""
    top, bottom, left, right = _span(np.abs(moves).max(axis=(2, 3)) > STILL_PIXELS)
    cells = slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)
    part = moves[cells].transpose(2, 0, 1, 3)
    fields = np.where(np.abs(part).max(axis=-1, keepdims=True) > LEAST_PIXELS, part, np.float32(0))
    spans = np.array([_span(field.any(axis=-1)) for field in fields], np.int32)
    return Sheet(grid.part(cells), np.ascontiguousarray(fields.reshape(len(fields), -1)), spans, steps)


def _span(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The first row and the one after the last that hold any of the mask, and such columns; zeros where none do."""
    top, bottom, left, right = (
        edge
        for found in (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        for edge in ((int(found[0]), int(found[-1]) + 1) if len(found) else (0, 0))
    )
    return top, bottom, left, right


def _mouth_part(frame: HeadFrame, grid: Grid, size: Size) -> Grid:
    """The cells of `grid` that the lower sheet is seen in, and some around them."""
    mouth, half = (frame.points[13] + frame.points[14]) / 2, np.linalg.norm(frame.points[308] - frame.points[78]) / 2
    aside, above, below = half * SHEET_HALF_WIDTH + 0.2, mouth[1] - SHEET_ABOVE - 0.2, frame.points[topo.CHIN, 1] + 1.35
    corners = np.array([[mouth[0] + side * aside, y, mouth[2]] for side in (-1, 1) for y in (above, below)])
    placed = frame.place(corners)[:, :2]
    seen = common(_clipped(placed.min(axis=0), placed.max(axis=0), size), grid.box)
    y0, x0 = ((s.start - first) // grid.step for s, first in zip(seen, (grid.y, grid.x), strict=True))
    y1, x1 = (-((first - s.stop) // grid.step) for s, first in zip(seen, (grid.y, grid.x), strict=True))
    return Grid(grid.x + x0 * grid.step, grid.y + y0 * grid.step, max(1, x1 - x0), max(1, y1 - y0), grid.step)


def _members(frame: HeadFrame, extra: int) -> list[NDArray[np.intp]]:
    """Indices of the points that bind both sheets, the upper one and the lower one."""
    x, y = frame.points[:, 0], frame.points[:, 1]
    mouth = (frame.points[13] + frame.points[14]) / 2
    half = np.linalg.norm(frame.points[308] - frame.points[78]) / 2
    middle = np.abs(x - mouth[0]) < half * 1.05
    everything = np.arange(468 + extra)
    corners = np.isin(np.arange(468), topo.CORNERS)
    under = np.isin(np.arange(468), topo.LOWER_LIP) | (middle & (y > mouth[1] + 0.03) & ~corners)
    over = np.isin(np.arange(468), topo.UPPER_LIP) | (middle & (y < mouth[1] - 0.03) & (y > mouth[1] - 0.25) & ~corners)
    under &= ~np.isin(np.arange(468), topo.UPPER_LIP)
    over &= ~np.isin(np.arange(468), topo.LOWER_LIP)
    pad = np.zeros(extra, bool)
    neck = np.zeros(extra, bool)
    neck[-len(NECK_ROWS) * len(NECK_ASIDE) :] = True
    return [
        everything,
        everything[~np.concatenate([under, neck])],
        everything[~np.concatenate([over, pad])],
    ]


def _beside_mouth(frame: HeadFrame, nodes: Floats) -> Floats:
    """1 beside the mouth, where both sheets are one; 0 between its corners; (nodes, 1)."""
    mouth = frame.place(((frame.points[13] + frame.points[14]) / 2)[None])[0, :2]
    across = frame.turn[:2, 0] / np.linalg.norm(frame.turn[:2, 0])
    foreshortened = float(np.linalg.norm(frame.turn[:2, 0]))
    half = float(np.linalg.norm(frame.points[308] - frame.points[78]) / 2) * frame.scale * foreshortened
    away = np.abs((nodes.reshape(-1, 2) - mouth) @ across) / half
    return np.asarray(smoothstep(1.0, 1.7, away)[:, None], np.float32)


def _fade(portrait: Portrait, frame: HeadFrame, nodes: Floats, grid: Grid) -> Floats:
    """Nothing moves at the border of the grid, unless the border is the picture's own; (nodes, 1)."""
    x, y = nodes.reshape(-1, 2).T
    far = np.full_like(x, np.float32(10 * frame.scale))
    sides = []
    for place, span, end in ((y, grid.box[0], portrait.size.height), (x, grid.box[1], portrait.size.width)):
        sides += [place - span.start if span.start > 0 else far, span.stop - place if span.stop < end else far]
    held = smoothstep(0.0, 0.2, np.min(sides, axis=0) / frame.scale) * _within_outline(portrait, frame, nodes)
    return np.asarray(held[:, None], np.float32)


def _within_outline(portrait: Portrait, frame: HeadFrame, nodes: Floats) -> Points:
    """1 on the face, 0 well outside of its outline: the jaw passes over what lies behind it; (nodes,)."""
    oval = portrait.landmarks[list(topo.OVAL), :2].astype(np.float64)
    places = nodes.reshape(-1, 2).astype(np.float64)
    away = _outside(oval, places) / frame.scale
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    aside = (places - portrait.landmarks[topo.CHIN, :2]) @ np.array([down[1], -down[0]]) / frame.scale
    reach = LET_GO[0] + (LET_GO[1] - LET_GO[0]) * np.exp(-((aside / LET_GO_WIDTH) ** 2))
    return np.asarray(1 - smoothstep(0.0, 1.0, away / reach))


def _outside(ring: Points, places: Points) -> Points:
    """How far each place (n, 2) lies outside of a closed line (m, 2), pixels; 0 within."""
    start, way = ring[None], (np.roll(ring, -1, axis=0) - ring)[None]
    share = np.clip(((places[:, None] - start) * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-9), 0, 1)
    nearest = np.linalg.norm(places[:, None] - start - share[..., None] * way, axis=-1).min(axis=1)
    contour = ring.astype(np.float32).reshape(-1, 1, 2)
    inside = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), False) >= 0 for x, y in places])
    return np.asarray(np.where(inside, 0.0, nearest))
