"""Eyes as layers: lids of skin that slide over an eyeball whose iris moves.

Everything is worked out in a small patch round the eye, in the eye's own axes: `along` from corner to
corner (0..1), `down` across it in pixels. The upper lid takes its skin from the fold up to the brow.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.fields import resample, smoothstep

MEETING_LINE = 0.07
"""Closed lids meet this share of the opening above the lower lid."""

LASH_SHARE = 0.035
"""Width of the lash line that travels with the upper lid, in inter-ocular distances."""

LASH_ZONE = 0.075
"""Strip above the upper lid's edge that slides without stretching, in inter-ocular distances."""

STILL = 1e-3


@dataclass(frozen=True, slots=True)
class LidState:
    """How far one eye is from its look in the picture: shares of the opening, and the iris's shift in pixels."""

    upper: float
    lower: float
    iris_x: float
    iris_y: float

    @property
    def is_still(self) -> bool:
        return max(abs(self.upper), abs(self.lower), abs(self.iris_x), abs(self.iris_y)) < STILL


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye of a portrait, ready to move. Maps are over the patch (h, w)."""

    box: tuple[slice, slice]
    down: Floats
    down_axis: Floats
    upper: Floats
    lower: Floats
    brow: Floats
    cheek: Floats
    near: Floats
    within: Floats
    eyeball: Image
    iris_near_x: Floats
    iris_near_y: Floats
    iris_centre: tuple[float, float]
    iris_radius: float
    lash: float
    unit: float
    grid: Floats

    def draw(self, picture: Image, state: LidState) -> None:
        """Moves lids and iris of the patch in `picture` (H, W, 4), in place."""
        patch = picture[self.box].copy()
        lid_drop = (self.lower - self.upper) * (1 - MEETING_LINE) * np.float32(state.upper) * self.near
        lid_lift = (self.lower - self.upper) * np.float32(state.lower) * self.near
        new_upper, new_lower = self.upper + lid_drop, self.lower - lid_lift
        ball = self._shaded(self._turned_ball(state), new_upper, lid_drop)
        skin = self._slid_skin(patch, lid_drop, lid_lift, new_upper, new_lower)
        lash_line = new_upper + self.lash * smoothstep(0.02, 0.25, lid_drop / max(self.lash, 1e-3))
        open_ = np.minimum(self.down - lash_line, new_lower - self.down)
        share = (np.clip(open_ + 0.5, 0, 1) * self.within).astype(np.float32)[..., None]
        mixed = skin[..., :3] * (1 - share) + ball * share
        picture[self.box][..., :3] = np.clip(np.rint(mixed), 0, 255)

    def _turned_ball(self, state: LidState) -> Image:
        dx, dy = np.float32(state.iris_x), np.float32(state.iris_y)
        if abs(dx) + abs(dy) < STILL:
            return self.eyeball
        x = self.iris_near_x - self.iris_centre[0] - dx
        y = self.iris_near_y - self.iris_centre[1] - dy
        away = np.hypot(x, y) / self.iris_radius
        follow = (1 - smoothstep(1.15, 3.0, away)).astype(np.float32)
        source = np.stack([self.grid[..., 0] - dx * follow, self.grid[..., 1] - dy * follow], axis=-1)
        return np.asarray(resample(self.eyeball, source, border=cv2.BORDER_REPLICATE), np.uint8)

    def _shaded(self, ball: Image, new_upper: Floats, lid_drop: Floats) -> NDArray[np.float32]:
        """The lid's shadow moves with it: darker just under a lid that has come down."""
        depth = (self.down - new_upper) / max(2.2 * self.lash, 1.0)
        shadow = 0.35 * np.clip(lid_drop / max(2 * self.lash, 1.0), 0, 1) * np.clip(1 - depth, 0, 1)
        return np.asarray(ball * (1 - shadow)[..., None], np.float32)

    def _slid_skin(
        self, patch: Image, lid_drop: Floats, lid_lift: Floats, new_upper: Floats, new_lower: Floats
    ) -> NDArray[np.float32]:
        rigid = np.maximum(new_upper - LASH_ZONE * self.unit, self.brow + 0.35 * (new_upper - self.brow))
        rise = np.clip((self.down - self.brow) / np.maximum(rigid - self.brow, 1), 0, 1)
        sink = np.clip((self.cheek - self.down) / np.maximum(self.cheek - new_lower, 1), 0, 1)
        above = self._slid(patch, -lid_drop * rise**1.6)
        below = self._slid(patch, lid_lift * sink**1.6)
        share = np.clip((new_upper + new_lower) / 2 - self.down + 0.5, 0, 1)[..., None]
        return np.asarray(below + (above - below) * share, np.float32)

    def _slid(self, patch: Image, shift: Floats) -> NDArray[np.float32]:
        """The patch (h, w, 4) moved by -`shift` pixels along the eye's down axis."""
        source = self.grid + shift[..., None] * self.down_axis
        return np.asarray(resample(patch, source.astype(np.float32)), np.float32)


