"""Eyeballs, and the walls that close what lies between them and the lids."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.blendshapes import GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from video_processor.gltf.parts import Moves, Part, Points, fan, shares, sphere, strip
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.lid_state import EYEBALL_RADIUS

LID_CLEARANCE: Final = 0.014
"""Lids lie this far before the eyeball, in inter-ocular distances."""

BEYOND_CORNERS: Final = 1.12
"""Half width of an eyeball against half the width of the eye: no gap shows at the corners."""

WALL_DEPTH: Final = 0.1
"""How far the walls reach back from the edges of the lids."""

AWAY: Final = np.array([0.0, 0.0, 1.0])
RINGS, SEGMENTS, WIDEST_DEGREES = 10, 28, 84.0


@dataclass(frozen=True, slots=True)
class Ball:
    """An eyeball in the head's frame: an ellipsoid, as wide as the eye, that recedes by `slope` towards the left."""

    centre: Points
    axes: Points
    slope: float

    def place(self, unit: Points) -> Points:
        """Where points (n, 3) of the unit sphere lie."""
        return self.centre + self.directed(unit)

    def directed(self, unit: Points) -> Points:
        """The same for differences of such points."""
        scaled = unit * self.axes
        scaled[:, 2] += self.slope * scaled[:, 0]
        return np.asarray(scaled)

    def front(self, points: Points) -> Points:
        """Depth (n,) of its surface before `points` (n, 3); its rim's beyond the rim."""
        offset = (points - self.centre)[:, :2]
        bulge = np.sqrt(np.clip(1 - ((offset / self.axes[:2]) ** 2).sum(axis=1), 0, 1))
        return np.asarray(self.centre[2] + self.slope * offset[:, 0] - self.axes[2] * bulge)


@dataclass(frozen=True, slots=True)
class EyeLines:
    """One eye of a face: `side` as blendshapes name it, the edges of its lids, its iris, its brow's lower edge."""

    side: str
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    iris: tuple[int, ...]
    brow: tuple[int, ...]


EYES: Final = (
    EyeLines("Right", topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.RIGHT_IRIS, topo.RIGHT_BROW_LOWER),
    EyeLines("Left", topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, topo.LEFT_IRIS, topo.LEFT_BROW_LOWER),
)


def eyeball(points: Points, eye: EyeLines) -> Ball:
    """The eyeball behind the lids of a face's landmarks (468, 3)."""
    edges = points[list(eye.upper + eye.lower)]
    middle = (edges.min(axis=0) + edges.max(axis=0)) / 2
    half = np.ptp(edges[:, 0]) / 2 * BEYOND_CORNERS
    across = points[eye.upper[-1]] - points[eye.upper[0]]
    axes = np.array([max(half, EYEBALL_RADIUS), EYEBALL_RADIUS, EYEBALL_RADIUS])
    ball = Ball(np.array([middle[0], middle[1], 0.0]), axes, float(across[2] / across[0]))
    back = float((edges[:, 2] + LID_CLEARANCE - ball.front(edges)).max())
    return replace(ball, centre=ball.centre + back * AWAY)


def eyeball_part(ball: Ball, eye: EyeLines, frame: HeadFrame, box: tuple[slice, slice]) -> Part:
    """The eyeball's front, with what the picture's patch `box` shows before it."""
    tilt = np.radians(np.linspace(0, WIDEST_DEGREES, RINGS + 1)[1:])
    unit = np.vstack([sphere(np.pi - tilt, SEGMENTS), [[0.0, 0.0, -1.0]]])
    points = ball.place(unit)
    pole = fan(len(unit) - 1, np.arange(SEGMENTS))
    return Part(
        tile="eye" + eye.side,
        points=points,
        places=shares(frame.place(points)[:, :2], box),
        triangles=np.vstack([strip(RINGS, SEGMENTS, closed=True), pole]),
        moves=_gaze_moves(unit, ball, eye),
    )


def wall_part(points: Points, eye: EyeLines, moves: Moves, places: Points, box: tuple[slice, slice]) -> Part:
    """The wall behind the edges of the lids of landmarks (468, 3) at `places` (468, 2) of the picture."""
    ring = list(eye.upper + eye.lower[-2:0:-1])
    edge = points[ring]
    return Part(
        tile="eye" + eye.side,
        points=np.vstack([edge, edge + WALL_DEPTH * AWAY]),
        places=np.tile(shares(places[ring], box), (2, 1)),
        triangles=strip(2, len(ring), closed=True),
        moves={name: np.tile(move[ring], (2, 1)) for name, move in moves.items() if move[ring].any()},
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
    return {name + eye.side: ball.directed(_turned(unit, *turn) - unit) for name, turn in turns.items()}


def _turned(unit: Points, left: float, up: float) -> Points:
    """Points turned by angles in radians, in the head's frame."""
    x, y, z = unit.T
    x, z = x * np.cos(left) - z * np.sin(left), x * np.sin(left) + z * np.cos(left)
    y, z = y * np.cos(up) + z * np.sin(up), -y * np.sin(up) + z * np.cos(up)
    return np.stack([x, y, z], axis=1)
