"""What is taken of a motion: one number a curve, as a camera would measure a face that moves so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import FaceMotion, Floats
from video_processor.motion.curves import Doubles

EYE_DISTANCES_PER_INNER_BROW, EYE_DISTANCES_PER_OUTER_BROW, EYE_DISTANCES_PER_BROW_DOWN = 0.037, 0.030, -0.030
EYE_DISTANCES_PER_PITCH_DEGREE: Final = 0.0027
"""Height of the brows over the line of the eyes, in distances of the outer eye corners, as puppets draw it."""

EYE_WIDTHS_PER_DEGREE: Final = 0.0030
"""Iris from the middle of its eye, as puppets draw it and trackers see it."""

EYE_DISTANCES_PER_JAW: Final = 0.30
CLOSED_EYE_DISTANCES: Final = 0.02
SHUT: Final = 0.5
AWAY_DEGREES: Final = 4.5
SPEED_SECONDS: Final = 0.2
"""Angles are averaged over this long before their speed is taken."""

POSTURE: Final = ("browInnerUp", "browOuterUp", "browDown", "cheekSquint", "noseSneer", "mouthSmile", "mouthFrown")


@dataclass(frozen=True, slots=True)
class Taken:
    """A number that is taken of a motion; `digits` after the point where it is printed."""

    title: str
    unit: str
    digits: int
    take: Callable[[FaceMotion], float]


def blink_times(motion: FaceMotion) -> Doubles:
    """Seconds at which both lids pass half way down."""
    lid = np.minimum(motion.shape("eyeBlinkLeft"), motion.shape("eyeBlinkRight"))
    return np.flatnonzero((lid[1:] >= SHUT) & (lid[:-1] < SHUT)) / float(motion.fps)


def sides(motion: FaceMotion, name: str) -> Floats:
    """(frames,) mean of both sides."""
    return np.asarray((motion.shape(name + "Left") + motion.shape(name + "Right")) / 2, np.float32)


def brow_height(motion: FaceMotion, *, turned: bool = False) -> Floats:
    """(frames,) in eye distances from rest; `turned` as a camera sees it, which a nod changes too."""
    own = (
        EYE_DISTANCES_PER_INNER_BROW * motion.shape("browInnerUp")
        + EYE_DISTANCES_PER_OUTER_BROW * sides(motion, "browOuterUp")
        + EYE_DISTANCES_PER_BROW_DOWN * sides(motion, "browDown")
    )
    return np.asarray(own + (EYE_DISTANCES_PER_PITCH_DEGREE * motion.pose[:, 0] if turned else 0.0), np.float32)


def lip_gap(motion: FaceMotion) -> Floats:
    """(frames,) between the inner lips, in eye distances."""
    return np.asarray(EYE_DISTANCES_PER_JAW * (motion.shape("jawOpen") - motion.shape("mouthClose")), np.float32)


def room_gaze(motion: FaceMotion) -> Floats:
    """(frames, 2) where the eyes look in the room, yaw and pitch in degrees; the viewer is at 0."""
    return np.asarray(motion.gaze + motion.pose[:, [1, 0]], np.float32)


def head_velocity(motion: FaceMotion) -> Floats:
    """(n, 3) degrees a second of the three angles, averaged as people's were."""
    width = max(1, round(SPEED_SECONDS * float(motion.fps)))
    calm = [np.convolve(motion.pose[:, axis], np.ones(width) / width, "valid") for axis in range(3)]
    return np.asarray(np.diff(np.stack(calm, axis=1), axis=0) * float(motion.fps), np.float32)


def head_speed(motion: FaceMotion) -> float:
    return float(np.linalg.norm(head_velocity(motion), axis=1).mean())


def gaze_away(motion: FaceMotion) -> float:
    gaze = room_gaze(motion)
    return float((np.hypot(gaze[:, 0], gaze[:, 1]) > AWAY_DEGREES).mean())


def _lids(motion: FaceMotion) -> float:
    return float(np.median(sides(motion, "eyeBlink") - sides(motion, "eyeWide")))


def _posture(motion: FaceMotion) -> float:
    single = ("browInnerUp",)
    return float(np.mean([(motion.shape(n) if n in single else sides(motion, n)).mean() for n in POSTURE]))


CURVES: Final[dict[str, Taken]] = {
    "blinks": Taken("blinks", "a second", 2, lambda m: len(blink_times(m)) * float(m.fps) / len(m)),
    "pitch": Taken("pitch, mean", "degrees", 2, lambda m: float(m.pose[:, 0].mean())),
    "head_spread": Taken("head, spread", "degrees", 2, lambda m: float(np.sqrt(m.pose[:, :3].var(axis=0).sum()))),
    "head_speed": Taken("head, speed", "degrees/s", 1, head_speed),
    "gaze_away": Taken("gaze off the viewer", "share of time", 2, gaze_away),
    "lids": Taken("lids lowered, median", "0..1", 3, _lids),
    "brows": Taken("brow height, mean", "eye distances", 4, lambda m: float(brow_height(m).mean())),
    "brow_spread": Taken("brow height, spread", "eye distances", 4, lambda m: float(brow_height(m).std())),
    "corners": Taken(
        "smile less frown, mean", "0..1", 3, lambda m: float((sides(m, "mouthSmile") - sides(m, "mouthFrown")).mean())
    ),
    "posture": Taken("expression, mean of its shapes", "0..1", 3, _posture),
    "jaw": Taken("jaw opening, mean", "0..1", 3, lambda m: float(m.shape("jawOpen").mean())),
    "lips": Taken("lip gap, spread", "eye distances", 4, lambda m: float(lip_gap(m).std())),
}
