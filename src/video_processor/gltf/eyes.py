"""Lids that slide over eyeballs, and the eyeballs: ellipsoids that fill the openings of the lids."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.types import Floats
from video_processor.gltf.parts import Moves, Part, Points, fan, strip
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.eyes import MEETING_LINE
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.lid_state import (
    EYEBALL_RADIUS,
    LID_FOLLOWS_GAZE,
    MEET_LOWER,
    SQUINT_LOWER,
    SQUINT_UPPER,
    WIDE_UPPER,
)

LID_CLEARANCE: Final = 0.014
"""Lids lie this far before the eyeball, in inter-ocular distances."""

BEYOND_CORNERS: Final = 1.12
"""Half width of an eyeball against half the width of the eye: no gap shows at the corners."""

FOLD_SHARE: Final = 0.75
LEAST_FOLD: Final = 0.06
CHEEK_REACH: Final = 0.2
SLIDE: Final = 1.6
"""Skin slides from the fold, this share of the way to the brow, and from this far below the lower lid; its power."""

RINGS, SEGMENTS, WIDEST_DEGREES = 10, 28, 84.0


@dataclass(frozen=True, slots=True)
class Ball:
    """An eyeball: centre and half axes in the head's frame."""

    centre: Points
    axes: Points

    def front(self, points: Points) -> Points:
        """Depth (n,) of its surface before `points` (n, 3); its rim's beyond the rim."""
        flat = ((points - self.centre) / self.axes)[:, :2]
        return np.asarray(self.centre[2] - self.axes[2] * np.sqrt(np.clip(1 - (flat**2).sum(axis=1), 0, 1)))


@dataclass(frozen=True, slots=True)
class EyeLines:
    """One eye of a face: `side` as in names of blendshapes, the edges of its lids, its brow's lower edge."""

    side: str
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    brow: tuple[int, ...]


EYES: Final = (
    EyeLines("Right", topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.RIGHT_BROW_LOWER),
    EyeLines("Left", topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, topo.LEFT_BROW_LOWER),
)


def eyeball(points: Points, eye: EyeLines) -> Ball:
    """The eyeball behind the lids of a face's landmarks (468, 3)."""
    edges = points[list(eye.upper + eye.lower)]
    middle = (edges.min(axis=0) + edges.max(axis=0)) / 2
    half = np.ptp(edges[:, 0]) / 2 * BEYOND_CORNERS
    ball = Ball(np.array([middle[0], middle[1], 0.0]), np.array([max(half, EYEBALL_RADIUS), EYEBALL_RADIUS, EYEBALL_RADIUS]))
    back = float((edges[:, 2] + LID_CLEARANCE - ball.front(edges)).max())
    return Ball(ball.centre + [0, 0, back], ball.axes)


def lid_moves(points: Points, eye: EyeLines, ball: Ball, rest: Floats) -> Moves:
    """What an eye's blendshapes do to landmarks (468, 3) that show `rest` (52,)."""
    drop, lift = _slides(points, eye)
    shut = 1 / max(1 - float(rest[BLENDSHAPE_INDEX["eyeBlink" + eye.side]]), 0.2)
    shares = {
        "eyeBlink": (shut, shut * MEET_LOWER),
        "eyeSquint": (SQUINT_UPPER, SQUINT_LOWER),
        "eyeWide": (-WIDE_UPPER, 0.0),
        "eyeLookUp": (-LID_FOLLOWS_GAZE, 0.0),
        "eyeLookDown": (LID_FOLLOWS_GAZE, 0.0),
    }
    return {
        name + eye.side: _over_ball(points, drop * upper - lift * lower, ball) for name, (upper, lower) in shares.items()
    }


