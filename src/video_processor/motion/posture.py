"""The posture of the face: what emotion, smile and brows of the performance hold it at.

Combinations after the prototypes of Ekman and Friesen's facial action coding system (EMFACS), at a size that
looks lived-in: half of it shows at the default `expression_intensity`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.performance import ControlParameters, DirectedEmotion
from avatar.types import Floats
from video_processor.motion.controls import Timeline
from video_processor.motion.curves import Curves, moved

Weights = Mapping[str, float]


def both(**weights: float) -> Weights:
    """The weights for both sides of the face; `browInnerUp` and the like have none."""
    single = ("browInnerUp", "mouthShrugLower", "mouthShrugUpper", "mouthRollLower", "mouthRollUpper", "jawForward")
    sided = {n + s: w for n, w in weights.items() if n not in single for s in ("Left", "Right")}
    return {n: w for n, w in weights.items() if n in single} | sided


EMOTIONS: Final[dict[str, Weights]] = {
    "happy": both(mouthSmile=0.8, cheekSquint=0.7, mouthDimple=0.15, eyeSquint=0.22, browOuterUp=0.12),
    "sad": both(browInnerUp=0.75, browDown=0.15, mouthFrown=0.8, eyeSquint=0.15, mouthShrugLower=0.3),
    "angry": both(browDown=1.0, eyeSquint=0.35, eyeWide=0.2, mouthPress=0.4, noseSneer=0.4, mouthFrown=0.3),
    "fearful": both(browInnerUp=0.7, browOuterUp=0.35, browDown=0.15, eyeWide=0.4, mouthStretch=0.45),
    "disgusted": both(noseSneer=0.9, browDown=0.5, eyeSquint=0.4, cheekSquint=0.4, mouthFrown=0.35),
    "surprised": both(browInnerUp=0.55, browOuterUp=0.6, eyeWide=0.4),
}
"""Change of the face at full strength."""

VALENCE_UP: Final = both(mouthSmile=0.25, cheekSquint=0.15)
VALENCE_DOWN: Final = both(mouthFrown=0.22, browInnerUp=0.12)
AROUSAL_UP: Final = both(eyeWide=0.2, browOuterUp=0.12)
AROUSAL_DOWN: Final = both(eyeBlink=0.12)
SMILE_UP: Final = both(mouthSmile=0.8, cheekSquint=0.35, mouthDimple=0.12)
SMILE_DOWN: Final = both(mouthFrown=0.6, mouthSmile=-1.0, cheekSquint=-1.0)
BROWS_UP: Final = both(browInnerUp=0.6, browOuterUp=0.75, browDown=-1.0)
BROWS_DOWN: Final = both(browDown=0.7, browInnerUp=-1.0, browOuterUp=-1.0)

EMOTION_FLOOR: Final = 0.6
"""Share of an emotion's expression that shows where its valence and arousal are 0."""


def posture(timeline: Timeline, rest: Floats) -> Curves:
    """The face that the control parameters ask for, from the portrait's own `rest` (52,), absolute, in 0..1."""
    poses = np.stack([posed(row, rest) for row in timeline.rows])
    return {name: timeline.track(poses[:, index]) for index, name in enumerate(BLENDSHAPES)}


def posed(controls: ControlParameters, rest: Floats) -> Floats:
    """The posture (52,) of one set of control parameters."""
    return moved(rest, _change(controls))


def _change(controls: ControlParameters) -> Floats:
    """(52,) change from rest."""
    emotion, intensity = controls.emotion, controls.expression_intensity
    change = weighted(EMOTIONS.get(emotion.label, {}), intensity * _strength(emotion))
    for up, down, value in (
        (VALENCE_UP, VALENCE_DOWN, intensity * emotion.valence),
        (AROUSAL_UP, AROUSAL_DOWN, intensity * emotion.arousal),
        (SMILE_UP, SMILE_DOWN, controls.smile),
        (BROWS_UP, BROWS_DOWN, controls.eyebrow_raise),
    ):
        change += weighted(up if value > 0.0 else down, abs(value))
    return change


def _strength(emotion: DirectedEmotion) -> float:
    return EMOTION_FLOOR + (1.0 - EMOTION_FLOOR) * max(abs(emotion.valence), abs(emotion.arousal))


def weighted(weights: Weights, amount: float = 1.0) -> Floats:
    """The weights (52,), all of them `amount` times as large."""
    change = np.zeros(len(BLENDSHAPES), np.float32)
    for name, weight in weights.items():
        change[BLENDSHAPE_INDEX[name]] = amount * weight
    return change
