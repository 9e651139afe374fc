"""Skin as two sheets that part at the lip line: a displacement field of each for every blendshape."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats, Portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import Grid, invert, smoothstep, thin_plate
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.shapes import FaceShapes

Points = NDArray[np.float64]

FIELD_COLUMNS, FIELD_ROWS = 104, 120
PARTED_GAP = 0.012
"""Inner lips further apart than this, in inter-ocular distances, count as an open mouth."""

CLOSE = "closeParted"
"""Our own shape: shuts the lips that the picture shows parted."""


@dataclass(frozen=True, slots=True)
class Skin:
    """Fields over `grid`: `upper` and `lower` (rows * columns * 2, shapes), `marks` (468 * 2, shapes), pixels."""

    grid: Grid
    nodes: Floats
    names: tuple[str, ...]
    columns: NDArray[np.intp]
    upper: Floats
    lower: Floats
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

    def offsets(self, weights: Floats) -> tuple[Floats, Floats]:
        """Where to look in the portrait for each node of the upper and of the lower sheet, as offsets."""
        shape = (self.grid.rows, self.grid.columns, 2)
        return (
            invert((self.upper @ weights).reshape(shape), self.grid, self.nodes),
            invert((self.lower @ weights).reshape(shape), self.grid, self.nodes),
        )

    def moved(self, weights: Floats) -> Floats:
        """How far each landmark moves (468, 2), pixels."""
        return np.asarray((self.marks @ weights).reshape(-1, 2), np.float32)


def build_skin(portrait: Portrait, frame: HeadFrame) -> Skin:
    """Solves the fields of a portrait."""
    shapes = FaceShapes(frame.points)
    table = shapes.table()
    parted = float(np.linalg.norm(portrait.landmarks[14, :2] - portrait.landmarks[13, :2]) / frame.scale)
    names = tuple(table)
    if parted > PARTED_GAP:
        table[CLOSE] = shapes.closing()
    moves = [frame.to_picture(shape) for shape in table.values()]
    values = np.concatenate(moves, axis=1).astype(np.float64)
    grid = _grid(portrait, frame)
    upper, lower = _sheets(portrait, frame, grid, values)
    columns = np.array([BLENDSHAPE_INDEX[name] for name in names] + [0] * (len(table) - len(names)), np.intp)
    return Skin(
        grid=grid,
        nodes=grid.nodes(),
        names=tuple(table),
        columns=columns,
        upper=upper,
        lower=lower,
        marks=np.ascontiguousarray(values.reshape(468, len(table), 2).transpose(0, 2, 1).reshape(936, -1), np.float32),
    )


def _grid(portrait: Portrait, frame: HeadFrame) -> Grid:
    oval = portrait.landmarks[list(topo.OVAL), :2]
    low = oval.min(axis=0) - 0.55 * frame.scale
    high = oval.max(axis=0) + np.array([0.55, 1.0]) * frame.scale
    width, height = portrait.size
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(width, int(high[0]) + 1), min(height, int(high[1]) + 1)
    return Grid(x0, y0, x1 - x0, y1 - y0, FIELD_COLUMNS, FIELD_ROWS)


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
        (chin + down * below * frame.scale + across * aside * frame.scale, share * np.exp(-((aside / 0.5) ** 2)))
        for below, share in ((0.18, 0.72), (0.42, 0.36), (0.72, 0.12), (1.05, 0.0))
        for aside in (-0.7, -0.35, 0.0, 0.35, 0.7)
    ]
    points = np.vstack([ring_points, [p for p, _ in neck]])
    shares = np.concatenate([np.zeros(len(ring_points)), [s for _, s in neck]])
    return points, shares[:, None] * values[topo.CHIN][None]


def _sheets(portrait: Portrait, frame: HeadFrame, grid: Grid, values: Points) -> tuple[Floats, Floats]:
    extra, extra_values = _anchors(portrait, frame, values)
    marks = portrait.landmarks[:468, :2].astype(np.float64)
    centre = marks.mean(axis=0)
    points = (np.vstack([marks, extra]) - centre) / frame.scale
    moves = np.vstack([values, extra_values])
    nodes = grid.nodes()
    at = (nodes.reshape(-1, 2) - centre) / frame.scale
    sets = [(chosen, moves[chosen]) for chosen in _members(frame, len(extra))]
    joint, upper, lower = thin_plate(points, sets, at)
    beside, fade = _beside_mouth(frame, nodes), _fade(portrait, frame, nodes, grid)
    sheets = []
    for sheet in (upper, lower):
        mixed = (sheet * (1 - beside) + joint * beside) * fade
        cells = mixed.reshape(grid.rows * grid.columns, -1, 2).transpose(0, 2, 1)
        sheets.append(np.ascontiguousarray(cells.reshape(grid.rows * grid.columns * 2, -1), np.float32))
    return sheets[0], sheets[1]


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
    neck[-20:] = True
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
    width, height = portrait.size
    x, y = nodes.reshape(-1, 2).T
    far = np.float32(10 * frame.scale)
    sides = [
        x - grid.x if grid.x > 0 else np.full_like(x, far),
        y - grid.y if grid.y > 0 else np.full_like(y, far),
        grid.x + grid.width - x if grid.x + grid.width < width else np.full_like(x, far),
        grid.y + grid.height - y if grid.y + grid.height < height else np.full_like(y, far),
    ]
    return np.asarray(smoothstep(0.0, 0.2, np.min(sides, axis=0) / frame.scale)[:, None], np.float32)
