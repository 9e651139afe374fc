"""Face motion as glTF's keyframes, one a frame.

glTF's axes are x to the subject's left, y up, z towards the viewer; the face looks along z. So a turn to the
subject's left takes the nose to +x, a raised head takes it to +y, and a tilt to the own left shoulder takes
the crown to +x.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import FaceMotion, Floats

METRES_PER_DISTANCE: Final = 0.09
"""An inter-ocular distance in metres: what lies between the outer corners of an adult's eyes."""

Quaternions = NDArray[np.float64]


def keyframe_times(motion: FaceMotion) -> Floats:
    """When each frame shows (n,), seconds; the nearest float32 to the exact time."""
    count, each = motion.fps.numerator, motion.fps.denominator
    return np.asarray(np.arange(len(motion)) * each / count, np.float32)


def rotations(motion: FaceMotion) -> Floats:
    """The head's turn as unit quaternions (n, 4), x, y, z, w: Rz(-roll) Ry(yaw) Rx(-pitch).

    Neighbours lie on the same side, so that any interpolation takes the short way.
    """
    pitch, yaw, roll = np.radians(motion.pose[:, :3].astype(np.float64)).T
    turn = _product(_about(2, -roll), _product(_about(1, yaw), _about(0, -pitch)))
    ahead = np.sign((turn[1:] * turn[:-1]).sum(axis=1))
    turn[1:] *= np.cumprod(np.where(ahead < 0, -1.0, 1.0))[:, None]
    return turn.astype(np.float32)


def translations(motion: FaceMotion) -> Floats:
    """How far the head is from its place (n, 3), metres."""
    return np.asarray(motion.pose[:, 3:] * METRES_PER_DISTANCE, np.float32)


def _about(axis: int, angle: NDArray[np.float64]) -> Quaternions:
    turn = np.zeros((len(angle), 4))
    turn[:, axis], turn[:, 3] = np.sin(angle / 2), np.cos(angle / 2)
    return turn


def _product(a: Quaternions, b: Quaternions) -> Quaternions:
    """Turns `a` after `b`."""
    u, v, s, t = a[:, :3], b[:, :3], a[:, 3:], b[:, 3:]
    return np.concatenate([s * v + t * u + np.cross(u, v), s * t - (u * v).sum(axis=1, keepdims=True)], axis=1)
