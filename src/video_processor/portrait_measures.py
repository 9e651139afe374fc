"""The measures of a portrait's face. Reference values: 81 portraits, 15 frames of talking people, 65 press faces."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.face_measures import Box, FaceMeasures
from avatar.types import Floats, Image
from video_processor.face_checks import outside_share
from video_processor.face_covers import forehead_is_covered, glasses, mouth_is_covered
from video_processor.face_detail import block_steps, sharpness
from video_processor.face_patches import (
    BROW_MIDDLE,
    CHEEKS,
    INNER_LIPS,
    NOSE_ROOT,
    OUTER_LIPS,
    Face,
    colours,
    measuring_copy,
    middle_of,
    srgb,
)
from video_processor.head_pose import eye_distance
from video_processor.person_mask import FACE_OVAL

OPEN_GAP: Final = 0.03
"""Gap of the inner lips from which a mouth counts as open; closed ones have up to 0.027, in eye distances."""

UNTELLING_SHARPNESS: Final = 0.22
"""Under it lips blur into the chin, so a covered mouth cannot be told from a bare one."""

_LIGHT_AS_TEETH: Final = 0.6
_LIGHTER_THAN_LIPS: Final = 1.15
_LESS_RED: Final = 4.0
"""Teeth: lightness over the cheeks' and over the lips', and how much less red than the lips (Lab a)."""

_GREY_CHROMA: Final = 4.0
_GREY_GAP: Final = 0.09
"""A grey picture has faces of less chroma (Lab), and there only a mouth open so far tells: a moustache over closed lips
looks like teeth below that."""

_DARK: Final = 4.0
_LIGHT: Final = 98.0
"""Lightness (L*) at which drawing is lost."""

_LAB_LEVELS: Final = 2.55
"""OpenCV's 8-bit lightness for one L*."""

_NEUTRAL: Final = 128.0


def face_box(landmarks: Floats) -> Box:
    low, high = landmarks[:468, :2].min(axis=0), landmarks[:468, :2].max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def measure_face(
    image: Image, landmarks: Floats, rest: Floats, faces: Sequence[Box] = (), index: int = 0
) -> FaceMeasures:
    """`faces` are those of the picture, largest first, and `index` is this one's place among them."""
    box = face_box(landmarks)
    height, width = image.shape[:2]
    face = measuring_copy(landmarks, image)
    lightness = _oval(face)[:, 0] / _LAB_LEVELS
    shadows, middle, highlights = (float(value) for value in np.percentile(lightness, (5, 50, 95)))
    gap = float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])) / max(eye_distance(landmarks), 1e-3)
    crisp = sharpness(face.lab[..., 0])
    covered = crisp > UNTELLING_SHARPNESS and mouth_is_covered(face)
    return FaceMeasures(
        faces=tuple(faces) or (box,),
        face=index,
        face_pixels=max(box.width, box.height),
        face_share=box.width * box.height / (width * height),
        room=min(box.x, box.y, width - box.x - box.width) / max(box.height, 1e-3),
        outside=outside_share(landmarks, image),
        skin=srgb(middle_of(face, *((BROW_MIDDLE,) if covered else CHEEKS), NOSE_ROOT)),
        lips=srgb(middle_of(face, OUTER_LIPS, but=INNER_LIPS)),
        mouth_gap=gap,
        teeth=_teeth(face, gap),
        eyes_closed=max(float(rest[BLENDSHAPE_INDEX[f"eyeBlink{side}"]]) for side in ("Left", "Right")),
        glasses=glasses(face),
        mouth_covered=covered,
        forehead_covered=forehead_is_covered(face),
        shadows=shadows,
        middle=middle,
        highlights=highlights,
        white=float((lightness >= _LIGHT).mean()),
        black=float((lightness <= _DARK).mean()),
        light_side=_light_side(face),
        sharpness=crisp,
        blocks=block_steps(_within(image, box)),
    )


def _oval(face: Face) -> Floats:
    return colours(face, FACE_OVAL)


def _within(image: Image, box: Box) -> Image:
    height, width = image.shape[:2]
    x0, y0 = min(max(int(box.x), 0), width - 1), min(max(int(box.y), 0), height - 1)
    x1, y1 = min(int(box.x + box.width) + 1, width), min(int(box.y + box.height) + 1, height)
    return image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def _light_side(face: Face) -> float:
    right, left = (float(middle_of(face, cheek)[0]) for cheek in CHEEKS)
    return (left - right) / max((left + right) / 2, 1.0)


def _teeth(face: Face, gap: float) -> float | None:
    """The share of the gap between the lips that looks like teeth; None where that cannot be told."""
    skin = _oval(face)
    grey = float(np.median(np.hypot(skin[:, 1] - _NEUTRAL, skin[:, 2] - _NEUTRAL))) < _GREY_CHROMA
    if gap < (_GREY_GAP if grey else OPEN_GAP):
        return None
    lips = middle_of(face, OUTER_LIPS, but=INNER_LIPS)
    inner = colours(face, INNER_LIPS)
    light = inner[:, 0] > max(float(lips[0]) * _LIGHTER_THAN_LIPS, float(face.cheek[0]) * _LIGHT_AS_TEETH)
    pale = np.ones_like(light) if grey else inner[:, 1] < lips[1] - _LESS_RED
    return float((light & pale).mean())