def _slides(points: Points, eye: EyeLines) -> tuple[Points, Points]:
    """How far the upper lid's skin goes down, and the lower one's up, to shut the eye: (468,) each."""
    start, end = points[eye.upper[0], :2], points[eye.upper[-1], :2]
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length
    offset = points[:, :2] - start
    along, down = offset @ axis / length, offset @ np.array([-axis[1], axis[0]])
    upper, lower = (np.interp(along, np.sort(along[list(line)]), down[list(line)][np.argsort(along[list(line)])]) for line in (eye.upper, eye.lower))
    brow = float(np.median(down[list(eye.brow)]))
    fold = upper + FOLD_SHARE * np.minimum(brow - upper, -LEAST_FOLD)
    opening = np.maximum(lower - upper, 0) * ((along >= 0) & (along <= 1))
    rise = np.clip((down - fold) / (upper - fold), 0, 1) ** SLIDE * (down < (upper + lower) / 2)
    sink = np.clip((lower + CHEEK_REACH - down) / CHEEK_REACH, 0, 1) ** SLIDE * (down > (upper + lower) / 2)
    return rise * opening * (1 - MEETING_LINE), sink * opening


def _over_ball(points: Points, down: Points, ball: Ball) -> Points:
    """Moves (468, 3) of `down` (468,) that keep before the eyeball."""
    moved = points + down[:, None] * np.array([0.0, 1.0, 0.0])
    moved[:, 2] = np.where(down != 0, np.minimum(moved[:, 2], ball.front(moved) - LID_CLEARANCE), moved[:, 2])
    return moved - points


def eyeball_part(ball: Ball, eye: EyeLines, frame: HeadFrame, box: tuple[slice, slice]) -> Part:
    """The eyeball's front, with what the picture's patch `box` shows before it."""
    tilt, round_ = np.radians(np.linspace(0, WIDEST_DEGREES, RINGS + 1)[1:]), np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    rings = np.stack(
        [
            np.outer(np.sin(tilt), np.cos(round_)),
            np.outer(np.sin(tilt), np.sin(round_)),
            -np.outer(np.cos(tilt), np.ones(SEGMENTS)),
        ],
        axis=-1,
    )
    unit = np.vstack([rings.reshape(-1, 3), [[0.0, 0.0, -1.0]]])
    points = ball.centre + unit * ball.axes
    corner = np.array([box[1].start, box[0].start])
    size = np.array([box[1].stop - box[1].start, box[0].stop - box[0].start])
    pole = fan(len(unit) - 1, np.arange(SEGMENTS))
    return Part(
        tile="eye" + eye.side,
        points=points,
        places=np.clip((frame.place(points)[:, :2] + 0.5 - corner) / size, 0, 1),
        triangles=np.vstack([strip(RINGS, SEGMENTS, closed=True), pole]),
        moves=_gaze_moves(unit, ball, eye),
    )


def _gaze_moves(unit: Points, ball: Ball, eye: EyeLines) -> Moves:
    """Turns of points of the unit sphere, such that an iris goes as far as on a round eyeball."""
    across = np.arcsin(EYEBALL_RADIUS * np.sin(np.radians(GAZE_HORIZONTAL_DEGREES)) / ball.axes[0])
    along = np.radians(GAZE_VERTICAL_DEGREES)
    out = 1.0 if eye.side == "Left" else -1.0
    turns = {
        "eyeLookOut": (out * across, 0.0),
        "eyeLookIn": (-out * across, 0.0),
        "eyeLookUp": (0.0, along),
        "eyeLookDown": (0.0, -along),
    }
    return {name + eye.side: (_turned(unit, *turn) - unit) * ball.axes for name, turn in turns.items()}


def _turned(unit: Points, left: float, up: float) -> Points:
    """Points turned by angles in radians, in the head's frame."""
    x, y, z = unit.T
    x, z = x * np.cos(left) - z * np.sin(left), x * np.sin(left) + z * np.cos(left)
    y, z = y * np.cos(up) + z * np.sin(up), -y * np.sin(up) + z * np.cos(up)
    return np.stack([x, y, z], axis=1)
