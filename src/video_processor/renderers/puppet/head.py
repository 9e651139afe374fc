"""Turning the whole head: a depth for every pixel, a rotation about the neck, and how far down it reaches."""

from bisect import bisect
from dataclasses import dataclass
from functools import lru_cache
from math import acos, degrees, log, sqrt
from struct import Struct
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import (
    Box,
    Grid,
    around,
    common,
    covering,
    ease,
    grown,
    ringed,
    smoothstep,
    thin_plate,
)
from video_processor.renderers.puppet.frame import HeadFrame, rotation
from video_processor.renderers.puppet.newton import SEARCH_LIMITS, SEARCH_ROOM, sought

Points = NDArray[np.float64]

GRID_STEP: Final = 0.09
"""Distance of the nodes, in inter-ocular distances."""

PIVOT: Final = np.array([0.0, 0.85, 0.95])
"""Where the head turns on the neck, in the head's frame: between the ears, below and behind the face."""

CAMERA_DISTANCE: Final = 8.0
"""Distance of the camera, in inter-ocular distances; gives the perspective of a portrait lens."""

NECK_REACH: Final = (0.0, 0.8)
"""The head's motion fades from full to none over this stretch below the chin."""

RINGS: Final = ((1.2, 0.35, -0.2), (1.5, 0.65, 0.0), (2.3, 0.9, 0.3))
EAR_TOP, EAR_END = (-0.35, 0.1), (0.45, 0.9)
"""Outline of the face scaled by the first number lies the second one's share of the way to the depth of the pivot,
where the outline of a round head lies however it turns. Where there are ears it lies the third number further back:
they stand off the skull. Over the two stretches down from the eyes the one passes into the other and back, in
inter-ocular distances."""

SLOPES: Final = (1.5, 2.1, 3.0, 4.5)
LOG_SLOPES: Final = tuple(log(slope) for slope in SLOPES)
FOLD_SHARE: Final = 0.73
"""Steepest slopes of the reliefs. A turn by an angle folds what is steeper than the angle's cotangent; that relief is
used whose slope is this share of it."""

HELD_ABOVE, HELD_BESIDE, HELD_BELOW, HELD_SHARE = 1.0, 0.6, (0.2, 0.9), 0.7
"""What lies within these distances of the picture's upper edge and of sides that cut the head, or between the lower
edge and the chin within the limits, moves away from the edge less: not at all at the edge, at the lower one by this
share less. In inter-ocular distances."""

TOUCHES: Final = 0.25
"""A head is cut by a side of the picture if it meets more than this of it, in inter-ocular distances."""

ROUNDNESS, NOSE_SIZE = 0.2, (0.3, 0.7)
"""How smooth the relief is but over the nose, which ends over the second stretch. In inter-ocular distances."""

MARGIN: Final = 1.3
"""How far beyond its place at rest the head may get, in inter-ocular distances."""

UP_GAIN, DOWN_GAIN, YAW_GAIN = 1.32, 1.6, 1.39
"""A picture turned without new shading looks turned less than it is, to face trackers as well: turns are drawn larger
by these factors, up to where the limits bear on them."""

DOWN_CAMERA_DEGREES: Final = 40.0
"""A head that looks down by so much is seen from twice as far away: its forehead does not swell."""

LEVEL_AT, LEVEL_SLOPE, LEVEL_DEGREES, LEVEL_BELOW = 0.35, 0.7, 8.0, (0.1, 0.6)
"""Where the depth of a level of the face is taken, aside of its middle; the share that is left of what falls away from
it to the sides in a head that looks down, lest spectacles and brows bend; the turn, degrees, that brings it about; and
over what stretch below the eyes it ends. In inter-ocular distances."""

LIMIT_DEGREES: Final = 20.0
AWAY_SHARE, BACK_SHARE, LEAST_LIMIT = 0.75, 0.55, 6.0
LIMIT_SHARPNESS: Final = 4
"""No turn is drawn beyond the first number less these shares of the portrait's own, one for turns that add to it, one
for those that take from it: the far side of a face that is turned is not in the picture. Limits are no lower than the
last number, degrees; the sharpness is the exponent by which turns bend into them."""

LEVEL_PITCH: Final = -6.0
"""Measured pitch, degrees, of a head that looks straight ahead."""

SHOULDERS: Final = (((0.42, 0.8), (-0.3, 0.1)), ((0.8, 1.15), (-0.8, -0.4)))
"""What lies beside the chin and below it moves less over these stretches, and not at all past them: shoulders, collars,
hair that lies on them. In inter-ocular distances."""

LEAST_REACH: Final = 1e-3

VIEW: Final = Struct("16d")


