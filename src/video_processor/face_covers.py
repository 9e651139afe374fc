"""What lies over a face: glasses, a mask, hair or a hat. What colours and edges do not tell is not claimed."""

from typing import Final

import numpy as np

from avatar.face_measures import Glasses
from avatar.types import Floats
from video_processor.face_patches import (
    AROUND_CHIN,
    BROW_MIDDLE,
    EYES,
    NOSE_ROOT,
    OUTER_LIPS,
    Face,
    colours,
    level,
    middle_of,
)

_FLAT_LIPS: Final = 0.08
_SAME_AS_CHIN: Final = 10.0
_UNLIKE_BROW: Final = 20.0
"""A mask: lips without contrast, of the chin's colour, not the forehead's (CIE Lab; contrast over lightness)."""

_DARK_EYES: Final = 0.3
_FLAT_EYES: Final = 0.1
"""Dark glasses: the eyes' lightness, and its spread, over the cheeks' lightness."""

_BRIDGE_STEP: Final = 0.095
_RIM_STEP: Final = 0.14
"""A frame: a step in lightness on the nose's bridge, and one under both eyes, over the cheeks' lightness.

Seven pictures with clear frames had 0.10 to 0.49 and 0.15 to 1.05; of 130 without, none had both (the nearest 0.09 and
0.13, under a headband). Of nine wire frames under a pixel wide none reaches either: they are not told.
"""

_FOREHEAD_UNLIKE: Final = 55.0
"""Lab distance of the forehead's middle from the cheeks: 60 to 132 under fringes, caps and helmets; 49 and less on bare
ones in hard light and in paintings."""


def mouth_is_covered(face: Face) -> bool:
    """By something flat, as a mask is. A hand, which has the face's own colour, is not told, nor patterned cloth."""
    lips = colours(face, OUTER_LIPS)
    chin = middle_of(face, AROUND_CHIN, but=OUTER_LIPS)
    brow = middle_of(face, BROW_MIDDLE, NOSE_ROOT)
    flat = float(lips[:, 0].std()) < _FLAT_LIPS * max(float(brow[0]), 1.0)
    like_chin = float(np.linalg.norm(np.median(lips, axis=0) - chin)) < _SAME_AS_CHIN
    return flat and like_chin and float(np.linalg.norm(chin - brow)) > _UNLIKE_BROW


def forehead_is_covered(face: Face) -> bool:
    """By a fringe, a hat or a band over its middle."""
    return float(np.linalg.norm(middle_of(face, BROW_MIDDLE) - face.cheek)) > _FOREHEAD_UNLIKE


def glasses(face: Face) -> Glasses:
    cheeks = max(float(face.cheek[0]), 1.0)
    eyes = colours(face, *EYES)[:, 0]
    if float(np.median(eyes)) < _DARK_EYES * cheeks and float(eyes.std()) < _FLAT_EYES * cheeks:
        return "dark"
    straight = level(face)
    scale = face.eyes / 100 / cheeks  # a frame's edge is as steep in a small picture, and falls over fewer pixels
    if _bridge_step(straight) * scale > _BRIDGE_STEP and _rim_step(straight) * scale > _RIM_STEP:
        return "clear"
    return "none"


def _bridge_step(face: Face) -> float:
    """The steepest step in lightness along the bridge of the nose, between the eyes."""
    right, left = face.points[133], face.points[362]
    middle, half = (right + left) / 2, abs(float(left[0] - right[0])) / 4
    part = _part(face, middle[0] - half, middle[0] + half, middle[1] - 0.18 * face.eyes, middle[1] + 0.22 * face.eyes)
    return _steepest(np.median(part, axis=1)[:, None])


def _rim_step(face: Face) -> float:
    """The lesser of the steepest steps under the two eyes, as a rim makes them."""
    steps = []
    for outer, inner in ((33, 133), (263, 362)):
        corners = face.points[[outer, inner]]
        x, half = float(corners[:, 0].mean()), abs(float(corners[0, 0] - corners[1, 0])) / 4
        y = float(corners[:, 1].mean()) + 0.13 * face.eyes
        steps.append(_steepest(_part(face, x - half, x + half, y, y + 0.33 * face.eyes)))
    return min(steps)


def _part(face: Face, left: float, right: float, top: float, bottom: float) -> Floats:
    """The lightness within those bounds."""
    return face.lab[max(int(top), 0) : int(bottom) + 1, max(int(left), 0) : int(right) + 1, 0]


def _steepest(part: Floats) -> float:
    """The steepest step from row to row, as the columns' median has it."""
    if part.shape[0] < 2 or part.shape[1] == 0:
        return 0.0
    return float(np.median(np.abs(np.diff(part, axis=0)).max(axis=0)))
