"""Gaze: fixations and saccades, in the world first and then in the head.

A saccade is a minimum-jerk step of 30 to 50 ms. The eyes hold what they look at while the head moves
(vestibulo-ocular reflex). `gaze_contact` is the share of time that rests on the viewer; looks away fall
into pauses first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.performance import Cue
from avatar.types import Floats
from video_processor.motion.cues import Rise, held, held_sideways, only
from video_processor.motion.curves import Clock, Doubles, Value, held_steps, positive, soft_limit
from video_processor.motion.scene import Scene

SHORTEST_FIXATION_SECONDS: Final = 0.35
FIXATION_SPREAD_SECONDS: Final = 1.1
SHORTEST_SACCADE_SECONDS, LONGEST_SACCADE_SECONDS = 0.03, 0.05
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
SHORTEST_MICRO_FIXATION_SECONDS: Final = 0.5 / MICRO_SACCADES_PER_SECOND

REFLEX_GAIN: Final = 0.9
LOOK_CUE_DEGREES: Final = 16.0
LOOK_CUE_PITCH_DEGREES: Final = 3.0
LOOK_CUE_RISE: Final = Rise(0.05, 0.05)
BLINK_DIP_DEGREES: Final = 2.0
LARGEST_YAW_DEGREES, LARGEST_PITCH_DEGREES = 20.0, 14.0

LID_PER_LOOK_DOWN: Final = 0.3
WIDE_PER_LOOK_UP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Gaze(Generic[Value]):
    """A direction in degrees; yaw positive to the subject's left, pitch positive up."""

    yaw: Value
    pitch: Value


@dataclass(frozen=True, slots=True)
class Fixations:
    """Fixations in their order, (n,) each, and where they would look, yaw and pitch (2, n) in degrees.

    `turns` and `thresholds` in 0..1 deal out which of `SHARED_OUT` leave the viewer.
    """

    lengths: Doubles
    turns: Doubles
    thresholds: Doubles
    away: Doubles
    near: Doubles


def gaze_targets(scene: Scene) -> Gaze[Floats]:
    """Where the person looks, seen from the room; the viewer is at 0."""
    yaw, pitch = _fixations(scene)
    small_yaw, small_pitch = _micro_saccades(scene)
    return with_looks(Gaze(yaw + small_yaw, pitch + small_pitch), scene.cues, scene.clock)


def with_looks(own: Gaze[Floats], cues: Sequence[Cue], clock: Clock) -> Gaze[Floats]:
    """The gaze that cues take over where they ask for a look."""
    asked = only(cues, "look")
    look = held_sideways(asked, clock, LOOK_CUE_RISE)
    bound = held([cue.model_copy(update={"intensity": 1.0}) for cue in asked], clock, LOOK_CUE_RISE)
    free = np.maximum(1.0 - 2.0 * bound, 0.0)
    return Gaze(
        np.asarray(own.yaw * free + LOOK_CUE_DEGREES * look, np.float32),
        np.asarray(own.pitch * free + LOOK_CUE_PITCH_DEGREES * np.abs(look), np.float32),
    )


def in_head(targets: Gaze[Value], head: Gaze[Value], shut: Value) -> Gaze[Value]:
    """How the eyes stand in a head of that yaw and pitch behind lids `shut` so far, as a change from the portrait's."""
    return Gaze(
        soft_limit(targets.yaw - REFLEX_GAIN * head.yaw, LARGEST_YAW_DEGREES),
        soft_limit(targets.pitch - REFLEX_GAIN * head.pitch - BLINK_DIP_DEGREES * shut, LARGEST_PITCH_DEGREES),
    )


def eye_looks(gaze: Gaze[Value], rest: Floats) -> dict[str, Value]:
    """Absolute eyeLook curves, at least 0: each eye's own rest direction (52,) turned by the gaze, both alike."""
    curves: dict[str, Value] = {}
    for eye, outward in (("Left", 1.0), ("Right", -1.0)):
        out, inn, up, down = (f"eyeLook{way}{eye}" for way in ("Out", "In", "Up", "Down"))
        yaw = _opposed(out, inn, rest) + outward * gaze.yaw / GAZE_HORIZONTAL_DEGREES
        pitch = _opposed(up, down, rest) + gaze.pitch / GAZE_VERTICAL_DEGREES
        curves |= {out: positive(yaw), inn: positive(-yaw), up: positive(pitch), down: positive(-pitch)}
    return curves


