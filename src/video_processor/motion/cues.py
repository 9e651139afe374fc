"""Cues: single actions at a moment, with a minimum-jerk onset and release and their peak on that moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.performance import Action, Cue
from avatar.types import Floats
from video_processor.motion.curves import Clock, Curves, Doubles, minimum_jerk

SLOPE_SHARE: Final = 0.35
"""Share of a held cue's duration that its rise takes, and its fall; its peak is where the rise ends."""
SHORTEST_RISE_SECONDS, LONGEST_RISE_SECONDS = 0.12, 0.35
SHORTEST_HEAD_RISE_SECONDS: Final = 0.18
SHORTEST_FALL_SECONDS, LONGEST_FALL_SECONDS = 0.18, 0.6
SHORTEST_HOLD_SECONDS: Final = 0.01
HOLD_SAG: Final = 0.18
SAG_SECONDS: Final = 0.35
"""A held cue loses that share of its strength in this time after its peak, so that the peak stands out."""

NOD_REBOUND: Final = 0.2
NOD_STROKE_SHARE: Final = 0.4
SHORTEST_STROKE_SECONDS: Final = 0.14
SHAKE_PERIOD_SHARE: Final = 0.7
SHORTEST_SHAKE_PERIOD_SECONDS: Final = 0.4

PITCH, YAW, ROLL, X, Y, Z = range(6)
NOD_DEGREES: Final = 6.0
SHAKE_DEGREES: Final = 7.0
HEAD_CUES: Final[dict[Action, dict[int, float]]] = {
    "tilt": {ROLL: 5.5},
    "turn": {YAW: 8.0},
    "look": {YAW: 2.5},
    "lean": {Z: 0.12, PITCH: -1.5},
    "brow_raise": {PITCH: 0.6},
}
"""What a held cue of full intensity does to the head: degrees, and for the place inter-ocular distances."""

FACE_CUES: Final[dict[Action, dict[str, float]]] = {
    "brow_raise": {
        "browInnerUp": 0.7,
        "browOuterUpLeft": 0.8,
        "browOuterUpRight": 0.8,
        "browDownLeft": -0.7,
        "browDownRight": -0.7,
    },
    "frown": {
        "browDownLeft": 0.8,
        "browDownRight": 0.8,
        "browInnerUp": -0.5,
        "browOuterUpLeft": -0.6,
        "browOuterUpRight": -0.6,
        "eyeSquintLeft": 0.2,
        "eyeSquintRight": 0.2,
        "mouthFrownLeft": 0.25,
        "mouthFrownRight": 0.25,
    },
    "smile": {
        "mouthSmileLeft": 0.7,
        "mouthSmileRight": 0.7,
        "cheekSquintLeft": 0.35,
        "cheekSquintRight": 0.35,
        "mouthDimpleLeft": 0.1,
        "mouthDimpleRight": 0.1,
        "mouthFrownLeft": -0.8,
        "mouthFrownRight": -0.8,
    },
    "eyes_wide": {
        "eyeWideLeft": 0.9,
        "eyeWideRight": 0.9,
        "eyeSquintLeft": -0.9,
        "eyeSquintRight": -0.9,
        "browInnerUp": 0.2,
        "browOuterUpLeft": 0.3,
        "browOuterUpRight": 0.3,
    },
    "squint": {
        "eyeSquintLeft": 0.9,
        "eyeSquintRight": 0.9,
        "eyeWideLeft": -0.9,
        "eyeWideRight": -0.9,
        "cheekSquintLeft": 0.3,
        "cheekSquintRight": 0.3,
        "browDownLeft": 0.25,
        "browDownRight": 0.25,
    },
    "nod": {"browInnerUp": 0.08},
    "shake": {"browDownLeft": 0.08, "browDownRight": 0.08},
}
"""What a cue of full intensity adds to the face and takes from it: of opposites that meet the stronger shows."""

Swing = Callable[[Doubles, Cue], tuple[Doubles, Doubles]]
"""Where a swinging head is at a time from its cue's moment, -1..1, and how much of it the cue has, 0..1."""


@dataclass(frozen=True, slots=True)
class Rise:
    """Shortest and longest rise of a held cue, seconds."""

    shortest: float = SHORTEST_RISE_SECONDS
    longest: float = LONGEST_RISE_SECONDS


FACE_RISE, HEAD_RISE = Rise(), Rise(SHORTEST_HEAD_RISE_SECONDS)


def only(cues: Sequence[Cue], *actions: Action) -> list[Cue]:
    return [cue for cue in cues if cue.action in actions]


def held(cues: Sequence[Cue], clock: Clock, rise: Rise = FACE_RISE) -> Floats:
    """(frames,) strength 0..1 of held cues; where they meet the stronger one holds."""
    curve = np.zeros(clock.frames, np.float32)
    times = clock.times
    for cue in cues:
        window = clock.window(cue.at - rise.longest, cue.at + cue.duration + SHORTEST_FALL_SECONDS)
        curve[window] = np.maximum(curve[window], cue.intensity * _hold(times[window] - cue.at, cue, rise))
    return curve


