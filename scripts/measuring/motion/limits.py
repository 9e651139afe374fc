"""Limits that no motion exceeds, whatever the performance asks for."""

from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.performance import ACTIONS, ControlParameters, Performance
from avatar.types import EMOTION_LABELS, FaceMotion, frame_count
from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.made_speech import make_speech
from video_processor.motion.composition import OPPOSED
from video_processor.motion.cues import PITCH, ROLL, YAW, X, Y, Z
from video_processor.motion.head import POSE_LIMITS
from video_processor.motion.synthesis import synthesise_motion

PERFORMANCES: Final = 200
SECONDS: Final = 6.0
RATES: Final = (Fraction(25), Fraction(30), Fraction(60))
EXPRESSION: Final = tuple(
    index
    for index, name in enumerate(BLENDSHAPES)
    if name.startswith(("brow", "cheek", "nose", "mouthSmile", "mouthFrown"))
)
LIDS: Final = tuple(BLENDSHAPE_INDEX[name + side] for name in ("eyeBlink", "eyeWide") for side in ("Left", "Right"))
ROUNDING: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Extremes:
    """The largest of a motion: angles in degrees, place in eye distances, speeds a second, opposites added."""

    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    aside: float = 0.0
    up: float = 0.0
    near: float = 0.0
    shape: float = 0.0
    opposites: float = 0.0
    gaze: float = 0.0
    head_speed: float = 0.0
    expression_speed: float = 0.0
    lid_speed: float = 0.0
    jaw_speed: float = 0.0

    def joined(self, other: "Extremes") -> "Extremes":
        return Extremes(*(max(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)))


LIMITS: Final = Extremes(
    pitch=POSE_LIMITS[PITCH],
    yaw=POSE_LIMITS[YAW],
    roll=POSE_LIMITS[ROLL],
    aside=POSE_LIMITS[X],
    up=POSE_LIMITS[Y],
    near=POSE_LIMITS[Z],
    shape=1.0,
    opposites=1.0,
    gaze=20.0,
    head_speed=180.0,
    expression_speed=16.0,
    lid_speed=36.0,
    jaw_speed=15.0,
)
MEANINGS: Final = {
    "pitch": "pitch from the portrait's own, degrees",
    "yaw": "yaw, degrees",
    "roll": "roll, degrees",
    "aside": "place aside, distances of the eyes",
    "up": "place up and down, distances of the eyes",
    "near": "towards the viewer and away, distances of the eyes",
    "shape": "any blendshape",
    "opposites": "smile and frown, brow up and down, eye wide and narrow or shut, each pair together",
    "gaze": "eyes in the head, from the portrait's own, degrees",
    "head_speed": "each of the head's angles, degrees/s",
    "expression_speed": "brows, cheeks, nose, corners of the mouth, full ranges/s",
    "lid_speed": "lids, full ranges/s",
    "jaw_speed": "jaw, full ranges/s",
}


def extremes(motion: FaceMotion) -> Extremes:
    """Raises `ValueError` where a value is not a number."""
    if not (np.isfinite(motion.blendshapes).all() and np.isfinite(motion.pose).all()):
        raise ValueError("a motion holds something that is no number")
    rate, shapes = float(motion.fps), motion.blendshapes
    angles = np.abs(np.diff(motion.pose[:, :3], axis=0)) * rate
    changes = np.abs(np.diff(shapes, axis=0)) * rate
    furthest = [float(place) for place in np.abs(motion.pose).max(axis=0)]
    return Extremes(
        pitch=furthest[PITCH],
        yaw=furthest[YAW],
        roll=furthest[ROLL],
        aside=furthest[X],
        up=furthest[Y],
        near=furthest[Z],
        shape=float(np.abs(shapes - 0.5).max() + 0.5),
        opposites=max(float((shapes[:, a] + shapes[:, b]).max()) for a, b in OPPOSED),
        gaze=float(np.abs(motion.gaze).max()),
        head_speed=float(angles.max(initial=0.0)),
        expression_speed=float(changes[:, EXPRESSION].max(initial=0.0)),
        lid_speed=float(changes[:, LIDS].max(initial=0.0)),
        jaw_speed=float(changes[:, BLENDSHAPE_INDEX["jawOpen"]].max(initial=0.0)),
    )


def exceeded(found: Extremes) -> list[str]:
    return [f.name for f in fields(found) if getattr(found, f.name) > getattr(LIMITS, f.name) * (1.0 + ROUNDING)]


def measure(performances: int = PERFORMANCES) -> Measurement:
    """Performances without sense: every number at random within its range, most of them at an end of it."""
    worst = Extremes()
    for number in range(performances):
        random = np.random.Generator(np.random.PCG64(number))
        fps = RATES[number % len(RATES)]
        worst = worst.joined(extremes(wild_motion(random, fps, number)))
    figures = tuple(
        Figure(MEANINGS[f.name], getattr(worst, f.name), "at most", getattr(LIMITS, f.name) * (1.0 + ROUNDING))
        for f in fields(worst)
    )
    return Measurement("limits", figures, {})


def wild_motion(random: np.random.Generator, fps: Fraction, seed: int) -> FaceMotion:
    speech = make_speech(SECONDS, seed=seed)
    rest = np.zeros(len(BLENDSHAPES), np.float32)
    return synthesise_motion(
        speech, wild_performance(random), fps=fps, frames=frame_count(SECONDS, fps), rest=rest, seed=seed
    )


def wild_performance(random: np.random.Generator) -> Performance:
    borders = np.sort(random.uniform(0.0, SECONDS, 2 * int(random.integers(0, 8))))
    cues = [
        {
            "action": str(random.choice(ACTIONS)),
            "at": random.uniform(0.0, SECONDS),
            "intensity": _at_an_end(random, 0.0, 1.0),
            "duration": _at_an_end(random, 0.05, 4.0),
            "direction": _at_an_end(random, -1.0, 1.0),
        }
        for _ in range(int(random.integers(0, 40)))
    ]
    return Performance.model_validate(
        {
            "controls": wild_controls(random),
            "segments": [{"start": a, "end": b, "controls": wild_controls(random)} for a, b in pairwise(borders)],
            "cues": cues,
        }
    )


def wild_controls(random: np.random.Generator) -> ControlParameters:
    signed, unit = ("head_tilt", "eyebrow_raise", "smile"), ("expression_intensity", "mouth_openness", "head_motion")
    values: dict[str, object] = {name: _at_an_end(random, -1.0, 1.0) for name in signed}
    values |= {name: _at_an_end(random, 0.0, 1.0) for name in (*unit, "gaze_contact", "energy")}
    values["blink_rate"] = _at_an_end(random, 0.0, 2.0)
    values["emotion"] = {
        "label": str(random.choice(EMOTION_LABELS)),
        "valence": _at_an_end(random, -1.0, 1.0),
        "arousal": _at_an_end(random, -1.0, 1.0),
    }
    return ControlParameters.model_validate(values)


def _at_an_end(random: np.random.Generator, low: float, high: float) -> float:
    return float(random.choice([low, high, random.uniform(low, high)]))
