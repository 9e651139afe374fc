"""The head's own frame: where a face's points lie when it looks straight ahead, in inter-ocular distances."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Portrait
from video_processor.renderers.puppet import topology as topo

Matrix = NDArray[np.float64]


def rotation(pitch: float, yaw: float, roll: float) -> Matrix:
    """Rotation (3, 3) of a head in the camera's frame (x right, y down, z away), angles in degrees.

    Rz(roll) Ry(-yaw) Rx(-pitch): yaw turns to the subject's left, pitch up, roll to the own left shoulder.
    """
    (cx, sx), (cy, sy), (cz, sz) = ((cos(angle), sin(angle)) for angle in map(radians, (-pitch, -yaw, roll)))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """`turn` takes directions of the head's frame to the picture's; `scale` is pixels per inter-ocular distance.

    `points` (468, 3): landmarks in the head's frame, origin between the eyes, x to the subject's left
    (right in the picture), y down, z away from the camera.
    """

    turn: Matrix
    scale: float
    origin: NDArray[np.float64]
    points: NDArray[np.float64]

    def to_picture(self, vectors: NDArray[np.float64]) -> Floats:
        """Displacements (n, 3) of the head's frame as pixels (n, 2)."""
        return np.asarray((vectors @ self.turn.T)[:, :2] * self.scale, np.float32)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 3) of the head's frame in picture coordinates (n, 3), pixels."""
        return points @ self.turn.T * self.scale + self.origin


def head_frame(portrait: Portrait) -> HeadFrame:
    """The frame of a portrait's head from its pose and its outer eye corners."""
    landmarks = portrait.landmarks[:468].astype(np.float64)
    right, left = landmarks[topo.RIGHT_OUTER_EYE], landmarks[topo.LEFT_OUTER_EYE]
    scale = float(np.linalg.norm(left - right))
    origin = (left + right) / 2
    turn = rotation(*portrait.pose)
    return HeadFrame(turn, scale, origin, (landmarks - origin) @ turn / scale)
