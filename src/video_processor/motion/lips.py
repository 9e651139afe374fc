"""Lips from visemes: how the track's opening, width, rounding and closure become blendshapes.

The gap between the inner lips is 0.30 * (jawOpen - mouthClose) eye distances, plus what
mouthLowerDown and mouthUpperUp add. Running speech opens human lips by 0.090 +- 0.063 outer-eye-corner
distances, 0.192 at the 95th percentile, at speeds up to about 4 a second.
"""

from dataclasses import dataclass
from typing import Final, Generic

import numpy as np

from avatar.blendshapes import VISEME_INDEX
from avatar.types import Floats
from video_processor.motion.curves import (
    Clock,
    Curves,
    Value,
    at_most_one,
    eased,
    frame_mean,
    frame_peak,
    minimum_jerk,
    painted,
    positive,
    smoothed,
)
from video_processor.motion.scene import Scene

JAW_PER_OPENING: Final = 0.86
"""`jawOpen` at an opening of 1, at `mouth_openness` 0.5; the lips' own part makes up the rest of the gap."""

FASTEST_JAW_PER_SECOND: Final = 12.0
SURELY_SLOW: Final = 0.999
"""A smaller share of the fastest step, whatever the rounding, is no faster than lips can move."""

CLOSURE_RANGE: Final = (0.25, 0.75)
"""Closure below which the lips stay apart, and above which they are shut."""

JAW_SHARE_IN_CLOSURE: Final = 0.3
JAW_INERTIA_SECONDS: Final = 0.08
PART_BEFORE_SECONDS, CLOSE_AFTER_SECONDS, GATE_FADE_SECONDS = 0.3, 0.45, 0.3
"""Lips begin to part so long before a phrase, and are closed so long after it."""
OPEN_BEFORE_SECONDS: Final = PART_BEFORE_SECONDS - GATE_FADE_SECONDS / 2
OPEN_AFTER_SECONDS: Final = CLOSE_AFTER_SECONDS - GATE_FADE_SECONDS / 2
"""Half of either fade."""

LARGEST_ASYMMETRY: Final = 0.06
"""Share by which one side of the mouth works more than the other."""


@dataclass(frozen=True, slots=True)
class Heard(Generic[Value]):
    """What the lips are to show of the speech.

    Means over each frame of `opening`, `width`, `rounding` and of the visemes TH, CH, SS, E and ih; the peaks of
    `closure` and of the viseme FF. `gate` is 0 where nobody speaks; `gain` scales the opening.
    """

    opening: Value
    width: Value
    rounding: Value
    lisped: Value
    hushed: Value
    hissed: Value
    bright: Value
    spread: Value
    closure: Value
    tucked: Value
    gate: Value
    gain: Value


@dataclass(frozen=True, slots=True)
class Articulation(Generic[Value]):
    """What the lips are to do, each in 0..1.

    `gap` after all limits, `shut` lips pressed together (bilabials), `carried` how far the jaw stays open behind them,
    `tucked` lower lip under the teeth (labiodentals), `wide`, `narrow` and `round` lips; `apart` is 0 in every closure
    and in silence.
    """

    gap: Value
    shut: Value
    carried: Value
    tucked: Value
    apart: Value
    wide: Value
    narrow: Value
    round: Value


def lips(scene: Scene) -> Curves:
    """The mouth's blendshapes in speech, absolute but for the corners (smile, stretch, dimple), which add to a face."""
    heard = _heard(scene)
    return mouth(articulation(heard, scene.clock), heard, lean_of(scene.random("lips")))


def lean_of(random: np.random.Generator) -> float:
    """Share by which the left corner of this mouth works more than the right one."""
    return LARGEST_ASYMMETRY * (2.0 * random.random() - 1.0)


def mouth(a: Articulation[Value], heard: Heard[Value], lean: float) -> dict[str, Value]:
    """The mouth's blendshapes, as `lips` has them."""
    return {**_jaw(a), **_closures(a), **_rounding(a, heard), **_teeth(a, heard), **_corners(a, lean)}


def articulation(heard: Heard[Floats], clock: Clock) -> Articulation[Floats]:
    closed = closed_lips(heard.closure, heard.gate)
    gap = lip_gap(heard, closed, clock)
    return articulated(heard, closed, gap, smoothed(gap, clock, JAW_INERTIA_SECONDS))


def closed_lips(closure: Floats, gate: Floats) -> Floats:
    """(frames,) how far the lips are closed, 0..1."""
    if np.maximum.reduce(closure, initial=0.0) <= CLOSURE_RANGE[0]:
        return np.zeros_like(closure)
    return _span(closure, *CLOSURE_RANGE) * gate


def lip_gap(heard: Heard[Floats], closed: Floats, clock: Clock) -> Floats:
    """(frames,) `Articulation.gap`."""
    wanted = JAW_PER_OPENING * heard.gain * heard.opening * heard.gate * (1.0 - closed)
    return _speed_limited(np.minimum(wanted, 1.0), clock)


def articulated(heard: Heard[Value], closed: Value, gap: Value, slow_gap: Value) -> Articulation[Value]:
    """What the lips do that are `closed` so far and leave a gap; `slow_gap` is that under the jaw's inertia."""
    gate = heard.gate
    tucked = at_most_one(heard.tucked) * gate
    shut = closed * (1.0 - tucked)
    return Articulation(
        gap=gap,
        shut=shut,
        carried=JAW_SHARE_IN_CLOSURE * slow_gap * shut,
        tucked=tucked,
        apart=gate * (1.0 - closed),
        wide=_unit(2.0 * heard.width - 1.0) * gate,
        narrow=_unit(1.0 - 2.0 * heard.width) * gate,
        round=_unit(heard.rounding) * gate,
    )