def lid_follow(gaze: Gaze[Value]) -> dict[str, Value]:
    """Lids that go with the eyes, as a change."""
    share = gaze.pitch / GAZE_VERTICAL_DEGREES
    down, up = LID_PER_LOOK_DOWN * positive(-share), WIDE_PER_LOOK_UP * positive(share)
    return {"eyeBlinkLeft": down, "eyeBlinkRight": down, "eyeWideLeft": up, "eyeWideRight": up}


def _opposed(one: str, other: str, rest: Floats) -> float:
    return float(rest[BLENDSHAPE_INDEX[one]] - rest[BLENDSHAPE_INDEX[other]])


def fixations(random: np.random.Generator, count: int) -> Fixations:
    """`count` fixations, a multiple of `SHARED_OUT`."""
    draws = random.random((count, 5))
    side = np.where(np.repeat(draws[::2, 3], 2) < 0.5, -1.0, 1.0)
    low, high = AVERSION_DEGREES
    under, over = AVERSION_PITCH_DEGREES
    return Fixations(
        lengths=SHORTEST_FIXATION_SECONDS + FIXATION_SPREAD_SECONDS * draws[:, 0] ** 2,
        turns=draws[:, 1],
        thresholds=draws[:, 2],
        away=np.stack([side * (low + (high - low) * draws[:, 4]), under + (over - under) * draws[:, 3]]),
        near=WANDERING_DEGREES * _even(draws[:, 3:5].T),
    )


def micro_fixations(random: np.random.Generator, count: int) -> tuple[Doubles, Doubles]:
    """Lengths (count,) in seconds, and yaw and pitch (2, count) in degrees, of the small steps within fixations."""
    draws = random.random((count, 3))
    lengths = SHORTEST_MICRO_FIXATION_SECONDS * (1.0 + 2.0 * draws[:, 0])
    return lengths, MICRO_SACCADE_DEGREES * _even(draws[:, 1:3].T)


def saccade_seconds(size: Doubles) -> Doubles:
    """How long a saccade of that many degrees takes."""
    length = SHORTEST_SACCADE_SECONDS + SACCADE_SECONDS_PER_DEGREE * size
    return np.asarray(np.clip(length, SHORTEST_SACCADE_SECONDS, LONGEST_SACCADE_SECONDS), np.float64)


def _fixations(scene: Scene) -> tuple[Floats, Floats]:
    drawn = fixations(scene.random("gaze"), _rows(scene, SHORTEST_FIXATION_SECONDS))
    starts = np.cumsum(drawn.lengths) - drawn.lengths
    away = _looks_away(starts + drawn.lengths / 2, drawn, scene)
    yaw, pitch = np.where(away, drawn.away, drawn.near)
    return _saccades(starts, yaw, pitch, scene)


def _looks_away(middles: Doubles, drawn: Fixations, scene: Scene) -> Doubles:
    """Which fixations leave the viewer. A larger `gaze_contact` only ever turns looks away into contact."""
    frame = np.clip((middles * scene.clock.rate).astype(np.int64), 0, scene.clock.frames - 1)
    score = drawn.turns + PAUSE_PULL * (1.0 - scene.talking[frame])
    rank = np.argsort(np.argsort(score.reshape(-1, SHARED_OUT), axis=1), axis=1).reshape(-1)
    return np.asarray((rank + drawn.thresholds) / SHARED_OUT >= scene.controls.gaze_contact[frame])


def _micro_saccades(scene: Scene) -> tuple[Floats, Floats]:
    count = _rows(scene, SHORTEST_MICRO_FIXATION_SECONDS)
    lengths, (yaw, pitch) = micro_fixations(scene.random("micro-saccades"), count)
    return _saccades(np.cumsum(lengths) - lengths, yaw, pitch, scene)


def _saccades(starts: Doubles, yaw: Doubles, pitch: Doubles, scene: Scene) -> tuple[Floats, Floats]:
    size = np.hypot(np.diff(yaw, prepend=yaw[0]), np.diff(pitch, prepend=pitch[0]))
    length = saccade_seconds(size)
    return held_steps(starts, yaw, length, scene.clock), held_steps(starts, pitch, length, scene.clock)


def _even(draw: Doubles) -> Doubles:
    return 2.0 * draw - 1.0


def _rows(scene: Scene, shortest: float) -> int:
    """Draws that last to the end, a whole number of shared-out groups."""
    return SHARED_OUT * (int(scene.clock.seconds / shortest / SHARED_OUT) + 1)
