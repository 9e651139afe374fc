"""What a tracker measures in one picture of a face: the curves that the puppet is judged by.

Lengths are in distances of the outer eye corners in space (about 90 mm in an adult), heights are counted up
the face from the line of the eyes, angles in degrees. Left and right are the subject's own.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import AvatarError
from avatar.types import Floats, Image
from models.face_mesh.tracker import FaceTracker
from video_processor.head_pose import head_angles, head_rotation

Curves = dict[str, float]

RIGHT_EYE: Final = (33, 160, 158, 133, 153, 144)
LEFT_EYE: Final = (263, 387, 385, 362, 380, 373)
"""Outer corner, two points of the upper lid, inner corner, two points of the lower lid."""

RIGHT_BROW: Final = (70, 63, 105, 66, 107)
LEFT_BROW: Final = (300, 293, 334, 296, 336)
INNER_BROW, OUTER_BROW = slice(3, 5), slice(0, 2)

CHIN: Final = 152
NOSE_BASE: Final = 2


def track(frame: Image, tracker: FaceTracker) -> Floats:
    """Landmarks (478, 3) of the largest face. Raises `AvatarError` where none is found."""
    found = tracker.detect(frame)
    if not found:
        raise AvatarError("The tracker finds no face in a drawn frame.")
    return tracker.landmarks(frame, found[0])[0]


def face_curves(marks: Floats) -> Curves:
    """Every curve of landmarks (478, 3) in pixels.

    `mouth_open` inner lips; `mouth_width` outer corners; `corner_*` height of a mouth's corner above the nose's
    base; `smile` the corners above the lips' middle; `lid_*` eye aspect ratio; `brow_*` mean, inner and outer
    height; `gaze_*` iris from the eye's middle, over its width; `jaw_drop` chin from the nose's base; `jaw_side`
    the chin to the left; `nose_wings` their height; `cheek_width` between the middles of the cheeks.
    """
    unit = max(float(np.linalg.norm(marks[33] - marks[263])), 1e-3)
    left = (marks[263, :2] - marks[33, :2]) / max(float(np.linalg.norm(marks[263, :2] - marks[33, :2])), 1e-3)
    up = np.array([left[1], -left[0]])
    flat = (marks[:, :2] - (marks[33, :2] + marks[263, :2]) / 2) / unit
    high, aside = flat @ up, flat @ left

    def apart(a: int, b: int) -> float:
        return float(np.linalg.norm(marks[a] - marks[b])) / unit

    pitch, yaw, roll = head_angles(head_rotation(marks))
    gaze = np.mean([_gaze(marks, 33, 133, 468), _gaze(marks, 362, 263, 473)], axis=0)
    curves = {
        "mouth_open": float(np.linalg.norm(flat[13] - flat[14])),
        "mouth_width": apart(61, 291),
        "corner_right": float(high[61] - high[NOSE_BASE]),
        "corner_left": float(high[291] - high[NOSE_BASE]),
        "smile": float((high[61] + high[291] - high[13] - high[14]) / 2),
        "mouth_side": float((aside[13] + aside[14]) / 2),
        "lid_right": _eye_aspect(marks, RIGHT_EYE),
        "lid_left": _eye_aspect(marks, LEFT_EYE),
        "gaze_x": float(gaze[0]),
        "gaze_y": float(gaze[1]),
        "jaw_drop": apart(CHIN, NOSE_BASE),
        "jaw_side": float(aside[CHIN]),
        "nose_wings": float((high[98] + high[327]) / 2),
        "cheek_width": apart(187, 411),
        "pitch": pitch,
        "yaw": yaw,
        "roll": roll,
    }
    return {**curves, **_brows(high)}


def _brows(high: NDArray[np.float64] | Floats) -> Curves:
    curves: Curves = {}
    for side, points in (("right", RIGHT_BROW), ("left", LEFT_BROW)):
        heights = high[list(points)]
        curves[f"brow_{side}"] = float(heights.mean())
        curves[f"brow_inner_{side}"] = float(heights[INNER_BROW].mean())
        curves[f"brow_outer_{side}"] = float(heights[OUTER_BROW].mean())
    return curves


def _eye_aspect(marks: Floats, eye: tuple[int, ...]) -> float:
    outer, upper1, upper2, inner, lower2, lower1 = marks[list(eye)]
    opening = np.linalg.norm((upper1 - lower1)[:2]) + np.linalg.norm((upper2 - lower2)[:2])
    return float(opening / (2 * np.linalg.norm(outer - inner) + 1e-6))


def _gaze(marks: Floats, right: int, left: int, iris: int) -> tuple[float, float]:
    """The iris from the middle of its eye, over the eye's width: to the subject's left, and up."""
    across = marks[left, :2] - marks[right, :2]
    width = max(float(np.linalg.norm(across)), 1e-3)
    across = across / width
    offset = (marks[iris, :2] - (marks[right, :2] + marks[left, :2]) / 2) / width
    return float(offset @ across), float(offset @ np.array([across[1], -across[0]]))