def build_eyes(portrait: Portrait) -> tuple[Eye, Eye]:
    """The subject's right and left eye."""
    right = _build(portrait, topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.RIGHT_IRIS, topo.RIGHT_BROW_LOWER)
    left = _build(portrait, topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, topo.LEFT_IRIS, topo.LEFT_BROW_LOWER)
    return right, left


def _build(
    portrait: Portrait,
    upper: tuple[int, ...],
    lower: tuple[int, ...],
    iris: tuple[int, ...],
    brow: tuple[int, ...],
) -> Eye:
    marks = portrait.landmarks[:, :2]
    unit = portrait.inter_ocular
    start, end = marks[upper[0]], marks[upper[-1]]
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length
    across = np.array([-axis[1], axis[0]], np.float32)
    box, grid = _patch(portrait, (start + end) / 2, unit * 0.34)
    offset = grid + np.array([box[1].start, box[0].start], np.float32) - start
    along, down = offset @ axis / length, offset @ across
    brow_down = float(np.median((marks[list(brow)] - start) @ across))
    lids = [_curve(along, marks[list(line)], start, axis, across, length) for line in (upper, lower)]
    fold = lids[0] + 0.75 * np.minimum(brow_down - lids[0], -0.06 * unit)
    near = smoothstep(-0.12, 0.06, along) * smoothstep(-0.12, 0.06, 1 - along)
    patch = portrait.image[box]
    outside = (down < lids[0] - 0.5) | (down > lids[1] + 0.5) | (along < 0) | (along > 1)
    ring = marks[list(iris[1:])]
    return Eye(
        box=box,
        down=np.asarray(down, np.float32),
        down_axis=across.astype(np.float32),
        upper=lids[0],
        lower=lids[1],
        brow=np.asarray(fold, np.float32),
        cheek=np.asarray(lids[1] + 0.2 * unit, np.float32),
        near=np.asarray(near, np.float32),
        within=np.asarray((along > 0) & (along < 1), np.float32),
        eyeball=fill_behind(patch, outside),
        iris_near_x=grid[..., 0],
        iris_near_y=grid[..., 1],
        iris_centre=(float(marks[iris[0], 0] - box[1].start), float(marks[iris[0], 1] - box[0].start)),
        iris_radius=max(2.0, float(np.linalg.norm(ring - marks[iris[0]], axis=1).mean())),
        lash=max(1.0, LASH_SHARE * unit),
        unit=unit,
        grid=grid,
    )


def _patch(portrait: Portrait, centre: Floats, reach: float) -> tuple[tuple[slice, slice], Floats]:
    width, height = portrait.size
    x0, x1 = int(max(0, centre[0] - reach)), int(min(width, centre[0] + reach + 1))
    y0, y1 = int(max(0, centre[1] - reach)), int(min(height, centre[1] + reach + 1))
    columns, rows = np.meshgrid(np.arange(x1 - x0, dtype=np.float32), np.arange(y1 - y0, dtype=np.float32))
    return (slice(y0, y1), slice(x0, x1)), np.stack([columns, rows], axis=-1)


def _curve(
    along: Floats, line: Floats, start: Floats, axis: Floats, across: NDArray[np.float32], length: float
) -> Floats:
    """How far down a lid's edge lies at each place along the eye, pixels."""
    offset = line - start
    s, t = offset @ axis / length, offset @ across
    order = np.argsort(s)
    # A quintic through nine points smooths the mesh's small corners.
    fit = np.polynomial.Polynomial.fit(s[order], t[order], 5)
    ends = np.interp(along, [0, 1], [t[order[0]], t[order[-1]]])
    inside = smoothstep(0.0, 0.08, along) * smoothstep(0.0, 0.08, 1 - along)
    return np.asarray(fit(np.clip(along, 0, 1)) * inside + ends * (1 - inside), np.float32)
