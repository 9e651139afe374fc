"""Where a face lies in a frame, as the networks that restore faces want it: turned and scaled like FFHQ's pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from models.face_mesh.tracker import FaceTracker
from video_processor.face_checks import is_human
from video_processor.renderers.puppet.topology import OVAL
from video_processor.tracking.landmarks import FOLLOWED_PRESENCE

SIDE: Final = 512

TEMPLATE: Final = np.array(
    [
        [192.98138, 239.94708],
        [318.90277, 240.1936],
        [256.63416, 314.01935],
        [201.26117, 371.41043],
        [313.08905, 371.15118],
    ]
)
"""Both eyes, the tip of the nose and the corners of the mouth in a picture of 512 pixels, the eye on the left first:
what the official GFPGAN aligns to (facexlib, `face_restoration_helper.py`)."""

RIGHT_EYE: Final = (33, 133)
LEFT_EYE: Final = (263, 362)
NOSE_TIP: Final = 4
MOUTH_CORNERS: Final = (61, 291)

MASK_SIDE: Final = 128
FEATHER: Final = 5.0
"""Pixels of the mask's 128 over which the face's edge fades, inwards: the standard deviation of the blur."""

FADED: Final = 3.0
"""So many standard deviations away from an edge nothing is left of it."""

Finder = Callable[[Image], Floats | None]
"""A face's landmarks (478, 3) in a frame; None where there is none."""


@dataclass(frozen=True, slots=True)
class FacePlace:
    """`matrix` (2, 3) from the frame's pixels, counted from the first one's centre, to those of the aligned picture.

    `outline` (n, 2): the face's edge in the aligned picture.
    """

    matrix: Floats
    outline: Floats

    @property
    def scale(self) -> float:
        """Pixels of the aligned picture for one of the frame."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def cut(self, frame: Image) -> Image:
        """The face of a frame (H, W, 3 or 4), aligned: (512, 512, 3). Beyond the frame its mirror image goes on."""
        flags, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
        colours = np.ascontiguousarray(frame[..., :3])
        return np.asarray(cv2.warpAffine(colours, self.matrix, (SIDE, SIDE), flags=flags, borderMode=border), np.uint8)

    def mask(self) -> Floats:
        """(512, 512) in 0..1: 1 on the face from the brows to the chin, soft towards its edge, 0 outside."""
        blank = np.zeros((MASK_SIDE, MASK_SIDE), np.uint8)
        points = np.rint((self.outline + 0.5) * MASK_SIDE / SIDE - 0.5).astype(np.int32)
        filled = cv2.fillConvexPoly(blank, cv2.convexHull(points), 255)
        filled[[0, -1]] = filled[:, [0, -1]] = 0
        reach = 2 * round(FADED * FEATHER / 2) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        inner = cv2.erode(filled, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(np.float32) / 255.0
        soft = cv2.GaussianBlur(inner, (reach, reach), FEATHER / 2)
        return np.asarray(cv2.resize(soft, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def place_of(landmarks: Floats) -> FacePlace:
    """The place of a face with those landmarks (478, 3) in pixels."""
    flat = landmarks[:, :2].astype(np.float64) - 0.5
    eyes = [flat[list(corners)].mean(axis=0) for corners in (RIGHT_EYE, LEFT_EYE)]
    points = np.stack([*eyes, flat[NOSE_TIP], *flat[list(MOUTH_CORNERS)]])
    matrix = similarity(points, TEMPLATE)
    outline = flat[list(OVAL)] @ matrix[:, :2].T + matrix[:, 2]
    return FacePlace(matrix.astype(np.float32), outline.astype(np.float32))


def similarity(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2, 3): the turn, scale and shift that brings points (n, 2) nearest to `target` (Umeyama 1991, in the plane)."""
    middle, aim = points.mean(axis=0), target.mean(axis=0)
    z, w = ((p - m) @ np.array([1.0, 1.0j]) for p, m in ((points, middle), (target, aim)))
    turn = np.vdot(z, w) / max(np.vdot(z, z).real, 1e-9)
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([linear, aim - linear @ middle])


def face_finder(tracker: FaceTracker, expected: Floats) -> Finder:
    """Looks for a face around `expected` (478, 3), and where it is not there in the whole frame.

    What is found in a frame depends on no other, so that chunks agree wherever they begin.
    """

    def find(frame: Image) -> Floats | None:
        picture = np.ascontiguousarray(frame[..., :3])
        face = tracker.follow(picture, expected)
        if face.presence >= FOLLOWED_PRESENCE:
            return face.landmarks
        for detection in tracker.detect(picture)[:1]:
            face = tracker.measure(picture, detection)
            if is_human(face):
                return face.landmarks
        return None

    return find
