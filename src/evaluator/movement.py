"""Blinks and head movement, as a tracker sees them."""

from typing import Final

import numpy as np

from evaluator.faces import FaceCurves
from evaluator.metrics import Values, known
from evaluator.statistics import running_mean, running_median, stretches

BLINK_SHARE: Final = 0.78
"""Eyes less open than this share of their usual opening blink; the mesh sees about 0.65 of it in shut eyes."""

LONGEST_BLINK_SECONDS: Final = 0.5
USUAL_SECONDS: Final = 2.0
SPEED_SECONDS: Final = 0.2
"""The usual opening is the median over the seconds around; speeds are of angles averaged over this long."""


def movement(face: FaceCurves) -> Values:
    """Blinks a minute; standard deviations of the head's angles in degrees, and its mean speed in degrees a second."""
    pitch, yaw, roll = face.angles.std(axis=0)
    minutes = len(face.times) / face.fps / 60
    return {
        "blink_rate": known(len(blinks(face)) / minutes),
        "head_pitch_sd": known(pitch),
        "head_yaw_sd": known(yaw),
        "head_roll_sd": known(roll),
        "head_speed": known(head_speed(face)),
    }


def blinks(face: FaceCurves) -> list[tuple[float, float]]:
    """Begin and end in seconds of each."""
    usual = running_median(face.eyes, max(3, round(USUAL_SECONDS * face.fps)))
    shut = stretches(face.eyes < BLINK_SHARE * usual)
    found = [(float(face.times[a]), float(face.times[b - 1] + 1 / face.fps)) for a, b in shut]
    return [(begin, end) for begin, end in found if end - begin <= LONGEST_BLINK_SECONDS]


def head_speed(face: FaceCurves) -> float:
    """Mean length of the change of the three angles, degrees a second."""
    frames = 2 * round(SPEED_SECONDS * face.fps / 2) + 1
    calm = running_mean(face.angles, frames)
    return float(np.linalg.norm(np.diff(calm, axis=0), axis=1).mean() * face.fps)
