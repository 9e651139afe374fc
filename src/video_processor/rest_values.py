"""The blendshapes that a still picture shows, judged against measured neutral faces.

Lengths are in distances of the outer eye corners, in the head's own frame. The references are medians of
neutral portraits and of calm frames of talking people; what lies within their spread counts as neutral, since
a single picture does not tell a low brow from a lowered one.
"""

from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.types import Floats
from video_processor.head_pose import eye_distance, head_rotation, in_head_frame

_CLOSED_GAP: Final = 0.012
_OPEN_GAP: Final = 0.30
"""Inner-lip gap of closed lips, and of a jaw that is open as far as it goes."""

_CORNER_DROP: Final = (0.25, 0.12)
_MOUTH_WIDTH: Final = (0.58, 0.25)
"""Neutral value, and what a full smile takes from or adds to it: mouth corners below the nose base; mouth width."""

_SMILE_RANGE: Final = (0.35, 1.8)
"""Sum of the two shares at which a smile begins and is full."""

_FROWN_RANGE: Final = (0.035, 0.095)
"""Mouth corners below the upper lip's inner edge."""

_LIDS_RANGE: Final = (0.18, 0.06)
"""Eye aspect ratio at which a blink begins and is full; open eyes have 0.20 to 0.42."""

_BROW_RANGE: Final = (0.19, 0.13, 0.31, 0.38)
"""Brow height over the eye line: lowered from, fully lowered, raised from, fully raised."""

_GAZE_DEGREES: Final = 190.0
"""Eye rotation for an iris displaced by an eye's width, as in people who face aside and look at the camera."""

_GAZE_REST: Final = 0.07
"""Iris centre above the line of the eye's corners when looking ahead, in eye widths."""

_GAZE_DEADBAND: Final = 6.0
_GAZE_LIMIT: Final = 22.0
_GAZE_ABSURD: Final = 35.0
"""Degrees: less is looking ahead; more is cut; and what lies beyond is a wrong measurement, as over dark glasses."""

_RIGHT_EYE: Final = (33, 160, 158, 133, 153, 144, 468)
_LEFT_EYE: Final = (263, 387, 385, 362, 380, 373, 473)
"""Outer corner, two upper lid points, inner corner, two lower lid points, iris centre."""

_RIGHT_BROW: Final = (70, 63, 105, 66, 107)
_LEFT_BROW: Final = (300, 293, 334, 296, 336)


def rest_blendshapes(landmarks: Floats) -> Floats:
    """The values (52,) in ARKit order that the landmarks, in any unit, show; 0 where the face is near neutral."""
    points = in_head_frame(landmarks, head_rotation(landmarks))
    gap = float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])) / max(eye_distance(landmarks), 1e-3)
    jaw = _share(gap, _CLOSED_GAP, _OPEN_GAP)
    values = {"jawOpen": jaw, **_mouth(points, jaw), **_brows(points), **_lids(points), **_gaze(points)}
    rest = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in values.items():
        rest[BLENDSHAPE_INDEX[name]] = value
    return rest


def _share(value: float, start: float, full: float) -> float:
    """0 at `start` and 1 at `full`, which may be the smaller one."""
    return float(np.clip((value - start) / (full - start), 0.0, 1.0))


def _mouth(points: Floats, jaw: float) -> dict[str, float]:
    width = float(np.linalg.norm(points[61] - points[291]))
    widened = (width - _MOUTH_WIDTH[0]) / _MOUTH_WIDTH[1]
    values: dict[str, float] = {}
    for side, corner in (("Right", 61), ("Left", 291)):
        raised = (_CORNER_DROP[0] - float(points[corner, 1] - points[2, 1])) / _CORNER_DROP[1]
        smile = _share(raised + widened, *_SMILE_RANGE)
        fallen = float(points[corner, 1] - points[13, 1])
        frown = _share(fallen, *_FROWN_RANGE) * max(0.0, 1.0 - 4.0 * jaw) if smile == 0 else 0.0
        values |= {f"mouthSmile{side}": smile, f"mouthFrown{side}": frown}
    return values


def _brows(points: Floats) -> dict[str, float]:
    line = float(points[[33, 133, 362, 263], 1].mean())
    low, lowest, high, highest = _BROW_RANGE
    values: dict[str, float] = {}
    inner = []
    for side, brow in (("Right", _RIGHT_BROW), ("Left", _LEFT_BROW)):
        height = line - float(points[list(brow), 1].mean())
        raised = _share(height, high, highest)
        values |= {f"browDown{side}": _share(height, low, lowest), f"browOuterUp{side}": raised}
        inner.append(raised)
    return {**values, "browInnerUp": min(inner)}


def _lids(points: Floats) -> dict[str, float]:
    values: dict[str, float] = {}
    for side, eye in (("Right", _RIGHT_EYE), ("Left", _LEFT_EYE)):
        outer, upper1, upper2, inner, lower2, lower1 = points[list(eye[:6])]
        opening = np.linalg.norm(upper1 - lower1) + np.linalg.norm(upper2 - lower2)
        ratio = float(opening / (2 * np.linalg.norm(outer - inner) + 1e-6))
        values[f"eyeBlink{side}"] = _share(ratio, *_LIDS_RANGE)
    return values


def _gaze(points: Floats) -> dict[str, float]:
    """Both eyes turn together: their mean says more than either."""
    offsets = []
    for eye in (_RIGHT_EYE, _LEFT_EYE):
        outer, inner, iris = points[eye[0]], points[eye[3]], points[eye[6]]
        offsets.append((iris - (outer + inner) / 2) / (np.linalg.norm(outer - inner) + 1e-6))
    mean = np.mean(offsets, axis=0)
    left, up = _GAZE_DEGREES * float(mean[0]), _GAZE_DEGREES * float(-mean[1] - _GAZE_REST)
    if max(abs(left), abs(up)) > _GAZE_ABSURD:
        return {}
    left, up = _steady(left) / GAZE_HORIZONTAL_DEGREES, _steady(up) / GAZE_VERTICAL_DEGREES
    to_left, to_right, upwards, downwards = max(left, 0.0), max(-left, 0.0), max(up, 0.0), max(-up, 0.0)
    return {
        "eyeLookOutLeft": to_left,
        "eyeLookInRight": to_left,
        "eyeLookInLeft": to_right,
        "eyeLookOutRight": to_right,
        "eyeLookUpLeft": upwards,
        "eyeLookUpRight": upwards,
        "eyeLookDownLeft": downwards,
        "eyeLookDownRight": downwards,
    }


def _steady(degrees: float) -> float:
    beyond = min(max(abs(degrees) - _GAZE_DEADBAND, 0.0), _GAZE_LIMIT)
    return float(np.copysign(beyond, degrees))
