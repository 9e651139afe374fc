"""Eyes as layers: lids of skin that slide over an eyeball whose iris moves.

Everything is worked out in a small patch round the eye, in the eye's own axes: `along` from corner to
corner (0..1), `down` across it in pixels. The upper lid is plain skin that unrolls over the eye with the
picture's own lashes.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.eye_opening import EyeAxes, eye_opening
from video_processor.renderers.puppet.fields import Box, Points, clipped, ease, grown, resample_at, smoothstep, softstep
from video_processor.renderers.puppet.head import PosedHead
from video_processor.renderers.puppet.lid_skin import LidSkin, lid_skin
from video_processor.renderers.puppet.packed_eye import PackedEye, packed_eye
from video_processor.renderers.puppet.texture import FINENESS, refined

MEETING_LINE: Final = 0.06
"""Closed lids meet this share of the opening above the lower lid."""

CLOSED_DEGREE: Final = 2
"""Degree of the polynomial along which closed lids meet."""

LASH_SHARE: Final = 0.035
"""Width of the shadow under a lid that comes down, in inter-ocular distances."""

OVERLAP: Final = 0.008
"""How far the skin of a lid that comes down reaches over the lower one, in inter-ocular distances."""

LASH_EDGE: Final = 0.008
"""How far the lashes of a lid that comes down lie over the eyeball, in inter-ocular distances."""

PATCH_REACH: Final = 0.28
"""Half of a patch's side, in inter-ocular distances."""

SKIN_REACH: Final = 0.08
"""How far brows and cheeks may take the skin of a patch, in inter-ocular distances."""

PLAIN, TURNED, MET = (0.04, 0.48), (0.08, 0.45), (0.50, 0.85)
"""From the first to the second share of its way down an upper lid becomes that of a closed eye, its lashes turn down,
and the rim of the lower lid is covered and shaded by lashes."""

CORNER_FADE: Final = 0.05
"""Beyond an eye's corners the skin above goes over to that below within this, in inter-ocular distances."""

CHEEK: Final = 0.2
"""So much skin below a lower lid goes with it, in inter-ocular distances."""

EDGE: Final = 0.02
"""What is within this of an eye's corners, in eye lengths, belongs to its opening."""

STILL: Final = 1e-3
STILL_PIXELS: Final = 0.08
"""States of less than the first differ from the picture in nothing; lids keep still that move by less than the second.
"""

