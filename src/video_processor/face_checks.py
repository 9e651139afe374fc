"""Whether a measured face is a whole human face, and what of it is hidden."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from models.face_mesh.tracker import Face
from video_processor.head_pose import eye_distance, head_rotation, template_error
from video_processor.person_mask import FACE_OVAL

EYES_HIDDEN: Final = "The eyes seem to be covered by dark glasses; they are left as they are."
MOUTH_HIDDEN: Final = "The mouth seems to be covered; its movement will look wrong. A picture without a mask is better."
PARTLY_OUTSIDE: Final = "Part of the face lies outside the picture."
TURNED_AWAY: Final = "The head is turned far to the side; a face seen from the front animates better."

_MIN_PRESENCE: Final = 0.15
"""Over 115 pictures of people the least was 0.96, over blurred ones 0.28; a dog, a cat and a toy bear had 0.01."""

_MAX_TEMPLATE_ERROR: Final = 0.088
_MAX_LID_SHIFT: Final = 0.042
"""Beyond both at once the proportions are an animal's: a monkey has 0.093, 0.047, the oddest person 0.086, 0.039."""

_OUTSIDE_NOTED: Final = 0.04
_OUTSIDE_REFUSED: Final = 0.25
"""Share of the landmarks beyond the picture's edges."""

_TURNED_DEGREES: Final = 40.0

_FEATURES: Final = (33, 133, 362, 263, 4, 61, 291, 0, 17)
_FEATURE_SLACK: Final = 0.05
"""Eye corners, nose tip, mouth: without one of them nothing can be animated. The slack is in eye distances."""

_MEASURING_EYES: Final = 120.0
"""Pixels between the outer eye corners at which colours are compared."""

_OUTER_LIPS: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_AROUND_CHIN: Final = (57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 432, 434, 364, 379, 400, 152, 176, 150, 135)
_BROW_MIDDLE: Final = (109, 10, 338, 9)
_NOSE_ROOT: Final = (193, 168, 417, 197)
_CHEEKS: Final = ((50, 101, 36, 205), (280, 330, 266, 425))
_EYES: Final = (
    (130, 25, 110, 24, 23, 22, 26, 112, 243, 190, 56, 28, 27, 29, 30, 247),
    (359, 255, 339, 254, 253, 252, 256, 341, 463, 414, 286, 258, 257, 259, 260, 467),
)

_FLAT_LIPS: Final = 0.08
_SAME_AS_CHIN: Final = 10.0
_UNLIKE_BROW: Final = 20.0
"""A mask: lips without contrast, of the chin's colour, not the forehead's (CIE Lab; contrast over lightness)."""

_DARK_EYES: Final = 0.3
_FLAT_EYES: Final = 0.1
"""Dark glasses: the eyes' lightness, and its spread, over the cheeks' lightness."""


def is_human(face: Face) -> bool:
    """False for most animals and toys, and for what is no face at all."""
    if face.presence < _MIN_PRESENCE:
        return False
    error = template_error(face.landmarks, head_rotation(face.landmarks))
    return error <= _MAX_TEMPLATE_ERROR or face.lid_shift <= _MAX_LID_SHIFT


def is_cut_off(landmarks: Floats, image: Image) -> bool:
    """Whether an eye, the nose, the mouth or much of the face lies outside the picture."""
    features = _outside(landmarks, image, _FEATURE_SLACK * eye_distance(landmarks))[list(_FEATURES)]
    return bool(features.any() or _outside(landmarks, image)[:468].mean() > _OUTSIDE_REFUSED)


def face_notes(landmarks: Floats, image: Image, yaw: float) -> tuple[str, ...]:
    """What of the face is hidden or hard to animate."""
    notes = []
    if _outside(landmarks, image)[:468].mean() > _OUTSIDE_NOTED:
        notes.append(PARTLY_OUTSIDE)
    if abs(yaw) > _TURNED_DEGREES:
        notes.append(TURNED_AWAY)
    lab, points = _measuring_copy(landmarks, image)
    if _mouth_is_covered(lab, points):
        notes.append(MOUTH_HIDDEN)
    if _eyes_are_covered(lab, points):
        notes.append(EYES_HIDDEN)
    return tuple(notes)


def _outside(landmarks: Floats, image: Image, slack: float = 0.0) -> NDArray[np.bool_]:
    """Which landmarks (n,) lie more than `slack` pixels beyond the picture's edges."""
    size = np.array([image.shape[1], image.shape[0]], np.float32)
    return np.asarray(((landmarks[:, :2] < -slack) | (landmarks[:, :2] > size + slack)).any(axis=1))


def _measuring_copy(landmarks: Floats, image: Image) -> tuple[Floats, Floats]:
    """The face in CIE Lab at the size at which colours are compared, and the landmarks in it."""
    height, width = image.shape[:2]
    low = np.clip(landmarks[list(FACE_OVAL), :2].min(axis=0), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(landmarks[list(FACE_OVAL), :2].max(axis=0)), low + 1, (width, height)).astype(int)
    scale = min(1.0, _MEASURING_EYES / max(eye_distance(landmarks), 1e-3))
    part = image[low[1] : high[1], low[0] : high[0]]
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    return lab, ((landmarks[:, :2] - low) * scale).astype(np.float32)


def _colours(lab: Floats, points: Floats, *outlines: tuple[int, ...], but: tuple[int, ...] = ()) -> Floats:
    """The pixels (n, 3) within any of the outlines, at least one."""
    mask = np.zeros(lab.shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.rint(points[list(outline)]).astype(np.int32)], 1)
    if but:
        cv2.fillPoly(mask, [np.rint(points[list(but)]).astype(np.int32)], 0)
    chosen = lab[mask > 0]
    return chosen if len(chosen) else lab.reshape(-1, 3)


def _mouth_is_covered(lab: Floats, points: Floats) -> bool:
    lips = _colours(lab, points, _OUTER_LIPS)
    chin = np.median(_colours(lab, points, _AROUND_CHIN, but=_OUTER_LIPS), axis=0)
    brow = np.median(_colours(lab, points, _BROW_MIDDLE, _NOSE_ROOT), axis=0)
    flat = float(lips[:, 0].std()) < _FLAT_LIPS * max(float(brow[0]), 1.0)
    like_chin = float(np.linalg.norm(np.median(lips, axis=0) - chin)) < _SAME_AS_CHIN
    return flat and like_chin and float(np.linalg.norm(chin - brow)) > _UNLIKE_BROW


def _eyes_are_covered(lab: Floats, points: Floats) -> bool:
    cheeks = max(float(np.median(_colours(lab, points, *_CHEEKS)[:, 0])), 1.0)
    eyes = _colours(lab, points, *_EYES)[:, 0]
    return float(np.median(eyes)) < _DARK_EYES * cheeks and float(eyes.std()) < _FLAT_EYES * cheeks
