"""What the face in a portrait shows, from the geometry of its landmarks.

Actions of the face after P. Ekman and W. Friesen's facial action coding system, and the labels they speak for
after their prototypes (EMFACS). Lengths are in distances of the outer eye corners, in the head's own frame. Ranges
and weights are set by hand. Wrinkles are not seen, so disgust is mostly missed.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.emotions import expected, shares
from avatar.types import EmotionLabel, EmotionReading, Floats, Portrait
from video_processor.head_pose import head_rotation, in_head_frame

FACE: Final = "face"

ASIDE_DEGREES: Final = (25.0, 60.0)
"""Yaw at which a face begins to tell less, and at which it tells nothing."""

COVERED_CONFIDENCE: Final = 0.3
"""Of a face whose mouth is covered: brows and eyes alone."""

SMILE_SHAPES: Final = ("mouthSmileLeft", "mouthSmileRight")
INNER_BROWS: Final = (55, 107, 285, 336)
MIDDLE_BROWS: Final = (52, 105, 282, 334)
OUTER_BROWS: Final = (46, 70, 276, 300)
EYE_CORNERS: Final = (33, 133, 362, 263)
EYES: Final = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))
"""Outer corner, two upper lid points, inner corner, two lower lid points."""

MOUTH_CORNERS: Final = (61, 291)
UPPER_LIP, INNER_UPPER, INNER_LOWER, NOSE_BASE = 0, 13, 14, 2

CALM_MOUTH: Final = (0.58, 0.25)
CALM_CORNERS: Final = (0.25, 0.12)
"""Width of a calm mouth, and its corners below the nose; and what a full smile adds and takes."""


class Actions(NamedTuple):
    """0 not seen, 1 full; the numbers are those of the coding system.

    `smile` 12, `stretch` 20: wide without a smile. `jaw` 26. `drop`: corners carried down by the jaw. `frown` 15.
    `brows` 1 + 2. `inner` 1: inner ends above the outer. `lowered` 4: inner ends below. `wide` 5 and `narrow` 7:
    eyes. `sneer` 10: upper lip.
    """

    smile: float = 0.0
    stretch: float = 0.0
    jaw: float = 0.0
    drop: float = 0.0
    frown: float = 0.0
    brows: float = 0.0
    inner: float = 0.0
    lowered: float = 0.0
    wide: float = 0.0
    narrow: float = 0.0
    sneer: float = 0.0


class _Signs(NamedTuple):
    """Evidence for a label, in nepers: `bias`, and what each action at its fullest adds."""

    bias: float
    weights: Actions


SIGNS: Final[Mapping[EmotionLabel, _Signs]] = {
    "neutral": _Signs(
        1.8,
        Actions(
            -1.5, stretch=-1.0, jaw=-1.0, frown=-0.7, brows=-0.7, inner=-0.7, lowered=-0.7, wide=-0.5, narrow=-0.5
        )._replace(sneer=-1.0),
    ),
    "happy": _Signs(0.0, Actions(smile=3.5, drop=-1.0, frown=-1.0, lowered=-0.5, inner=-0.3)),
    "sad": _Signs(
        0.2, Actions(smile=-2.0, inner=1.7, frown=0.8, narrow=0.5, brows=0.5, jaw=-1.5, wide=-0.5, stretch=-0.5)
    ),
    "angry": _Signs(
        -0.3, Actions(smile=-1.5, lowered=1.3, narrow=1.2, frown=1.0, jaw=0.8, stretch=0.5, brows=-0.7, inner=-1.0)
    ),
    "fearful": _Signs(
        -0.3, Actions(smile=-0.5, brows=1.2, inner=1.0, wide=1.2, stretch=1.0, jaw=0.5, narrow=-1.0, lowered=-0.7)
    ),
    "disgusted": _Signs(
        -0.3, Actions(smile=-0.5, sneer=2.3, narrow=1.0, lowered=0.7, brows=-0.3, wide=-0.5, drop=-1.0)
    ),
    "surprised": _Signs(
        -0.5,
        Actions(-1.5, jaw=1.8, drop=1.2, brows=0.7, wide=0.5, lowered=-0.5, narrow=-0.7, stretch=-0.7, sneer=-0.5),
    ),
}


def face_reading(portrait: Portrait) -> EmotionReading | None:
    """What the portrait's face shows; None where it is turned too far aside to tell."""
    confidence = confidence_of(portrait)
    if confidence <= 0.0:
        return None
    seen = np.array(actions(portrait.landmarks, portrait.rest))
    scores = shares({label: signs.bias + float(seen @ np.array(signs.weights)) for label, signs in SIGNS.items()})
    return EmotionReading(FACE, scores, *expected(scores), confidence)


def confidence_of(portrait: Portrait) -> float:
    """How much of the face there is to see, 0..1."""
    frontal = 1.0 - _share(abs(portrait.pose[1]), *ASIDE_DEGREES)
    covered = portrait.measures is not None and portrait.measures.mouth_covered
    return frontal * COVERED_CONFIDENCE if covered else frontal


def actions(landmarks: Floats, rest: Floats) -> Actions:
    """What a face (478, 3) does, with the blendshapes (52,) that it shows."""
    points = in_head_frame(landmarks, head_rotation(landmarks))
    smile = float(np.mean([rest[BLENDSHAPE_INDEX[name]] for name in SMILE_SHAPES]))
    nose = float(points[NOSE_BASE, 1])
    corners = _height(points, MOUTH_CORNERS)
    wider = (_distance(points, *MOUTH_CORNERS) - CALM_MOUTH[0]) / CALM_MOUTH[1]
    raised = max(0.0, (CALM_CORNERS[0] - corners + nose) / CALM_CORNERS[1])
    eye_line = _height(points, EYE_CORNERS)
    middle = eye_line - _height(points, MIDDLE_BROWS)
    slope = _height(points, OUTER_BROWS) - _height(points, INNER_BROWS)
    eyes = float(np.mean([_aspect(points, eye) for eye in EYES]))
    return Actions(
        smile=smile,
        stretch=_share(wider - raised, 0.1, 0.6),
        jaw=_share(_distance(points, INNER_UPPER, INNER_LOWER), 0.06, 0.26),
        drop=_share(corners - nose, 0.28, 0.34),
        frown=_share(corners - float(points[INNER_UPPER, 1]), 0.03, 0.08) * (1.0 - smile),
        brows=_share(middle, 0.26, 0.33),
        inner=_share(slope, 0.045, 0.075),
        lowered=_share(slope, 0.04, 0.015),
        wide=_share(eyes, 0.31, 0.38),
        narrow=_share(eyes, 0.28, 0.2),
        sneer=_share(float(points[UPPER_LIP, 1]) - nose, 0.14, 0.1) * (1.0 - smile),
    )


def _share(value: float, start: float, full: float) -> float:
    """0 at `start` and 1 at `full`, which may be the smaller one."""
    return float(np.clip((value - start) / (full - start), 0.0, 1.0))


def _height(points: Floats, which: tuple[int, ...]) -> float:
    return float(points[list(which), 1].mean())


def _distance(points: Floats, first: int, second: int) -> float:
    return float(np.linalg.norm(points[first] - points[second]))


def _aspect(points: Floats, eye: tuple[int, ...]) -> float:
    """Height over width."""
    outer, upper1, upper2, inner, lower2, lower1 = eye
    heights = _distance(points, upper1, lower1) + _distance(points, upper2, lower2)
    return heights / (2.0 * _distance(points, outer, inner) + 1e-6)