MAPS: Final = ("face", "cover", "columns", "rows", "down", "upper", "lower", "cheek", "span", "way", "crisp", "within")
"""What an eye has for each pixel of its patch."""


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
    """One eye of a portrait, or a part of one, ready to move. Maps are over the patch `box` of the portrait, (h, w).

    `face` (h, w, 3): the patch, and `cover` (h, w) that of the person; `lid`: the upper lid's skin over it. `picture`
    and `eyeball`: the whole eye's patch, as it is and without lids, on which the patch lies at `cut`; `ball`: the
    latter to be turned, as of `refined`; `parts`: what of it changes when both lids move, only the upper one, and
    neither; a part has none. `columns`, `rows`: where each pixel lies in the whole eye's patch. `down`, `upper`,
    `lower`, `cheek`: how far down the eye's own axis, pixels, each pixel lies, and at its place along the eye the lids'
    edges and the end of the skin that the lower one moves. `span`: the height of the opening there. `way`: how far the
    upper lid's edge comes down to close. `crisp`: how steeply the upper skin gives way to the lower one, per pixel.
    """

    box: Box
    cut: Box
    depth: float
    face: Image
    cover: Image
    lid: LidSkin
    picture: Image
    eyeball: Image
    ball: Image
    columns: Floats
    rows: Floats
    down_axis: Floats
    down: Floats
    upper: Floats
    lower: Floats
    cheek: Floats
    span: Floats
    way: Floats
    crisp: Floats
    within: Floats
    parts: tuple["Eye", ...]
    packed: PackedEye | None
    iris_centre: tuple[float, float]
    iris_radius: float
    lash: float
    widest: float
    unit: float

    def seen(self, head: PosedHead) -> Box:
        """A box of the output that holds the patch, wherever head and brows have taken it."""
        rows, columns = self.box
        corners = [(x, y) for x in (columns.start, columns.stop) for y in (rows.start, rows.stop)]
        x, y = zip(*(head.seen(*corner, self.depth) for corner in corners), strict=True)
        return grown((slice(int(min(y)), int(max(y)) + 1), slice(int(min(x)), int(max(x)) + 1)), SKIN_REACH * self.unit)

    def part(self, state: LidState) -> "Eye":
        """The part that differs from the picture in that state."""
        if state.upper > PLAIN[0]:
            return self
        if abs(state.lower) * self.widest > STILL_PIXELS:
            return self.parts[0]
        return self.parts[1 if abs(state.upper) * self.widest > STILL_PIXELS else 2]

    def _cropped(self, cut: Box) -> "Eye":
        (rows, columns), (down, across) = self.box, cut
        return replace(
            self,
            box=(
                slice(rows.start + down.start, rows.start + down.stop),
                slice(columns.start + across.start, columns.start + across.stop),
            ),
            cut=cut,
            parts=(),
            packed=None if self.packed is None else self.packed.cropped(cut),
            lid=self.lid.cropped(cut),
            **{name: getattr(self, name)[cut] for name in MAPS},
        )

    def draw(self, state: LidState) -> Image:
        """The patch (h, w, 4), with the person's cover, with lids and iris moved."""
        if native.kernels is not None and self.packed is not None:
            return self.packed.draw(native.kernels, self._shares(state))
        patch = np.asarray(cv2.cvtColor(self._drawn(state), cv2.COLOR_RGB2RGBA), np.uint8)
        patch[..., 3] = self.cover
        return patch

    def _shares(self, state: LidState) -> tuple[float, ...]:
        """What `Kernels.drawn_eye` has to know of a state."""
        upper, way = state.upper, abs(state.upper) * self.widest
        moves, turns = way > STILL_PIXELS, abs(state.iris_x) + abs(state.iris_y) >= STILL
        return (
            upper,
            state.lower,
            state.lower if state.lower * self.widest > STILL_PIXELS else 0.0,
            state.iris_x if turns else 0.0,
            state.iris_y if turns else 0.0,
            softstep(0.0, 0.35 * self.lash, way) if moves else 0.0,
            softstep(*PLAIN, upper) if moves else 0.0,
            softstep(*TURNED, upper),
            softstep(*MET, upper),
        )

    def _drawn(self, state: LidState) -> Image:
        """The patch (h, w, 3), as the compiled loop draws it."""
        lid_drop = (self.way if state.upper > 0 else self.span) * np.float32(state.upper)
        lid_lift = self.span * np.float32(state.lower)
        new_upper, new_lower = self.upper + lid_drop, self.lower - lid_lift
        ball = self._turned_ball(state)
        if state.upper > 0:
            ball = self._shaded(ball, new_upper, lid_drop)
        skin = self._slid_skin(state, lid_drop, lid_lift, (new_upper, new_lower))
        lash_line = new_upper
        if state.upper > 0:
            lowered = ease(0.02, 0.25, lid_drop * np.float32(1 / self.lash))
            lash_line = new_upper + np.float32(LASH_EDGE * self.unit) * lowered
        gap = np.minimum(self.down - lash_line, new_lower - self.down)
        share = clipped(gap + np.float32(0.5 - softstep(*MET, state.upper))) * self.within
        eye = np.asarray(cv2.blendLinear(ball, skin, share, 1 - share), np.uint8)
        return self._with_lashes(eye, state, lid_drop)

    def _with_lashes(self, eye: Image, state: LidState, lid_drop: Floats) -> Image:
        """Lashes of a lid that comes down turn down with it."""
        turned = softstep(*TURNED, state.upper)
        if turned <= 0:
            return eye
        met = softstep(*MET, state.upper)
        ink = cv2.addWeighted(self.lid.ink, met, self.lid.lashes, 1 - met, 0) if met < 1 else self.lid.ink
        ink = cv2.remap(ink, *self._shifted(-lid_drop), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        ink = cv2.addWeighted(ink, turned, ink, 0, 255 * (1 - turned))
        return np.asarray(cv2.multiply(eye, ink, scale=1 / 255), np.uint8)

    def _turned_ball(self, state: LidState) -> Image:
        dx, dy = np.float32(state.iris_x), np.float32(state.iris_y)
        if abs(dx) + abs(dy) < STILL:
            return np.ascontiguousarray(self.eyeball[self.cut])
        x, y = self.columns - (self.iris_centre[0] + dx), self.rows - (self.iris_centre[1] + dy)
        follow = 1 - ease(1.15 * self.iris_radius, 3.0 * self.iris_radius, np.asarray(cv2.magnitude(x, y), np.float32))
        places = ((self.columns - dx * follow) * FINENESS, (self.rows - dy * follow) * FINENESS)
        return np.asarray(cv2.remap(self.ball, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _shaded(self, ball: Image, new_upper: Floats, lid_drop: Floats) -> Image:
        """The lid's shadow moves with it: darker just under a lid that has come down."""
        depth = (self.down - new_upper) * np.float32(1 / max(2.2 * self.lash, 1.0))
        low = clipped(lid_drop * np.float32(1 / max(2 * self.lash, 1.0)))
        light = 1 - np.float32(0.35) * low * clipped(np.float32(1) - depth)
        return np.asarray(cv2.multiply(ball, cv2.merge([light] * 3), dtype=cv2.CV_8U), np.uint8)

    def _slid_skin(self, state: LidState, lid_drop: Floats, lid_lift: Floats, edges: tuple[Floats, Floats]) -> Image:
        above = self._lowered(state, lid_drop) if abs(state.upper) * self.widest > STILL_PIXELS else self.face
        below = self.face
        if state.lower * self.widest > STILL_PIXELS:
            sink = clipped((self.cheek - self.down) / np.maximum(self.cheek - edges[1], np.float32(1)))
            below = np.asarray(resample_at(self.picture, *self._shifted(lid_lift * sink * np.sqrt(sink))), np.uint8)
        met = softstep(*MET, state.upper)
        if met > 0:
            below = np.asarray(cv2.addWeighted(self.lid.closed, met, below, 1 - met, 0), np.uint8)
        overlap = np.float32(OVERLAP * self.unit if state.upper > 0 else 0)
        level = (edges[0] + edges[1]) * np.float32(0.5) - self.down + overlap
        share = clipped(level * self.crisp + np.float32(0.5))
        return np.asarray(cv2.blendLinear(above, below, share, 1 - share), np.uint8)

    def _lowered(self, state: LidState, lid_drop: Floats) -> Image:
        """The upper lid's skin stretches from the fold on over the eye and takes the lashes along."""
        closed = softstep(*PLAIN, state.upper)
        if closed >= 1:
            return self.lid.closed
        shift = self.lid.shift(lid_drop, down=state.upper > 0)
        lid = resample_at(self.lid.own, *self._shifted(shift), cv2.INTER_LINEAR)
        share = self.lid.shown * np.float32(softstep(0.0, 0.35 * self.lash, abs(state.upper) * self.widest))
        lid = np.asarray(cv2.blendLinear(lid, self.face, share, 1 - share), np.uint8)
        return np.asarray(cv2.addWeighted(self.lid.closed, closed, lid, 1 - closed, 0), np.uint8) if closed else lid

    def _shifted(self, shift: Floats) -> tuple[Floats, Floats]:
        """Where to look, across and down, for what moves by -`shift` pixels along the eye's down axis."""
        across, down = (shift * np.float32(way) for way in self.down_axis)
        across += self.columns
        down += self.rows
        return across, down


def build_eyes(portrait: Portrait, cover: Image | None = None) -> tuple[Eye, Eye]:
    """The subject's right and left eye; `cover` (H, W) of the person, 255 where it is None."""
    cover = np.full(portrait.image.shape[:2], 255, np.uint8) if cover is None else cover
    right = (topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.RIGHT_IRIS, topo.RIGHT_BROW_LOWER)
    left = (topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, topo.LEFT_IRIS, topo.LEFT_BROW_LOWER)
    return _build(portrait, cover, right), _build(portrait, cover, left)


def _build(portrait: Portrait, cover: Image, marked: tuple[tuple[int, ...], ...]) -> Eye:
    """`marked`: the landmarks of the upper lid, the lower one, the iris, whose first is its centre, and the brow."""
    upper, lower, iris, brow = marked
    marks = portrait.landmarks[:, :2]
    unit = portrait.inter_ocular
    left = upper is topo.LEFT_EYE_UPPER
    opening = eye_opening(portrait.image, marks[list(upper)], marks[list(lower)], unit, outer_last=left)
    start, length, axis, across = opening.start, opening.length, opening.axis, opening.across
    box, grid = _patch(portrait, np.asarray((start + opening.end) / 2, np.float32), unit * PATCH_REACH)
    offset = grid + np.array([box[1].start, box[0].start], np.float32) - start
    along, down = np.asarray(offset @ axis / length, np.float32), np.asarray(offset @ across, np.float32)
    eye = EyeAxes(grid, across, along, along if left else 1 - along, down, unit)
    lids = [_curve(along, line, start, axis, across, length) for line in (opening.upper, opening.lower)]
    near = smoothstep(-0.12, 0.06, along) * smoothstep(-0.12, 0.06, 1 - along)
    patch = portrait.image[box]
    offsets = np.asarray(marks[list(brow)] - start, np.float32)
    brow_line = _line(along, offsets @ axis / length, offsets @ across)
    outside = (down < lids[0] - 0.5) | (down > lids[1] + 0.5) | (along < 0) | (along > 1)
    centre, ring = marks[iris[0]], marks[list(iris[1:])]
    whole = slice(0, patch.shape[0]), slice(0, patch.shape[1])
    eyeball = fill_behind(patch, outside, whole)
    lid = lid_skin(patch, eye, lids, brow_line)
    whole_eye = Eye(
        box=box,
        cut=whole,
        depth=float(portrait.landmarks[[upper[0], upper[-1]], 2].mean()),
        face=np.ascontiguousarray(patch),
        cover=np.ascontiguousarray(cover[box]),
        lid=lid,
        picture=np.ascontiguousarray(patch),
        eyeball=eyeball,
        ball=_ball(eyeball),
        columns=np.ascontiguousarray(grid[..., 0]),
        rows=np.ascontiguousarray(grid[..., 1]),
        down_axis=across,
        down=down,
        upper=lids[0],
        lower=lids[1],
        cheek=np.asarray(lids[1] + CHEEK * unit, np.float32),
        parts=(),
        packed=None,
        span=np.asarray((lids[1] - lids[0]) * near, np.float32),
        way=_way(along, lids, near),
        crisp=_crisp(eye),
        within=np.asarray((along > 0) & (along < 1), np.float32),
        iris_centre=(float(centre[0] - box[1].start), float(centre[1] - box[0].start)),
        iris_radius=max(2.0, float(np.linalg.norm(ring - centre, axis=1).mean())),
        lash=max(1.0, LASH_SHARE * unit),
        widest=float(((lids[1] - lids[0]) * near).max() * (1 - MEETING_LINE)),
        unit=unit,
    )
    packed = replace(whole_eye, packed=_packed(whole_eye))
    return replace(packed, parts=tuple(packed._cropped(part) for part in _parts(eye, lids, lid, near)))


def _packed(eye: Eye) -> PackedEye:
    lid, (down_x, down_y) = eye.lid, (float(way) for way in eye.down_axis)
    maps = [eye.down, eye.upper, eye.lower, eye.cheek, eye.span, eye.way, eye.crisp, eye.within]
    layers, skins = (eye.face, eye.eyeball, lid.closed), (lid.own, eye.picture, lid.lashes, lid.ink)
    over = (LASH_EDGE * eye.unit, OVERLAP * eye.unit)
    measures = (down_x, down_y, *eye.iris_centre, eye.iris_radius, eye.lash, *over)
    return packed_eye([*maps, lid.shown, lid.depth, lid.stretch], layers, eye.cover, skins, eye.ball, measures)


def _ball(eyeball: Image) -> Image:
    """An eyeball (h, w, 3) to be turned, refined."""
    covered = np.asarray(cv2.cvtColor(eyeball, cv2.COLOR_RGB2RGBA), np.uint8)
    return np.ascontiguousarray(refined(covered)[..., :3])


def _parts(eye: EyeAxes, lids: list[Floats], lid: LidSkin, near: Points) -> tuple[Box, Box, Box]:
    """What of a patch changes when both lids move, only the upper one, and neither."""
    upper, lower = lids
    opening = (eye.along > -EDGE) & (eye.along < 1 + EDGE) & (eye.down > upper - 2) & (eye.down < lower + 2)
    above = opening | ((lid.depth > 0) & (lid.shown > 0) & (eye.down < lower))
    below = (eye.down > lower) & (eye.down < lower + CHEEK * eye.unit) & (near > 0)
    return _bounds(above | below), _bounds(above), _bounds(opening)


def _bounds(mask: NDArray[np.bool_]) -> Box:
    """The smallest box that holds the mask, and a pixel around it."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    down, across = (
        slice(max(0, int(found[0]) - 1), int(found[-1]) + 2) if len(found) else slice(0, 1) for found in (rows, columns)
    )
    return down, across


def _way(along: Floats, lids: list[Floats], near: Points) -> Floats:
    """How far down an upper lid's edge comes (h, w), pixels: on to a line that runs smoothly through both corners."""
    between = (along > 0) & (along < 1)
    place, meeting = along[between], (lids[1] + MEETING_LINE * (lids[0] - lids[1]))[between]
    line = np.polynomial.Polynomial.fit(place, meeting, CLOSED_DEGREE, domain=[0, 1])
    return np.asarray(np.maximum(line(np.clip(along, 0, 1)) - lids[0], 0) * near, np.float32)


def _crisp(eye: EyeAxes) -> Floats:
    """1 between the corners; beyond them less and less."""
    beyond = 1 - ease(-0.08, 0.02, np.minimum(eye.outward, 1 - eye.outward))
    return np.asarray(1 / (1 + beyond * np.float32(CORNER_FADE * eye.unit)), np.float32)


def _line(along: Floats, s: Points | Floats, t: Points | Floats) -> Floats:
    """How far down a line of points lies at each place along the eye, pixels."""
    order = np.argsort(s)
    return np.asarray(np.interp(along, s[order], t[order]), np.float32)


def _patch(portrait: Portrait, centre: Floats, reach: float) -> tuple[Box, Floats]:
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
