"""The head: irregular drift, gestures on stressed words, the voice's melody, cues, breath.

Drift and sway are random noise in two bands, so that no frequency stands out. Pitch follows the voice's
fundamental (Yehia, Kuratate and Vatikiotis-Bateson 2002). Every axis bends before its limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic

import numpy as np

from avatar.types import Floats
from video_processor.motion.cues import PITCH, ROLL, YAW, X, Y, Z, head_cues
from video_processor.motion.curves import (
    SOFT_LIMIT_KNEE,
    Doubles,
    Value,
    band_noise,
    convolved,
    impulses,
    smoothed,
    soft_limit,
    stroke,
)
from video_processor.motion.gaze import Gaze
from video_processor.motion.scene import Scene

POSE_LIMITS: Final = {PITCH: 10.0, YAW: 14.0, ROLL: 10.0, X: 0.06, Y: 0.06, Z: 0.15}
"""Degrees, and inter-ocular distances: what a speaker does who faces the camera; every engine draws it whole."""

POSE_KNEES: Final = np.array([SOFT_LIMIT_KNEE * POSE_LIMITS[axis] for axis in range(6)], np.float32)
"""Nothing below is bent."""

SLOW_BAND_SECONDS, FAST_BAND_SECONDS = 0.8, 0.18
"""Root-mean-square frequencies of 0.14 and 0.63 Hz."""
SLOW_DEGREES: Final = (0.9, 2.2, 1.6)
FAST_DEGREES: Final = (1.6, 2.8, 1.7)
"""Standard deviation of pitch, yaw and roll in either band, in speech at `head_motion` 0.5."""

GESTURES_DEGREES: Final = (-2.9, 2.2, 1.6)
"""Pitch, yaw and roll of a stroke on an emphasis of strength 1."""
STROKE_SECONDS, RETURN_SECONDS = 0.16, 0.4
MELODY_DEGREES: Final = 1.5
TILT_DEGREES: Final = 4.5
GAZE_SHARE: Final = 0.15
GAZE_LAG_SECONDS: Final = 0.2

SWAY: Final = (0.012, 0.006, 0.008)
"""Of x, y and z."""
BREATH: Final = 0.008
BREATHS_PER_SECOND: Final = 0.25
BREATH_IRREGULARITY: Final = 0.06
BREATH_DEPTH_SPREAD: Final = 0.25
BREATH_SECONDS: Final = 2.0
"""Smoothing of the noise in its pace and depth."""


@dataclass(frozen=True, slots=True)
class HeadDrives(Generic[Value]):
    """What moves a head by itself.

    `slow` and `fast`, of pitch, yaw and roll, `sway`, of x, y and z, and `depth`, of breath, are noises of unit
    variance. `strokes` are those of `GESTURES_DEGREES`, of weight 1. `breath` goes between -1 and 1, `gaze_yaw` the
    degrees that the head goes after.
    """

    amount: Value
    energy: Value
    tilt: Value
    melody: Value
    gaze_yaw: Value
    slow: Sequence[Value]
    fast: Sequence[Value]
    strokes: Sequence[Value]
    sway: Sequence[Value]
    depth: Value
    breath: Value


def head_pose(scene: Scene, targets: Gaze[Floats]) -> Floats:
    """(frames, 6) pitch, yaw, roll in degrees and x, y, z in inter-ocular distances, relative to the portrait."""
    drift, sway = scene.random("drift"), scene.random("sway")
    bands = (SLOW_BAND_SECONDS, FAST_BAND_SECONDS) * len(SLOW_DEGREES)
    drifting = [band_noise(drift, scene.clock, band) for band in bands]
    swaying = [band_noise(sway, scene.clock, SLOW_BAND_SECONDS) for _ in SWAY]
    phase, depth = _breath(scene, sway)
    drives = HeadDrives(
        amount=head_amount(scene.controls.head_motion) * scene.liveliness,
        energy=scene.controls.energy,
        tilt=scene.controls.head_tilt,
        melody=scene.melody,
        gaze_yaw=smoothed(targets.yaw, scene.clock, GAZE_LAG_SECONDS),
        slow=drifting[0::2],
        fast=drifting[1::2],
        strokes=_strokes(scene),
        sway=swaying,
        depth=depth,
        breath=np.sin(phase).astype(np.float32),
    )
    return driven(drives, head_cues(scene.cues, scene.clock))


def driven(drives: HeadDrives[Value], cued: Floats) -> Floats:
    """The pose (frames, 6) that the drives and `cued` (frames, 6) give together, within the limits; or of one frame."""
    pose = np.ascontiguousarray(np.array(_axes(drives), np.float32).T)
    pose += cued
    if (np.abs(pose) > POSE_KNEES).any():
        axes = pose.T
        for axis, limit in POSE_LIMITS.items():
            axes[axis] = soft_limit(axes[axis], limit)
    return pose


def _axes(drives: HeadDrives[Value]) -> list[Value]:
    """Pitch, yaw, roll, x, y and z."""
    amount, energy = drives.amount, drives.energy
    drift, gesture = amount * (0.8 + 0.4 * energy), amount * (0.5 + energy)
    axes: list[Value] = [
        drift * (slow_degrees * slow + fast_degrees * fast) + gesture * degrees * stroke
        for slow_degrees, slow, fast_degrees, fast, degrees, stroke in zip(
            SLOW_DEGREES, drives.slow, FAST_DEGREES, drives.fast, GESTURES_DEGREES, drives.strokes, strict=True
        )
    ]
    axes += [size * amount * sway for size, sway in zip(SWAY, drives.sway, strict=True)]
    axes[Y] = axes[Y] + BREATH * (1.0 + BREATH_DEPTH_SPREAD * drives.depth) * drives.breath
    axes[PITCH] = axes[PITCH] + (MELODY_DEGREES * drives.melody * amount + TILT_DEGREES * drives.tilt)
    axes[YAW] = axes[YAW] + GAZE_SHARE * drives.gaze_yaw
    return axes


def head_amount(head_motion: Value) -> Value:
    """How much of the usual a head moves: 0, 1 and 1.6 times at `head_motion` 0, 0.5 and 1."""
    return head_motion * (2.4 - 0.8 * head_motion)


def gesture_shares(draws: Doubles) -> Doubles:
    """How much of a stress each axis takes up, (n, 3) from draws in 0..1: most a nod, some a turn or a roll."""
    even = draws * 2.0 - 1.0
    even[:, 0] = 0.7 + 0.3 * even[:, 0]
    return even


def breath_pace(noise: Value) -> Value:
    """Breaths a second, from noise of unit variance."""
    return BREATHS_PER_SECOND + BREATH_IRREGULARITY * noise


def _strokes(scene: Scene) -> list[Floats]:
    """Of pitch, yaw and roll."""
    emphases = scene.speech.prosody.emphases
    times, strength = np.array([(e.time, e.strength) for e in emphases]).reshape(-1, 2).T
    shares = gesture_shares(scene.random("gestures").random((len(emphases), len(GESTURES_DEGREES))))
    half = max(1, round(RETURN_SECONDS * scene.clock.rate))
    kernel = stroke(np.arange(-half, half + 1) / scene.clock.rate, STROKE_SECONDS, RETURN_SECONDS)
    sheets = [impulses(times, strength * share, scene.clock) for share in shares.T]
    return [convolved(sheet, kernel) * np.float32(kernel.sum()) for sheet in sheets]


def _breath(scene: Scene, random: np.random.Generator) -> tuple[Doubles, Floats]:
    """Phase in radians, and the noise of its depth."""
    pace = breath_pace(band_noise(random, scene.clock, BREATH_SECONDS))
    phase = 2.0 * np.pi * (np.cumsum(pace, dtype=np.float64) / scene.clock.rate + random.random())
    return phase, band_noise(random, scene.clock, BREATH_SECONDS)
