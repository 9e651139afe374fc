"""A tracked expression as the motion of a portrait."""

from fractions import Fraction
from typing import Final, Literal

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.types import FaceMotion, Floats
from video_processor.motion.composition import CLOSERS, OPENERS
from video_processor.motion.curves import Doubles
from video_processor.tracking.expression import TrackedExpression

Beyond = Literal["hold", "turn back"]
"""What comes after the film's end: its last face, or the film backwards and forwards again."""

ABSOLUTE: Final = OPENERS | CLOSERS
"""Shapes that do not start from the portrait's own: the lips are where the film has them."""


def play(
    expression: TrackedExpression,
    fps: Fraction,
    frames: int,
    rest: Floats,
    *,
    begin: float = 0.0,
    beyond: Beyond = "hold",
) -> FaceMotion:
    """The expression on a portrait whose own blendshapes are `rest` (52,): `frames` frames from the film's `begin`.

    What the film does at a frame's start is shown in that frame; before the film's first frame its face stands still.
    Shapes move the portrait's own towards 1; those that part or close the lips replace them.
    """
    at = _film_times(np.maximum(begin + np.arange(frames) / float(fps), 0.0), float(expression.times[-1]), beyond)
    shapes = _sampled(expression.times, expression.shapes, at)
    kept = np.array([0.0 if name in ABSOLUTE else 1.0 for name in BLENDSHAPES], np.float32) * rest
    return FaceMotion(
        fps, np.clip(kept + (1.0 - kept) * shapes, 0.0, 1.0), _sampled(expression.times, expression.pose, at)
    )


def _film_times(times: Doubles, end: float, beyond: Beyond) -> Doubles:
    if beyond == "hold" or end <= 0.0:
        return np.minimum(times, end)
    return np.asarray(end - np.abs(end - times % (2.0 * end)))


def _sampled(times: Doubles, curves: Floats, at: Doubles) -> Floats:
    return np.stack([np.interp(at, times, curve) for curve in curves.T], axis=1).astype(np.float32)