def held_sideways(cues: Sequence[Cue], clock: Clock, rise: Rise = FACE_RISE) -> Floats:
    """(frames,) as `held`, with a sign: positive to the subject's left."""
    left = held([cue for cue in cues if side(cue) > 0.0], clock, rise)
    right = held([cue for cue in cues if side(cue) < 0.0], clock, rise)
    return left - right


def side(cue: Cue) -> float:
    """1 the subject's left, -1 the right; a cue without a direction takes one from its time."""
    if cue.direction:
        return 1.0 if cue.direction > 0.0 else -1.0
    return 1.0 if int(cue.at * 10.0) % 2 else -1.0


def rise_seconds(cue: Cue, rise: Rise = FACE_RISE) -> float:
    """From the beginning of a held cue to its moment."""
    return min(max(SLOPE_SHARE * cue.duration, rise.shortest), rise.longest)


def nod_seconds(cue: Cue) -> float:
    """From the beginning of a nod to its lowest point."""
    return max(NOD_STROKE_SHARE * cue.duration, SHORTEST_STROKE_SECONDS)


def shake_seconds(cue: Cue) -> float:
    """From the beginning of a shake to its moment: one period."""
    return max(SHAKE_PERIOD_SHARE * cue.duration, SHORTEST_SHAKE_PERIOD_SECONDS)


def face_cues(cues: Sequence[Cue], clock: Clock) -> Curves:
    """What the cues add to the face; lids and gaze are moved elsewhere."""
    added: Curves = {}
    taken: Curves = {}
    for action, shapes in FACE_CUES.items():
        curve = held(only(cues, action), clock)
        if not curve.any():
            continue
        for name, weight in shapes.items():
            total = added if weight > 0.0 else taken
            so_far = total.get(name, np.float32(0.0))
            total[name] = np.asarray(so_far + abs(weight) * curve * (1.0 - so_far), np.float32)
    none = np.zeros(clock.frames, np.float32)
    return {name: added.get(name, none) - taken.get(name, none) for name in added | taken}


def head_cues(cues: Sequence[Cue], clock: Clock) -> Floats:
    """(frames, 6) what the cues add to the head's pose."""
    pose = np.zeros((clock.frames, 6), np.float32)
    pose[:, PITCH] -= NOD_DEGREES * _swung(only(cues, "nod"), clock, _nod)
    pose[:, YAW] += SHAKE_DEGREES * _swung(only(cues, "shake"), clock, _shake)
    for action, axes in HEAD_CUES.items():
        sideways = action in ("tilt", "turn", "look")
        strength = held_sideways if sideways else held
        curve = strength(only(cues, action), clock, HEAD_RISE)
        for axis, amount in axes.items():
            pose[:, axis] += amount * curve
    return pose


def _swung(cues: Sequence[Cue], clock: Clock, swing: Swing) -> Floats:
    """(frames,) -1..1: where cues meet they share the head, so that it swings no further than for one."""
    total, shares = np.zeros(clock.frames), np.zeros(clock.frames)
    for cue in cues:
        reach = 2.0 * max(cue.duration, SHORTEST_SHAKE_PERIOD_SECONDS)
        window = clock.window(cue.at - reach, cue.at + reach)
        place, share = swing(clock.times[window] - cue.at, cue)
        total[window] += cue.intensity * place
        shares[window] += share
    return np.asarray(total / np.maximum(shares, 1.0), np.float32)


def _hold(t: Doubles, cue: Cue, rise: Rise) -> Doubles:
    up = rise_seconds(cue, rise)
    fall = min(max(SLOPE_SHARE * cue.duration, SHORTEST_FALL_SECONDS), LONGEST_FALL_SECONDS)
    hold = max(cue.duration - up - fall, SHORTEST_HOLD_SECONDS)
    sag = 1.0 - HOLD_SAG * minimum_jerk(t / SAG_SECONDS)
    return minimum_jerk(1.0 + t / up) * sag * (1.0 - minimum_jerk((t - hold) / fall))


def _nod(t: Doubles, cue: Cue) -> tuple[Doubles, Doubles]:
    stroke = nod_seconds(cue)
    down = minimum_jerk(1.0 + t / stroke) * (1.0 - minimum_jerk(t / stroke))
    back = minimum_jerk(t / stroke) * (1.0 - minimum_jerk((t - stroke) / stroke))
    return down - NOD_REBOUND * back, down + back


def _shake(t: Doubles, cue: Cue) -> tuple[Doubles, Doubles]:
    period = shake_seconds(cue)
    share = 1.0 - minimum_jerk(np.abs(t) / period)
    return side(cue) * np.cos(2.0 * np.pi * t / period) * share, share
