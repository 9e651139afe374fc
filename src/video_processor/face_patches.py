"""Patches of a face, at the size at which colours and edges are compared."""

from typing import Final, NamedTuple

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.head_pose import eye_distance
from video_processor.person_mask import FACE_OVAL

_MEASURING_EYES: Final = 120.0
"""Pixels between the outer eye corners; larger faces are averaged down to it."""

Outline = tuple[int, ...]

OUTER_LIPS: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER_LIPS: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
AROUND_CHIN: Final = (57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 432, 434, 364, 379, 400, 152, 176, 150, 135)
BROW_MIDDLE: Final = (109, 10, 338, 9)
NOSE_ROOT: Final = (193, 168, 417, 197)
CHEEKS: Final = ((50, 101, 36, 205), (280, 330, 266, 425))
"""The subject's right one first."""
EYES: Final = (
    (130, 25, 110, 24, 23, 22, 26, 112, 243, 190, 56, 28, 27, 29, 30, 247),
    (359, 255, 339, 254, 253, 252, 256, 341, 463, 414, 286, 258, 257, 259, 260, 467),
)


class Face(NamedTuple):
    """A face as it is measured: `lab` (H, W, 3) OpenCV's CIE Lab (each 0..255), and the landmarks (478, 2) in it."""

    lab: Floats
    points: Floats

    @property
    def eyes(self) -> float:
        """Pixels between the outer eye corners."""
        return max(float(np.linalg.norm(self.points[33] - self.points[263])), 1.0)

    @property
    def cheek(self) -> Floats:
        """(3,): the median colour of both cheeks."""
        return middle_of(self, *CHEEKS)


def measuring_copy(landmarks: Floats, image: Image) -> Face:
    height, width = image.shape[:2]
    low = np.clip(landmarks[list(FACE_OVAL), :2].min(axis=0), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(landmarks[list(FACE_OVAL), :2].max(axis=0)), low + 1, (width, height)).astype(int)
    scale = min(1.0, _MEASURING_EYES / max(eye_distance(landmarks), 1e-3))
    part = image[low[1] : high[1], low[0] : high[0]]
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    return Face(lab, ((landmarks[:, :2] - low) * scale).astype(np.float32))


def colours(face: Face, *outlines: Outline, but: Outline = ()) -> Floats:
    """The pixels (n, 3) within any of the outlines, at least one."""
    mask = np.zeros(face.lab.shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.rint(face.points[list(outline)]).astype(np.int32)], 1)
    if but:
        cv2.fillPoly(mask, [np.rint(face.points[list(but)]).astype(np.int32)], 0)
    chosen = face.lab[mask > 0]
    return chosen if len(chosen) else face.lab.reshape(-1, 3)


def middle_of(face: Face, *outlines: Outline, but: Outline = ()) -> Floats:
    """(3,): the median colour within the outlines."""
    return np.asarray(np.median(colours(face, *outlines, but=but), axis=0), np.float32)


def level(face: Face) -> Face:
    """The face turned about its eyes until they lie level; what comes in from outside repeats the border."""
    right, left = face.points[33], face.points[263]
    angle = float(np.degrees(np.arctan2(left[1] - right[1], left[0] - right[0])))
    centre = (right + left) / 2
    turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, 1.0)
    size = (face.lab.shape[1], face.lab.shape[0])
    lab = cv2.warpAffine(face.lab, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    points = face.points @ turn[:, :2].T + turn[:, 2]
    return Face(np.asarray(lab, np.float32), points.astype(np.float32))


def srgb(lab: Floats) -> tuple[int, int, int]:
    """One colour of a `Face` as sRGB, 0..255."""
    pixel = np.clip(np.rint(lab), 0, 255).astype(np.uint8).reshape(1, 1, 3)
    red, green, blue = (int(value) for value in cv2.cvtColor(pixel, cv2.COLOR_LAB2RGB)[0, 0])
    return red, green, blue