def roundings(heard: Heard[Floats], closed: Floats, gap: Floats, frames: slice) -> tuple[Floats, Floats]:
    """How far lips pucker and how far they are a funnel in some of the frames, as in `mouth`."""
    gate, gap = heard.gate[frames], gap[frames]
    round_ = _unit(heard.rounding[frames]) * gate
    narrow = _unit(1.0 - 2.0 * heard.width[frames]) * gate
    hushed = heard.hushed[frames] * (gate * (1.0 - closed[frames]))
    return _pucker(round_, gap, narrow), _funnel(round_, gap, hushed)


def lip_gain(mouth_openness: Value, energy: Value) -> Value:
    """How far the control parameters open the lips, 1 at their defaults."""
    return (0.5 + mouth_openness) * (0.9 + 0.2 * energy)


def _heard(scene: Scene) -> Heard[Floats]:
    visemes, clock, controls = scene.visemes, scene.clock, scene.controls

    def viseme(name: str) -> Floats:
        return visemes.probabilities[:, VISEME_INDEX[name]]

    return Heard(
        opening=frame_mean(visemes.opening, clock),
        width=frame_mean(visemes.width, clock),
        rounding=frame_mean(visemes.rounding, clock),
        closure=frame_peak(visemes.closure, clock),
        tucked=frame_peak(viseme("FF"), clock),
        lisped=frame_mean(viseme("TH"), clock),
        hushed=frame_mean(viseme("CH"), clock),
        hissed=frame_mean(viseme("SS"), clock),
        bright=frame_mean(viseme("E"), clock),
        spread=frame_mean(viseme("ih"), clock),
        gate=_gate(scene),
        gain=lip_gain(controls.mouth_openness, controls.energy),
    )


def _gate(scene: Scene) -> Floats:
    stretches = [(p.start - OPEN_BEFORE_SECONDS, p.end + OPEN_AFTER_SECONDS) for p in scene.speech.prosody.phrases]
    return eased(painted(stretches, scene.clock), scene.clock, GATE_FADE_SECONDS)


def _span(x: Floats, low: float, high: float) -> Floats:
    return np.asarray(minimum_jerk((x - low) / (high - low)), np.float32)


def _unit(x: Value) -> Value:
    return at_most_one(positive(x))


def _speed_limited(gap: Floats, clock: Clock) -> Floats:
    """No gap further from its neighbours' than lips can move; closures stay, what stands beside them gives way."""
    step = np.float32(FASTEST_JAW_PER_SECOND / clock.rate)
    if np.maximum.reduce(np.abs(gap[1:] - gap[:-1]), initial=0.0) < SURELY_SLOW * step:
        return gap
    for distance in range(1, int(1.0 / step) + 1):
        limited = gap.copy()
        limited[distance:] = np.minimum(limited[distance:], gap[:-distance] + distance * step)
        limited[:-distance] = np.minimum(limited[:-distance], gap[distance:] + distance * step)
        gap = limited
    return gap


def _jaw(a: Articulation[Value]) -> dict[str, Value]:
    return {"jawOpen": at_most_one(a.gap + a.carried), "mouthClose": a.carried}


def _closures(a: Articulation[Value]) -> dict[str, Value]:
    return {
        "mouthPressLeft": 0.4 * a.shut,
        "mouthPressRight": 0.4 * a.shut,
        "mouthRollLower": 0.22 * a.shut + 0.6 * a.tucked,
        "mouthRollUpper": 0.18 * a.shut,
        "mouthShrugLower": 0.12 * a.shut,
    }


def _pucker(round_: Value, gap: Value, narrow: Value) -> Value:
    return at_most_one(round_ * (0.75 - 0.5 * gap) + 0.2 * narrow)


def _funnel(round_: Value, gap: Value, hushed: Value) -> Value:
    return at_most_one(round_ * (0.25 + 0.5 * gap) + 0.35 * hushed)


def _rounding(a: Articulation[Value], heard: Heard[Value]) -> dict[str, Value]:
    hushed = heard.hushed * a.apart
    return {
        "mouthFunnel": _funnel(a.round, a.gap, hushed),
        "mouthPucker": _pucker(a.round, a.gap, a.narrow),
        "jawForward": 0.12 * hushed,
        "tongueOut": 0.2 * heard.lisped * a.apart,
    }


def _teeth(a: Articulation[Value], heard: Heard[Value]) -> dict[str, Value]:
    hissed = heard.hissed + 0.5 * heard.hushed
    spread = heard.bright + heard.spread
    lower = (0.18 * a.gap + 0.16 * hissed + 0.10 * spread) * a.apart
    upper = (0.08 * a.gap + 0.10 * hissed + 0.08 * spread) * a.apart + 0.2 * a.tucked
    return {
        "mouthLowerDownLeft": lower,
        "mouthLowerDownRight": lower,
        "mouthUpperUpLeft": upper,
        "mouthUpperUpRight": upper,
    }


def _corners(a: Articulation[Value], lean: float) -> dict[str, Value]:
    curves: dict[str, Value] = {}
    for name, share in (("mouthStretch", 0.6), ("mouthSmile", 0.12), ("mouthDimple", 0.15)):
        curves[name + "Left"] = share * (1.0 + lean) * a.wide
        curves[name + "Right"] = share * (1.0 - lean) * a.wide
    return curves
