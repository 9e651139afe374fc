"""Parts of a face in a portrait, as masks of pixels."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Portrait
from video_processor.renderers.puppet import topology as topo

PARTS: Final[dict[str, tuple[tuple[int, ...], float]]] = {
    "mouth": (topo.UPPER_LIP_RINGS[0] + topo.LOWER_LIP_RINGS[0], 0.03),
    "chin": ((43, 106, 182, 83, 18, 313, 406, 335, 273, 431, 395, 369, 396, 175, 171, 140, 170, 211), 0.0),
    "eye right": (topo.RIGHT_EYE_UPPER + topo.RIGHT_EYE_LOWER, 0.03),
    "eye left": (topo.LEFT_EYE_UPPER + topo.LEFT_EYE_LOWER, 0.03),
    "brow right": (topo.RIGHT_BROW, 0.03),
    "brow left": (topo.LEFT_BROW, 0.03),
    "nose": ((98, 64, 48, 115, 220, 45, 4, 275, 440, 344, 278, 294, 327, 2), 0.0),
    "cheek right": ((50, 101, 36, 206, 207, 187, 147, 123), 0.0),
    "cheek left": ((280, 330, 266, 426, 427, 411, 376, 352), 0.0),
    "forehead": ((10, 338, 297, 332, 299, 337, 151, 108, 69, 103, 67, 109), 0.0),
}
"""Landmarks whose convex outline bounds the part, and how far it reaches beyond them, in inter-ocular distances."""

NECK_DEPTH, NECK_HALF_WIDTH = (0.35, 0.9), 0.4
"""A block under the chin, in inter-ocular distances."""


def part_masks(portrait: Portrait) -> dict[str, NDArray[np.bool_]]:
    """(H, W) for every part, the neck too."""
    marks, unit = portrait.landmarks[:, :2], portrait.inter_ocular
    masks = {name: _outlined(portrait, marks[list(points)], reach * unit) for name, (points, reach) in PARTS.items()}
    down = (marks[topo.CHIN] - marks[10]) / np.linalg.norm(marks[topo.CHIN] - marks[10])
    across = np.array([down[1], -down[0]])
    corners = [
        marks[topo.CHIN] + down * depth * unit + across * side * NECK_HALF_WIDTH * unit
        for depth in NECK_DEPTH
        for side in (-1, 1)
    ]
    return {**masks, "neck": _outlined(portrait, np.array(corners), 0.0)}


def _outlined(portrait: Portrait, points: NDArray[np.floating], reach: float) -> NDArray[np.bool_]:
    mask = np.zeros(portrait.image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points).astype(np.int32)), 1)
    grown = 2 * round(reach) + 1
    return np.asarray(cv2.dilate(mask, np.ones((grown, grown), np.uint8)) > 0)
