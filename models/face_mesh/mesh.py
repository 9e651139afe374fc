"""The face mesh (Kartynnik et al. 2019, arXiv:1907.06724): 468 points on a face."""

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.types import Floats, Image
from models.face_mesh.detector import Detection
from models.face_mesh.network import Network
from models.face_mesh.roi import Roi, crop, to_picture

OUTPUTS: Final = ("conv2d_21", "conv2d_31")

_MARGIN: Final = 1.5
"""Side of the crop over that of the face (MediaPipe's face landmark graph)."""

_MAX_ROUNDS: Final = 6
_STABLE: Final = 0.002
"""Mean movement from one round to the next, as a share of the face's side, that ends the search."""

_SLOW: Final = 0.01
"""Movement from frame to frame, as a share of the crop's side, up to which one look is exact enough."""

_CLOSE_LOOK: Final = 0.8
"""Side of a second, tighter crop over the first: human faces pass it too, most animals and toys do not."""


def face_landmarks(network: Network, image: Image, detection: Detection) -> tuple[Floats, float]:
    """Points (468, 3) in the picture's pixels and the probability that this is a human face.

    The square is laid again around what each round found until the points stay where they are. The
    probability is the lower one of two looks, the second of them closer.
    """
    roi = _around_detection(detection)
    points, presence = _look(network, image, roi)
    for _ in range(_MAX_ROUNDS - 1):
        before = points
        roi = _around_landmarks(points)
        points, presence = _look(network, image, roi)
        moved = float(np.linalg.norm(points[:, :2] - before[:, :2], axis=1).mean())
        if moved < _STABLE * roi.side / _MARGIN:
            break
    _, closer = _look(network, image, replace(roi, side=roi.side * _CLOSE_LOOK))
    return points, min(presence, closer)


def followed_landmarks(network: Network, image: Image, before: Floats) -> tuple[Floats, float]:
    """The same by one look, for a face that was at `before` (n, 3) in the frame before; by two where it moves fast."""
    roi = _around_landmarks(before[:468])
    points, presence = _look(network, image, roi)
    moved = np.linalg.norm(points[:, :2].mean(axis=0) - before[:468, :2].mean(axis=0))
    return (points, presence) if moved < _SLOW * roi.side else _look(network, image, _around_landmarks(points))


def _look(network: Network, image: Image, roi: Roi) -> tuple[Floats, float]:
    points, logit = network(crop(image, roi, network.side))
    presence = 1.0 / (1.0 + np.exp(-np.clip(logit.item(), -80, 80)))
    return to_picture(points.reshape(468, 3), roi, network.side), float(presence)


def _around_detection(detection: Detection) -> Roi:
    x, y, width, height = detection.box
    right, left = detection.keypoints[:2]
    return Roi((x + width / 2, y + height / 2), detection.side * _MARGIN, _direction(right, left))


def _around_landmarks(points: Floats) -> Roi:
    """The square around the face's bounding box in the eyes' own frame."""
    flat = points[:, :2]
    angle = _direction(flat[33], flat[263])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    level = flat @ turn
    low, high = level.min(axis=0), level.max(axis=0)
    x, y = turn @ ((low + high) / 2)
    side = max(float(max(high - low)), 1.0) * _MARGIN
    return Roi((float(x), float(y)), side, angle)


def _direction(right: Floats, left: Floats) -> float:
    return float(np.arctan2(left[1] - right[1], left[0] - right[0]))
