"""Lips from visemes: how the track's opening, width, rounding and closure become blendshapes.

The gap between the inner lips is 0.30 * (jawOpen - mouthClose) eye distances, plus what
mouthLowerDown and mouthUpperUp add. Running speech opens human lips by 0.090 +- 0.063 outer-eye-corner
distances, 0.192 at the 95th percentile, at speeds up to about 4 a second.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.blendshapes import VISEME_INDEX
from avatar.types import Floats
from video_processor.motion.curves import Clock, Curves, eased, frame_mean, frame_peak, minimum_jerk, painted, smoothed
from video_processor.motion.scene import Scene

JAW_PER_OPENING: Final = 0.86
"""`jawOpen` at an opening of 1, at `mouth_openness` 0.5; the lips' own part makes up the rest of the gap."""

FASTEST_JAW_PER_SECOND: Final = 12.0
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
class Heard:
    """What the lips are to show of the speech, (frames,) each.

    Means over each frame of `opening`, `width`, `rounding` and of the visemes TH, CH, SS, E and ih; the peaks of
    `closure` and of the viseme FF. `gate` is 0 where nobody speaks; `gain` scales the opening.
    """

    opening: Floats
    width: Floats
    rounding: Floats
    closure: Floats
    tucked: Floats
    lisped: Floats
    hushed: Floats
    hissed: Floats
    bright: Floats
    spread: Floats
    gate: Floats
    gain: Floats


@dataclass(frozen=True, slots=True)
class Articulation:
    """What the lips are to do, (frames,) each in 0..1.

    `gap` after all limits, `shut` lips pressed together (bilabials), `carried` how far the jaw stays open behind them,
    `tucked` lower lip under the teeth (labiodentals), `wide`, `narrow` and `round` lips; `apart` is 0 in every closure
    and in silence.
    """

    gap: Floats
    shut: Floats
    carried: Floats
    tucked: Floats
    apart: Floats
    wide: Floats
    narrow: Floats
    round: Floats


def lips(scene: Scene) -> Curves:
    """The mouth's blendshapes in speech, absolute but for the corners (smile, stretch, dimple), which add to a face."""
    heard = _heard(scene)
    return mouth(articulation(heard, scene.clock), heard, lean_of(scene.random("lips")))


def lean_of(random: np.random.Generator) -> np.float32:
    """Share by which the left corner of this mouth works more than the right one."""
    return np.float32(LARGEST_ASYMMETRY * (2.0 * random.random() - 1.0))


def mouth(a: Articulation, heard: Heard, lean: np.float32) -> Curves:
    """The mouth's blendshapes, as `lips` has them."""
    return {**_jaw(a), **_closures(a), **_rounding(a, heard), **_teeth(a, heard), **_corners(a, lean)}


def articulation(heard: Heard, clock: Clock) -> Articulation:
    gate = heard.gate
    closed = _span(heard.closure, *CLOSURE_RANGE) * gate
    tucked = np.minimum(heard.tucked, 1.0) * gate
    wanted = JAW_PER_OPENING * heard.gain * heard.opening * gate * (1.0 - closed)
    gap = _speed_limited(np.minimum(wanted, 1.0), clock)
    shut = closed * (1.0 - tucked)
    return Articulation(
        gap=gap,
        shut=shut,
        carried=JAW_SHARE_IN_CLOSURE * smoothed(gap, clock, JAW_INERTIA_SECONDS) * shut,
        tucked=tucked,
        apart=gate * (1.0 - closed),
        wide=_unit(2.0 * heard.width - 1.0) * gate,
        narrow=_unit(1.0 - 2.0 * heard.width) * gate,
        round=_unit(heard.rounding) * gate,
    )


def lip_gain(mouth_openness: Floats, energy: Floats) -> Floats:
    """How far the control parameters open the lips, 1 at their defaults."""
    return (0.5 + mouth_openness) * (0.9 + 0.2 * energy)


def _heard(scene: Scene) -> Heard:
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


def _unit(x: Floats) -> Floats:
    return np.minimum(np.maximum(x, 0.0), 1.0)


def _speed_limited(gap: Floats, clock: Clock) -> Floats:
    """No gap further from its neighbours' than lips can move; closures stay, what stands beside them gives way."""
    step = np.float32(FASTEST_JAW_PER_SECOND / clock.rate)
    for distance in range(1, int(1.0 / step) + 1):
        limited = gap.copy()
        limited[distance:] = np.minimum(limited[distance:], gap[:-distance] + distance * step)
        limited[:-distance] = np.minimum(limited[:-distance], gap[distance:] + distance * step)
        gap = limited
    return gap


def _jaw(a: Articulation) -> Curves:
    return {"jawOpen": np.minimum(a.gap + a.carried, 1.0), "mouthClose": a.carried}


def _closures(a: Articulation) -> Curves:
    return {
        "mouthPressLeft": 0.4 * a.shut,
        "mouthPressRight": 0.4 * a.shut,
        "mouthRollLower": 0.22 * a.shut + 0.6 * a.tucked,
        "mouthRollUpper": 0.18 * a.shut,
        "mouthShrugLower": 0.12 * a.shut,
    }


def _rounding(a: Articulation, heard: Heard) -> Curves:
    hushed = heard.hushed * a.apart
    return {
        "mouthFunnel": np.minimum(a.round * (0.25 + 0.5 * a.gap) + 0.35 * hushed, 1.0),
        "mouthPucker": np.minimum(a.round * (0.75 - 0.5 * a.gap) + 0.2 * a.narrow, 1.0),
        "jawForward": 0.12 * hushed,
        "tongueOut": 0.2 * heard.lisped * a.apart,
    }


def _teeth(a: Articulation, heard: Heard) -> Curves:
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


def _corners(a: Articulation, lean: np.float32) -> Curves:
    curves: Curves = {}
    for name, share in (("mouthStretch", 0.6), ("mouthSmile", 0.12), ("mouthDimple", 0.15)):
        curves[name + "Left"] = share * (1.0 + lean) * a.wide
        curves[name + "Right"] = share * (1.0 - lean) * a.wide
    return curves
