"""Where a head points, from landmarks that speech and expression do not move."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats

RIGID: Final = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 127, 356, 10, 151, 109, 338)
"""Eye corners, nose bridge, tip and wings, temples, forehead."""

_TEMPLATE: Final = np.array(
    [
        [-0.5, 0.059, 0.245],
        [-0.194, 0.076, 0.183],
        [0.194, 0.076, 0.183],
        [0.5, 0.059, 0.245],
        [0.0, 0.0, 0.0],
        [0.0, 0.088, -0.052],
        [0.0, 0.166, -0.111],
        [0.0, 0.239, -0.176],
        [0.0, 0.317, -0.243],
        [0.0, 0.413, -0.274],
        [-0.192, 0.547, 0.007],
        [0.192, 0.547, 0.007],
        [-0.782, 0.124, 0.8],
        [0.782, 0.124, 0.8],
        [0.0, -0.561, 0.075],
        [0.0, -0.381, 0.027],
        [-0.211, -0.554, 0.093],
        [0.211, -0.554, 0.093],
    ]
)
"""The rigid points of a mean head: measured faces of 47 video clips, averaged and made symmetric.

Unit: the distance of the outer eye corners; origin at landmark 168; x to the subject's left, y down,
z away from the camera. Pitch 0 is the mean carriage of those heads.
"""

_FOCAL_EYE_DISTANCES: Final = 5.0
"""Focal length over the eyes' distance in the picture: a head at five eye distances, about 45 cm."""


def eye_distance(landmarks: Floats) -> float:
    """Distance of the outer eye corners in space, in pixels: nearly free of how the head is turned."""
    return float(np.linalg.norm(landmarks[33] - landmarks[263]))


def head_rotation(landmarks: Floats) -> Floats:
    """(3, 3): from the head's own axes (subject's left, down, back) to the camera's (right, down, away)."""
    focal = _FOCAL_EYE_DISTANCES * max(eye_distance(landmarks), 1e-3)
    points = (landmarks[list(RIGID), :2] - landmarks[168, :2]).astype(np.float64)
    camera = np.diag([focal, focal, 1.0])
    start = np.array([[0.0], [0.0], [_FOCAL_EYE_DISTANCES]])
    _, turn, _ = cv2.solvePnP(_TEMPLATE, points, camera, None, np.zeros((3, 1)), start, True, cv2.SOLVEPNP_ITERATIVE)
    return np.asarray(cv2.Rodrigues(turn)[0], np.float32)


def head_angles(rotation: Floats) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees: up, to the subject's left, towards the subject's left shoulder are positive."""
    pitch = -np.degrees(np.arctan2(rotation[2, 1], rotation[2, 2]))
    yaw = np.degrees(np.arcsin(np.clip(rotation[2, 0], -1.0, 1.0)))
    roll = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))
    return float(pitch), float(yaw), float(roll)


def in_head_frame(landmarks: Floats, rotation: Floats) -> Floats:
    """The landmarks in the head's own axes, in eye distances, from landmark 168."""
    return np.asarray((landmarks - landmarks[168]) @ rotation / max(eye_distance(landmarks), 1e-3), np.float32)


def template_error(landmarks: Floats, rotation: Floats) -> float:
    """Mean distance of the rigid points from those of the mean head, in eye distances; 0.04 is usual."""
    points = in_head_frame(landmarks, rotation)[list(RIGID)]
    return float(np.linalg.norm(points - _TEMPLATE, axis=1).mean())
