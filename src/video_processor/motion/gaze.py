"""Gaze: fixations and saccades, in the world first and then in the head.

A saccade is a minimum-jerk step of 30 to 50 ms. The eyes hold what they look at while the head moves
(vestibulo-ocular reflex). `gaze_contact` is the share of time that rests on the viewer; looks away fall
into pauses first.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.types import Floats
from video_processor.motion.blinks import Lids
from video_processor.motion.cues import PITCH, YAW, Rise, held, held_sideways, only
from video_processor.motion.curves import Curves, Doubles, held_steps, soft_limit
from video_processor.motion.scene import Scene

SHORTEST_FIXATION_SECONDS: Final = 0.35
FIXATION_SPREAD_SECONDS: Final = 1.1
SHORTEST_SACCADE_SECONDS: Final = 0.03
SACCADE_SECONDS_PER_DEGREE: Final = 0.0022
"""Main sequence (Bahill, Clark and Stark 1975)."""

SHARED_OUT: Final = 10
"""Fixations among which the looks away are dealt out: those in pauses first."""
PAUSE_PULL: Final = 1.5

AVERSION_DEGREES: Final = (8.0, 16.0)
AVERSION_PITCH_DEGREES: Final = (-8.0, 6.0)
WANDERING_DEGREES: Final = 1.3
"""Spread of the fixations on the viewer's face."""
MICRO_SACCADE_DEGREES: Final = 0.3
MICRO_SACCADES_PER_SECOND: Final = 1.5

REFLEX_GAIN: Final = 0.9
LOOK_CUE_DEGREES: Final = 16.0
LOOK_CUE_PITCH_DEGREES: Final = 3.0
LOOK_CUE_RISE: Final = Rise(0.05, 0.05)
BLINK_DIP_DEGREES: Final = 2.0
LARGEST_YAW_DEGREES, LARGEST_PITCH_DEGREES = 20.0, 14.0

LID_PER_LOOK_DOWN: Final = 0.3
WIDE_PER_LOOK_UP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Gaze:
    """A direction, (frames,) degrees each; yaw positive to the subject's left, pitch positive up."""

    yaw: Floats
    pitch: Floats


def gaze_targets(scene: Scene) -> Gaze:
    """Where the person looks, seen from the room; the viewer is at 0."""
    yaw, pitch = _fixations(scene)
    small_yaw, small_pitch = _micro_saccades(scene)
    asked = only(scene.cues, "look")
    look = held_sideways(asked, scene.clock, LOOK_CUE_RISE)
    bound = held([cue.model_copy(update={"intensity": 1.0}) for cue in asked], scene.clock, LOOK_CUE_RISE)
    free = np.maximum(1.0 - 2.0 * bound, 0.0)
    return Gaze(
        np.asarray((yaw + small_yaw) * free + LOOK_CUE_DEGREES * look, np.float32),
        np.asarray((pitch + small_pitch) * free + LOOK_CUE_PITCH_DEGREES * np.abs(look), np.float32),
    )


def in_head(targets: Gaze, pose: Floats, lids: Lids) -> Gaze:
    """How the eyes stand in a head of that pose (frames, 6), as a change from the portrait's own gaze."""
    return Gaze(
        soft_limit(targets.yaw - REFLEX_GAIN * pose[:, YAW], LARGEST_YAW_DEGREES),
        soft_limit(targets.pitch - REFLEX_GAIN * pose[:, PITCH] - BLINK_DIP_DEGREES * lids.both, LARGEST_PITCH_DEGREES),
    )


def eye_looks(gaze: Gaze, rest: Floats) -> Curves:
    """Absolute eyeLook curves: each eye's own rest direction (52,) turned by the gaze, both alike."""
    curves: Curves = {}
    for eye, outward in (("Left", 1.0), ("Right", -1.0)):
        out, inn, up, down = (f"eyeLook{way}{eye}" for way in ("Out", "In", "Up", "Down"))
        yaw = _opposed(out, inn, rest) + outward * gaze.yaw / GAZE_HORIZONTAL_DEGREES
        pitch = _opposed(up, down, rest) + gaze.pitch / GAZE_VERTICAL_DEGREES
        curves |= {out: np.clip(yaw, 0, 1), inn: np.clip(-yaw, 0, 1)}
        curves |= {up: np.clip(pitch, 0, 1), down: np.clip(-pitch, 0, 1)}
    return curves