@dataclass(frozen=True, slots=True)
class HeadMotion:
    """Maps from the output to the portrait for any head pose, on a coarse grid over what the head can reach.

    `reliefs` (5, rows, columns): depth in pixels, made gentler to each of `SLOPES`, and the one for looking down.
    `extent`: the box of all that moves with the head, at rest; `reachable`: where it may get, and the whole face.
    `reach` (rows, columns, 2): the share of a shift across and down that a node takes.
    """

    grid: Grid
    nodes: Floats
    reliefs: Floats
    reach: Floats
    extent: Box
    reachable: Box
    pivot: Points
    scale: float
    pose: tuple[float, float, float]

    def posed(self, pose: Floats) -> "PosedHead":
        """The head at a relative pose (6,)."""
        pitch, yaw, roll, x, y, z = pose.tolist()
        pitch = _drawn(pitch * (UP_GAIN if pitch > 0 else DOWN_GAIN), self.pose[0] - LEVEL_PITCH)
        yaw = _drawn(yaw * YAW_GAIN, self.pose[1])
        turn = rotation(self.pose[0] + pitch, self.pose[1] + yaw, self.pose[2] + roll) @ _back(*self.pose)
        down = max(-pitch, 0.0)
        away = 1 + down / DOWN_CAMERA_DEGREES
        shift = (x * self.scale, -y * self.scale, -z * self.scale * away)
        px, py, pz = self.pivot.tolist()
        camera = CAMERA_DISTANCE * self.scale * away
        return PosedHead(turn, (px, py, pz), shift, camera, _shares(turn, down), is_at_rest=not np.count_nonzero(pose))

    def offsets(self, head: "PosedHead") -> Floats:
        """What to add to an output position to find it in the portrait (rows, columns, 2).

        Newton's method on the forward map, whose Jacobian is known at the nodes. No offset is longer than the
        longest shift; a node whose search strays where the map all but folds goes with its neighbours.
        """
        if head.is_at_rest:
            return np.zeros_like(self.nodes)
        if native.kernels is not None:
            return self._sought(head, native.kernels)
        shift = head.place(self.nodes, head.relief(self.reliefs))
        shift -= self.nodes
        shift *= self.reach * np.float32(1 / self.grid.step)
        return sought(shift) * np.float32(self.grid.step)

    def _sought(self, head: "PosedHead", kernels: native.Kernels) -> Floats:
        offsets, room = np.empty_like(self.nodes), np.empty((*self.nodes.shape[:2], SEARCH_ROOM), np.float32)
        mixed, grid = (head.shares, self.reliefs, len(self.reliefs)), self.grid.numbers
        kernels.sought(head.view, *mixed, self.reach, grid, SEARCH_LIMITS, room, offsets)
        return offsets

    def depths(self, positions: Points) -> Floats:
        """Depths (5, n) of the reliefs at positions (n, 2) of the portrait."""
        places = np.asarray(positions, np.float32)[None]
        return np.stack([self.grid.sample(relief, places)[0] for relief in self.reliefs])


