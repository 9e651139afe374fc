"""What SadTalker's networks are told of a performance: how far lids are shut, where the head is, how much it shows."""

from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import FaceMotion, Floats
from video_processor.renderers.sadtalker.alignment import OUTER_EYES
from video_processor.renderers.sadtalker.ticks import smoothed

LIDS: Final = tuple(BLENDSHAPE_INDEX[f"eyeBlink{side}"] for side in ("Left", "Right"))
JAW: Final = BLENDSHAPE_INDEX["jawOpen"]

MOODS: Final = tuple(
    i
    for i, name in enumerate(BLENDSHAPES)
    if name.startswith(("mouthSmile", "mouthFrown", "brow", "cheekSquint", "nose"))
)
MOOD_SECONDS: Final = 0.3
MOOD_GAIN: Final = 0.8
"""By how much the expression grows for a mean departure of 1 of the moods' shapes from the portrait's own."""

USUAL_OPENING: Final = 0.34
"""Jaw opening of a performance that plays speech as it was analysed: the mean in time of 40 s of made-up speech, every
moment weighed with its own opening, so that pauses count for nothing."""

OPENING_GAIN: Final = 0.6
STEADY: Final = 0.05
"""Share of the opening's departure that the expression follows, and the opening that the usual one is weighed with,
which holds where nobody speaks."""

SCALES: Final = (0.7, 1.35)
"""Least and largest scale of the expression; SadTalker's own `expression_scale` is 1, and 1.3 a strong one."""

MOST_DEGREES: Final = 30.0
"""No turn is larger: SadTalker's networks have seen few."""

SIGNS: Final = np.array([-1.0, 1.0, -1.0], np.float32)
"""Pitch, yaw and roll as angles about the 3D face model's axes x (right in the picture), y (up), z (to the camera).

Its rotation is Rz Ry Rx of those angles, ours Rz(roll) Ry(-yaw) Rx(-pitch) about x, -y and -z: half a turn about x
keeps the first angle and turns the signs of the others.
"""


def blink_ratio(motion: FaceMotion, rest: Floats) -> Floats:
    """How far both lids are shut beyond those of the portrait (n, 1), 0 to 1."""
    own = rest[list(LIDS)]
    shut = (motion.blendshapes[:, LIDS] - own) / np.maximum(1 - own, 0.1)
    return np.asarray(shut.clip(0, 1).mean(axis=1, keepdims=True), np.float32)


def head_coefficients(motion: FaceMotion) -> Floats:
    """What is added to the source's angles (radians) and translation (decimetres): (n, 6)."""
    turns = np.radians(np.clip(motion.pose[:, :3], -MOST_DEGREES, MOST_DEGREES)) * SIGNS
    return np.asarray(np.hstack([turns, motion.pose[:, 3:] * OUTER_EYES]), np.float32)


def expression_scale(motion: FaceMotion, rest: Floats) -> Floats:
    """By what the expression is multiplied (n, 1): more where more mood shows and where speech opens the jaw wider."""
    moods = np.abs(motion.blendshapes[:, MOODS] - rest[list(MOODS)]).mean(axis=1, keepdims=True)
    jaw = motion.blendshapes[:, JAW : JAW + 1]
    curves = smoothed(np.hstack([moods, jaw, jaw * jaw]), MOOD_SECONDS, motion.fps)
    mood, opened, squared = curves[:, :1], curves[:, 1:2], curves[:, 2:]
    opening = (squared + STEADY * USUAL_OPENING) / (opened + STEADY)
    scale = 1 + MOOD_GAIN * mood + OPENING_GAIN * (opening / USUAL_OPENING - 1)
    return np.asarray(np.clip(scale, *SCALES), np.float32)
