"""How a face lies in a picture, as SadTalker's training data were cut: the square around it, and the 224 pixels that
its coefficients are read from.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image

RIGHT_EYE: Final = (33, 160, 158, 133, 153, 144)
LEFT_EYE: Final = (362, 385, 387, 263, 373, 380)
"""The six points of an eye of the 68-point scheme, in MediaPipe's mesh; the subject's right is left in the picture."""

EYE_CORNERS: Final = ((33, 133), (362, 263))
NOSE_TIP: Final = 4
MOUTH_CORNERS: Final = (61, 291)

SIDE: Final = 224
TEMPLATE_SCALE: Final = 102.0
"""Pixels of the aligned face for a unit of the template."""

TEMPLATE: Final = np.array(
    [
        [-0.3114866, 0.2903608, 0.1337795],
        [0.3097989, 0.2897204, 0.1317953],
        [0.0032535, -0.0461793, 0.5524424],
        [-0.2521693, -0.3813392, 0.2240573],
        [0.2484662, -0.3812824, 0.2223577],
    ]
)
"""Right and left eye (the middle between its corners), tip of the nose, right and left corner of the mouth of the mean
3D face: x to the picture's right, y up, z towards the camera, in decimetres. Numbers of `similarity_Lm3D_all.mat`, as
Deep3DFaceRecon and SadTalker take their five points from it."""

OUTER_EYES: Final = 0.8627
"""Distance of the mean face's outer eye corners, in the same unit."""


class Square(NamedTuple):
    """A square of the picture, pixels; it may reach beyond it."""

    x: float
    y: float
    side: float

    def holding(self, points: Floats, pixels: int) -> NDArray[np.float64]:
        """Points (n, 2) of the picture in the square when it is `pixels` wide."""
        return (points.astype(np.float64) - (self.x, self.y)) * (pixels / self.side)


def face_square(landmarks: Floats) -> Square:
    """The upright square around the square of FFHQ (Karras et al. 2019, appendix A), which leans with the head."""
    middle, axis = _leaning(landmarks)
    half = float(np.abs(axis).sum())
    return Square(float(middle[0]) - half, float(middle[1]) - half, 2 * half)


def face_width(landmarks: Floats) -> float:
    """Side of the square that leans with the head, pixels."""
    return 2 * float(np.hypot(*_leaning(landmarks)[1]))


def _leaning(landmarks: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle (2,) of FFHQ's square, and the way (2,) from there to the middle of its side at the picture's right."""
    points = landmarks[:, :2].astype(np.float64)
    right, left = points[list(RIGHT_EYE)].mean(axis=0), points[list(LEFT_EYE)].mean(axis=0)
    across, eyes = left - right, (left + right) / 2
    down = points[list(MOUTH_CORNERS)].mean(axis=0) - eyes
    axis = across - down[::-1] * (-1, 1)
    axis = axis / np.hypot(*axis) * max(np.hypot(*across) * 2.0, np.hypot(*down) * 1.8)
    return eyes + 0.1 * down, axis


def five_points(landmarks: Floats) -> Floats:
    """The template's five points of a face's landmarks (478, 3): (5, 2) in pixels."""
    points = landmarks[:, :2]
    eyes = [points[list(corners)].mean(axis=0) for corners in EYE_CORNERS]
    return np.asarray([*eyes, points[NOSE_TIP], *points[list(MOUTH_CORNERS)]], np.float32)


@dataclass(frozen=True, slots=True)
class Aligned:
    """`face` (224, 224, 3) uint8 RGB; `place` (3,): its enlargement, and where the template's origin lies in the
    picture that it was cut from, pixels from the left and from below.
    """

    face: Image
    place: Floats


def aligned(picture: Image, points: NDArray[np.float64]) -> Aligned:
    """The face whose five points (5, 2) lie in `picture`, scaled and shifted, not turned; black beyond the picture.

    The camera is weak perspective: an affine map of the template by least squares, of which the scale and the shift
    are taken (Deep3DFaceRecon).
    """
    height, width = picture.shape[:2]
    seen = np.stack([points[:, 0], height - 1 - points[:, 1]], axis=1)
    affine = np.linalg.lstsq(np.hstack([TEMPLATE, np.ones((5, 1))]), seen, rcond=None)[0]
    x, y = affine[3]
    scale = TEMPLATE_SCALE / float(np.linalg.norm(affine[:3], axis=0).mean())
    wide, tall = int(width * scale), int(height * scale)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, (wide, tall), interpolation=method)
    left = int(wide / 2 - SIDE / 2 + (x - width / 2) * scale)
    top = int(tall / 2 - SIDE / 2 + (height / 2 - y) * scale)
    return Aligned(_cut(np.asarray(scaled, np.uint8), left, top), np.array([scale, x, y], np.float32))


def _cut(picture: Image, left: int, top: int) -> Image:
    face = np.zeros((SIDE, SIDE, 3), np.uint8)
    height, width = picture.shape[:2]
    x0, x1 = (int(np.clip(edge, 0, width)) for edge in (left, left + SIDE))
    y0, y1 = (int(np.clip(edge, 0, height)) for edge in (top, top + SIDE))
    face[y0 - top : y1 - top, x0 - left : x1 - left] = picture[y0:y1, x0:x1]
    return face