@dataclass(frozen=True, slots=True)
class PosedHead:
    """A turn about the pivot, a shift, the camera's perspective, and the share of each relief."""

    turn: Points
    pivot: tuple[float, float, float]
    shift: tuple[float, float, float]
    camera: float
    shares: Floats
    is_at_rest: bool

    @property
    def view(self) -> bytes:
        """Turn, pivot, shift and camera, as the compiled loops take them."""
        return VIEW.pack(*self.turn.ravel().tolist(), *self.pivot, *self.shift, self.camera)

    def relief(self, reliefs: Floats) -> Floats:
        """The mixture of reliefs (5, ...) that does not fold in this turn."""
        mixed = self.shares @ reliefs.reshape(len(reliefs), -1)
        return np.asarray(mixed.reshape(reliefs.shape[1:]), np.float32)

    def move(self, points: Points) -> Points:
        """Points (n, 3) of the rigid head, pixels, as they come to lie in the output (n, 2)."""
        if native.kernels is None:
            return np.asarray(self.place(points[:, :2], points[:, 2]), np.float64)
        placed = np.empty((len(points), 2))
        native.kernels.placed(self.view, np.ascontiguousarray(points, np.float64), len(points), placed)
        return placed

    def place(self, flat: Any, depth: Any) -> Any:
        """Where points at `flat` (..., 2) and `depth` (...) of the portrait come to lie (..., 2)."""
        placed = np.empty_like(flat)
        placed[..., 0], placed[..., 1] = self.seen(flat[..., 0], flat[..., 1], depth)
        return placed

    def seen(self, x: Any, y: Any, depth: Any) -> tuple[Any, Any]:
        """Where points at `x`, `y` and `depth` of the portrait come to lie across and down; numbers or arrays."""
        z = depth - self.pivot[2]
        away = 1 + z * (1 / self.camera)
        x, y = (x - self.pivot[0]) * away, (y - self.pivot[1]) * away
        (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = self.turn.tolist()
        nearer = self.camera / (zx * x + zy * y + zz * z + (self.shift[2] + self.camera))
        across, down = xx * x + xy * y + xz * z + self.shift[0], yx * x + yy * y + yz * z + self.shift[1]
        return self.pivot[0] + across * nearer, self.pivot[1] + down * nearer


def _drawn(turn: float, own: float) -> float:
    """A turn as it is drawn from a portrait that is turned by `own`, degrees."""
    share = AWAY_SHARE if turn * own > 0 else BACK_SHARE
    limit = max(LIMIT_DEGREES - abs(own) * share, LEAST_LIMIT)
    return float(turn / (1 + abs(turn / limit) ** LIMIT_SHARPNESS) ** (1 / LIMIT_SHARPNESS))


@lru_cache(maxsize=64)
def _back(pitch: float, yaw: float, roll: float) -> Points:
    """The inverse of a portrait's own rotation; not to be written to."""
    back = rotation(pitch, yaw, roll).T
    back.flags.writeable = False
    return back


def _shares(turn: Points, down: float) -> Floats:
    """How much of each relief a turn takes: two neighbours, in proportion to the logarithms of their slopes.

    The more of it looks `down`, in degrees, the more it takes of the last one.
    """
    cosine = min(max(float(turn[2, 2]), 1e-3), 1.0)
    most = FOLD_SHARE * cosine / max(sqrt(1 - cosine**2), 1e-6)
    place = _place(log(most))
    level = min(down / LEVEL_DEGREES, 1) * min(down / max(degrees(acos(cosine)), 1e-3), 1)
    shares = [max(1 - abs(relief - place), 0.0) * (1 - level) for relief in range(len(SLOPES))]
    return np.array([*shares, level], np.float32)


def _place(slope: float) -> float:
    """Where the logarithm of a slope lies among those of the reliefs, counted from the first."""
    after = min(max(bisect(LOG_SLOPES, slope), 1), len(LOG_SLOPES) - 1)
    low, high = LOG_SLOPES[after - 1 : after + 1]
    return after - 1 + min(max((slope - low) / (high - low), 0.0), 1.0)


def head_motion(portrait: Portrait, frame: HeadFrame, person: Image | None, face: Box) -> HeadMotion:
    """Depth and reach of a portrait's head, over all that it can reach and the `face`.

    `person` (H, W) is 0 where nothing moves with the head; None where person and ground cannot be told, so that
    the motion must fade within the picture.
    """
    width, height = portrait.size
    picture = (slice(0, height), slice(0, width))
    rough = covering(picture, max(4, round(0.25 * frame.scale)))
    moves = rough.expand(_reach(frame, rough.nodes(), layered=person is not None), picture) > LEAST_REACH
    extent = _bounds(moves if person is None else moves & (person > 0))
    reachable = around(common(grown(extent, MARGIN * frame.scale), picture), face)
    grid = ringed(reachable, max(4, round(GRID_STEP * frame.scale)))
    nodes = grid.nodes()
    reach = _reach(frame, nodes, layered=person is not None)
    reach = reach[..., None] * _held(portrait, frame, nodes, person)
    relief = _relief(portrait, frame, nodes)
    gentle = [_gentle(relief, slope * grid.step) for slope in SLOPES]
    reliefs = np.stack([_rounded(shape, frame, grid) for shape in (*gentle, _levelled(gentle[2], frame, grid))])
    pivot = frame.place(PIVOT[None])[0]
    return HeadMotion(grid, nodes, reliefs, reach, extent, reachable, pivot, frame.scale, portrait.pose)


def _bounds(mask: NDArray[np.bool_]) -> Box:
    """The smallest box that holds the mask; of a pixel where it is empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _relief(portrait: Portrait, frame: HeadFrame, nodes: Floats) -> Floats:
    landmarks = portrait.landmarks[:468].astype(np.float64)
    oval = landmarks[list(topo.OVAL)]
    centre = oval.mean(axis=0)
    middle = frame.place(PIVOT[None])[0, 2]
    rings = [landmarks]
    level = frame.points[list(topo.OVAL), 1]
    beside = smoothstep(*EAR_TOP, level) * (1 - smoothstep(*EAR_END, level))
    for reach, hair, ears in RINGS:
        ring = centre + (oval - centre) * reach
        back = hair * np.maximum(middle - oval[:, 2], 0)
        ring[:, 2] = oval[:, 2] + back + (ears * frame.scale - back) * beside
        rings.append(ring)
    points = np.vstack(rings)
    flat = (nodes.reshape(-1, 2) - centre[:2]) / frame.scale
    everything = np.arange(len(points))
    depth = thin_plate((points[:, :2] - centre[:2]) / frame.scale, [(everything, points[:, 2:] / frame.scale)], flat)[0]
    low, high = points[:, 2].min(), points[:, 2].max()
    return np.asarray(np.clip(depth[:, 0] * frame.scale, low, high).reshape(nodes.shape[:2]), np.float32)


def _gentle(relief: Floats, climb: float) -> Floats:
    """The relief, brought nearer wherever it falls away by more than `climb` from one node to the next."""
    gentle = relief.copy()
    for _ in range(max(relief.shape)):
        before = gentle.copy()
        near = np.pad(gentle, 1, mode="edge")
        for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2), (0, 0), (0, 2), (2, 0), (2, 2)):
            other = near[dy : dy + relief.shape[0], dx : dx + relief.shape[1]]
            np.minimum(gentle, other + np.float32(climb * np.hypot(dy - 1, dx - 1)), out=gentle)
        if np.array_equal(gentle, before):
            break
    return gentle


def _levelled(relief: Floats, frame: HeadFrame, grid: Grid) -> Floats:
    """The relief falling away less to the sides, so that lines across the face stay level when it looks down."""
    across, down, _ = frame.turn.T.astype(np.float32)
    flat = (grid.nodes() - frame.origin[:2].astype(np.float32)) / np.float32(frame.scale)
    unit = down[:2] / np.linalg.norm(down[:2])
    aside = np.array([-unit[1], unit[0]], np.float32) * np.sign(across[0] * -unit[1] + across[1] * unit[0])
    side = flat @ aside
    tilt = across[2] / np.linalg.norm(across[:2])
    middle = grid.nodes() - np.float32(frame.scale) * side[..., None] * aside
    beside = [grid.sample(relief, middle + s * np.float32(LEVEL_AT * frame.scale) * aside) for s in (-1, 1)]
    plane = (beside[0] + beside[1]) / 2 + tilt * side * np.float32(frame.scale)
    share = (1 - LEVEL_SLOPE) * (1 - smoothstep(*LEVEL_BELOW, flat @ unit))
    return np.asarray(relief - np.maximum(relief - plane, 0) * share, np.float32)


def _rounded(relief: Floats, frame: HeadFrame, grid: Grid) -> Floats:
    """The relief without bumps and creases but the nose's."""
    away = np.linalg.norm(grid.nodes() - frame.place(frame.points[topo.NOSE_TIP][None])[0, :2], axis=-1) / frame.scale
    share = ease(*NOSE_SIZE, np.asarray(away, np.float32))
    smooth = cv2.GaussianBlur(relief, (0, 0), ROUNDNESS * frame.scale / grid.step, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(relief + (smooth - relief) * share, np.float32)


def _held(portrait: Portrait, frame: HeadFrame, nodes: Floats, person: Image | None) -> Floats:
    """How much of a shift across and down is left near the picture's edges (rows, columns, 2)."""
    left, upper = np.moveaxis(nodes / frame.scale, -1, 0)
    right, lower = np.moveaxis((portrait.size - nodes) / frame.scale, -1, 0)
    chin = (portrait.size[1] - portrait.landmarks[topo.CHIN, 1]) / frame.scale
    below = 1 - HELD_SHARE * (1 - smoothstep(0, float(np.clip(chin, *HELD_BELOW)), lower))
    across = np.ones_like(left)
    for side, away in ((0, left), (-1, right)):
        above = None if person is None else person[: int(portrait.landmarks[topo.CHIN, 1]), side]
        if above is None or int((above > 0).sum()) > TOUCHES * frame.scale:
            across = across * smoothstep(0, HELD_BESIDE, away)
    return np.asarray(np.stack([across, smoothstep(0, HELD_ABOVE, upper) * below], axis=-1), np.float32)


def _reach(frame: HeadFrame, nodes: Floats, *, layered: bool) -> Floats:
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    chin = frame.place(frame.points[topo.CHIN][None])[0, :2]
    offset = (nodes - chin.astype(np.float32)) / np.float32(frame.scale)
    below, aside = offset @ down, np.abs(offset @ np.array([down[1], -down[0]]))
    shoulder = np.max([smoothstep(*beside, aside) * smoothstep(*under, below) for beside, under in SHOULDERS], axis=0)
    reach = (1 - smoothstep(*NECK_REACH, below)) * (1 - shoulder)
    if not layered:
        centre = frame.place(frame.points[topo.NOSE_TIP][None])[0, :2]
        away = np.linalg.norm(nodes - centre, axis=-1) / frame.scale
        reach = reach * (1 - smoothstep(1.1, 2.4, away))
    return np.asarray(reach, np.float32)
