"""The head: irregular drift, gestures on stressed words, the voice's melody, cues, breath.

Drift and sway are random noise in two bands, so that no frequency stands out. Pitch follows the voice's
fundamental (Yehia, Kuratate and Vatikiotis-Bateson 2002). Every axis bends before its limit.
"""

from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.cues import PITCH, ROLL, YAW, X, Y, Z, head_cues
from video_processor.motion.curves import (
    Doubles,
    band_noise,
    convolved,
    impulses,
    minimum_jerk,
    smoothed,
    soft_limit,
)
from video_processor.motion.gaze import Gaze
from video_processor.motion.scene import Scene

POSE_LIMITS: Final = {PITCH: 10.0, YAW: 14.0, ROLL: 10.0, X: 0.06, Y: 0.06, Z: 0.15}
"""Degrees, and inter-ocular distances: what a speaker does who faces the camera; every engine draws it whole."""

SLOW_BAND_SECONDS, FAST_BAND_SECONDS = 0.8, 0.18
"""Root-mean-square frequencies of 0.14 and 0.63 Hz."""
DRIFT_DEGREES: Final = {PITCH: (0.9, 1.6), YAW: (2.2, 2.8), ROLL: (1.6, 1.7)}
"""Standard deviation in the slow and in the fast band, in speech at `head_motion` 0.5."""

NOD_DEGREES, TURN_DEGREES, ROLL_DEGREES = 2.9, 2.2, 1.6
"""Stroke on an emphasis of strength 1."""
STROKE_SECONDS, RETURN_SECONDS = 0.16, 0.4
MELODY_DEGREES: Final = 1.5
TILT_DEGREES: Final = 4.5
GAZE_SHARE: Final = 0.15
GAZE_LAG_SECONDS: Final = 0.2

SWAY: Final = {X: 0.012, Y: 0.006, Z: 0.008}
BREATH: Final = 0.008
BREATHS_PER_SECOND: Final = 0.25
BREATH_IRREGULARITY: Final = 0.06


def head_pose(scene: Scene, targets: Gaze) -> Floats:
    """(frames, 6) pitch, yaw, roll in degrees and x, y, z in inter-ocular distances, relative to the portrait."""
    amount = _amount(scene.controls.head_motion) * scene.liveliness
    pose = np.zeros((scene.clock.frames, 6), np.float32)
    _add_drift(pose, scene, amount)
    _add_gestures(pose, scene, amount)
    _add_sway(pose, scene, amount)
    pose[:, PITCH] += MELODY_DEGREES * scene.melody * amount + TILT_DEGREES * scene.controls.head_tilt
    pose[:, YAW] += GAZE_SHARE * smoothed(targets.yaw, scene.clock, GAZE_LAG_SECONDS)
    pose += head_cues(scene.cues, scene.clock)
    for axis, limit in POSE_LIMITS.items():
        pose[:, axis] = soft_limit(pose[:, axis], limit)
    return pose


def _amount(head_motion: Floats) -> Floats:
    """How much of the usual a head moves: 0, 1 and 1.6 times at `head_motion` 0, 0.5 and 1."""
    return np.asarray(head_motion * (2.4 - 0.8 * head_motion), np.float32)


def _add_drift(pose: Floats, scene: Scene, amount: Floats) -> None:
    random = scene.random("drift")
    lively = amount * (0.8 + 0.4 * scene.controls.energy)
    for axis, (slow, fast) in DRIFT_DEGREES.items():
        noise = slow * band_noise(random, scene.clock, SLOW_BAND_SECONDS)
        pose[:, axis] += lively * (noise + fast * band_noise(random, scene.clock, FAST_BAND_SECONDS))


def _add_gestures(pose: Floats, scene: Scene, amount: Floats) -> None:
    """Strokes on stressed words: most a nod, some with a turn or a roll."""
    emphases = scene.speech.prosody.emphases
    times, strength = np.array([(e.time, e.strength) for e in emphases]).reshape(-1, 2).T
    draws = scene.random("gestures").random((len(emphases), 3)) * 2.0 - 1.0
    lively = amount * (0.5 + scene.controls.energy)
    for axis, degrees, share in (
        (PITCH, -NOD_DEGREES, 0.7 + 0.3 * draws[:, 0]),
        (YAW, TURN_DEGREES, draws[:, 1]),
        (ROLL, ROLL_DEGREES, draws[:, 2]),
    ):
        pose[:, axis] += lively * degrees * _strokes(times, strength * share, scene)


def _strokes(times: Doubles, weights: Doubles, scene: Scene) -> Floats:
    half = max(1, round(RETURN_SECONDS * scene.clock.rate))
    t = np.arange(-half, half + 1) / scene.clock.rate
    kernel = minimum_jerk(1.0 + t / STROKE_SECONDS) * (1.0 - minimum_jerk(t / RETURN_SECONDS))
    return convolved(impulses(times, weights, scene.clock), kernel) * np.float32(kernel.sum())


def _add_sway(pose: Floats, scene: Scene, amount: Floats) -> None:
    random = scene.random("sway")
    for axis, size in SWAY.items():
        pose[:, axis] += size * amount * band_noise(random, scene.clock, SLOW_BAND_SECONDS)
    pace = BREATHS_PER_SECOND + BREATH_IRREGULARITY * band_noise(random, scene.clock, 2.0)
    phase = 2.0 * np.pi * (np.cumsum(pace, dtype=np.float64) / scene.clock.rate + random.random())
    depth = 1.0 + 0.25 * band_noise(random, scene.clock, 2.0)
    pose[:, Y] += BREATH * depth * np.sin(phase)