def lid_follow(gaze: Gaze) -> Curves:
    """Lids that go with the eyes, as a change."""
    share = gaze.pitch / GAZE_VERTICAL_DEGREES
    down, up = LID_PER_LOOK_DOWN * np.maximum(-share, 0.0), WIDE_PER_LOOK_UP * np.maximum(share, 0.0)
    return {"eyeBlinkLeft": down, "eyeBlinkRight": down, "eyeWideLeft": up, "eyeWideRight": up}


def _opposed(positive: str, negative: str, rest: Floats) -> np.float32:
    return np.float32(rest[BLENDSHAPE_INDEX[positive]] - rest[BLENDSHAPE_INDEX[negative]])


def _fixations(scene: Scene) -> tuple[Floats, Floats]:
    draws = scene.random("gaze").random((_rows(scene, SHORTEST_FIXATION_SECONDS), 5))
    lengths = SHORTEST_FIXATION_SECONDS + FIXATION_SPREAD_SECONDS * draws[:, 0] ** 2
    starts = np.cumsum(lengths) - lengths
    away = _looks_away(starts + lengths / 2, draws[:, 1:3], scene)
    side = np.where(np.repeat(draws[::2, 3], 2) < 0.5, -1.0, 1.0)
    low, high = AVERSION_DEGREES
    under, over = AVERSION_PITCH_DEGREES
    yaw = np.where(away, side * (low + (high - low) * draws[:, 4]), WANDERING_DEGREES * _even(draws[:, 3]))
    pitch = np.where(away, under + (over - under) * draws[:, 3], WANDERING_DEGREES * _even(draws[:, 4]))
    return _saccades(starts, yaw, pitch, scene)


def _looks_away(middles: Doubles, draws: Doubles, scene: Scene) -> Doubles:
    """Which fixations leave the viewer. A larger `gaze_contact` only ever turns looks away into contact."""
    frame = np.clip((middles * scene.clock.rate).astype(np.int64), 0, scene.clock.frames - 1)
    score = draws[:, 0] + PAUSE_PULL * (1.0 - scene.talking[frame])
    rank = np.argsort(np.argsort(score.reshape(-1, SHARED_OUT), axis=1), axis=1).reshape(-1)
    return np.asarray((rank + draws[:, 1]) / SHARED_OUT >= scene.controls.gaze_contact[frame])


def _micro_saccades(scene: Scene) -> tuple[Floats, Floats]:
    shortest = 0.5 / MICRO_SACCADES_PER_SECOND
    draws = scene.random("micro-saccades").random((_rows(scene, shortest), 3))
    lengths = shortest * (1.0 + 2.0 * draws[:, 0])
    yaw, pitch = MICRO_SACCADE_DEGREES * _even(draws[:, 1]), MICRO_SACCADE_DEGREES * _even(draws[:, 2])
    return _saccades(np.cumsum(lengths) - lengths, yaw, pitch, scene)


def _saccades(starts: Doubles, yaw: Doubles, pitch: Doubles, scene: Scene) -> tuple[Floats, Floats]:
    size = np.hypot(np.diff(yaw, prepend=yaw[0]), np.diff(pitch, prepend=pitch[0]))
    length = np.clip(SHORTEST_SACCADE_SECONDS + SACCADE_SECONDS_PER_DEGREE * size, 0.03, 0.05)
    return held_steps(starts, yaw, length, scene.clock), held_steps(starts, pitch, length, scene.clock)


def _even(draw: Doubles) -> Doubles:
    return 2.0 * draw - 1.0


def _rows(scene: Scene, shortest: float) -> int:
    """Draws that last to the end, a whole number of shared-out groups."""
    return SHARED_OUT * (int(scene.clock.seconds / shortest / SHARED_OUT) + 1)
