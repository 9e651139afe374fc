"""A motion as a few curves that people read: head, gaze, lids, brows, mouth."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from avatar.types import FaceMotion, Floats

CURVES: Final = ("pitch", "yaw", "roll", "gaze_yaw", "gaze_pitch", "blink", "brow", "smile", "jaw", "lean")
"""Pitch, yaw, roll and gaze in degrees, `lean` in inter-ocular distances towards the camera; `blink` and `jaw` in 0..1;
`brow` (raised less lowered) and `smile` (corners up less down) in -1..1."""

POSE: Final = ("pitch", "yaw", "roll")
LEAN_AXIS: Final = 5


@dataclass(frozen=True, slots=True)
class MotionOverview:
    """Curves (n,) by the names of `CURVES`, a point for every `step` frames of a motion at `fps`.

    Point `i` is the mean over the frames from `i * step` on; a blink's is their greatest, so that none is lost.
    """

    fps: Fraction
    step: int
    curves: dict[str, Floats]

    @property
    def points_per_second(self) -> Fraction:
        return self.fps / self.step

    def __len__(self) -> int:
        return len(self.curves[CURVES[0]])


def overview(motion: FaceMotion, *, most_points: int, most_per_second: float | None = None) -> MotionOverview:
    """The curves of all of a motion, in at most `most_points` points, and `most_per_second`."""
    steps = [ceil(len(motion) / most_points), ceil(float(motion.fps) / most_per_second) if most_per_second else 1, 1]
    step = max(steps)
    return MotionOverview(motion.fps, step, {name: _thinned(name, curve, step) for name, curve in _curves(motion)})


def _curves(motion: FaceMotion) -> list[tuple[str, Floats]]:
    gaze = motion.gaze
    raised = _mean(motion, "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
    curves = {
        **{name: motion.pose[:, axis] for axis, name in enumerate(POSE)},
        "gaze_yaw": gaze[:, 0],
        "gaze_pitch": gaze[:, 1],
        "blink": _mean(motion, "eyeBlinkLeft", "eyeBlinkRight"),
        "brow": raised - _mean(motion, "browDownLeft", "browDownRight"),
        "smile": _mean(motion, "mouthSmileLeft", "mouthSmileRight")
        - _mean(motion, "mouthFrownLeft", "mouthFrownRight"),
        "jaw": motion.shape("jawOpen"),
        "lean": motion.pose[:, LEAN_AXIS],
    }
    return [(name, curves[name]) for name in CURVES]


def _mean(motion: FaceMotion, *shapes: str) -> Floats:
    return np.asarray(np.mean([motion.shape(name) for name in shapes], axis=0), np.float32)


def _thinned(name: str, curve: Floats, step: int) -> Floats:
    if step == 1:
        return curve
    starts = np.arange(0, len(curve), step)
    if name == "blink":
        return np.maximum.reduceat(curve, starts)
    counts = np.diff(np.append(starts, len(curve)))
    return np.asarray(np.add.reduceat(curve, starts) / counts, np.float32)
