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

JAW_PER_OPENING: Final = 0.95
"""`jawOpen` at an opening of 1, at `mouth_openness` 0.5; the lips' own part makes up the rest of the gap."""

FASTEST_JAW_PER_SECOND: Final = 12.0
CLOSURE_RANGE: Final = (0.25, 0.75)
"""Closure below which the lips stay apart, and above which they are shut."""

JAW_SHARE_IN_CLOSURE: Final = 0.3
JAW_INERTIA_SECONDS: Final = 0.08
PART_BEFORE_SECONDS, CLOSE_AFTER_SECONDS, GATE_FADE_SECONDS = 0.3, 0.45, 0.3
"""Lips begin to part so long before a phrase, and are closed so long after it."""

LARGEST_ASYMMETRY: Final = 0.06
"""Share by which one side of the mouth works more than the other."""


@dataclass(frozen=True, slots=True)
class Articulation:
    """What the lips are to do, (frames,) each in 0..1.

    `gap` after all limits, `shut` lips pressed together (bilabials), `tucked` lower lip under the teeth
    (labiodentals), `wide`, `narrow` and `round` lips; `apart` is 0 in every closure and in silence.
    """

    gap: Floats
    shut: Floats
    tucked: Floats
    apart: Floats
    wide: Floats
    narrow: Floats
    round: Floats


def lips(scene: Scene) -> Curves:
    """The mouth's blendshapes in speech, absolute but for the corners (smile, stretch, dimple), which add to a face."""
    a = articulation(scene)
    return {**_jaw(a, scene.clock), **_closures(a), **_rounding(a, scene), **_teeth(a, scene), **_corners(a, scene)}


def articulation(scene: Scene) -> Articulation:
    visemes, clock = scene.visemes, scene.clock
    gate = _gate(scene)
    closed = _span(frame_peak(visemes.closure, clock), *CLOSURE_RANGE) * gate
    tucked = np.minimum(frame_peak(_probability(scene, "FF"), clock), 1.0) * gate
    gain = (0.5 + scene.controls.mouth_openness) * (0.9 + 0.2 * scene.controls.energy)
    wanted = JAW_PER_OPENING * gain * frame_mean(visemes.opening, clock) * gate * (1.0 - closed)
    width = frame_mean(visemes.width, clock)
    return Articulation(
        gap=_speed_limited(np.minimum(wanted, 1.0), clock),
        shut=closed * (1.0 - tucked),
        tucked=tucked,
        apart=gate * (1.0 - closed),
        wide=np.clip(2.0 * width - 1.0, 0.0, 1.0) * gate,
        narrow=np.clip(1.0 - 2.0 * width, 0.0, 1.0) * gate,
        round=np.clip(frame_mean(visemes.rounding, clock), 0.0, 1.0) * gate,
    )


def _gate(scene: Scene) -> Floats:
    margin = GATE_FADE_SECONDS / 2
    phrases = scene.speech.prosody.phrases
    stretches = [(p.start - PART_BEFORE_SECONDS + margin, p.end + CLOSE_AFTER_SECONDS - margin) for p in phrases]
    return eased(painted(stretches, scene.clock), scene.clock, GATE_FADE_SECONDS)


def _span(x: Floats, low: float, high: float) -> Floats:
    return np.asarray(minimum_jerk((x - low) / (high - low)), np.float32)


def _speed_limited(gap: Floats, clock: Clock) -> Floats:
    """No gap further from its neighbours' than lips can move; closures stay, what stands beside them gives way."""
    step = np.float32(FASTEST_JAW_PER_SECOND / clock.rate)
    for distance in range(1, int(1.0 / step) + 1):
        limited = gap.copy()
        limited[distance:] = np.minimum(limited[distance:], gap[:-distance] + distance * step)
        limited[:-distance] = np.minimum(limited[:-distance], gap[distance:] + distance * step)
        gap = limited
    return gap


def _jaw(a: Articulation, clock: Clock) -> Curves:
    carried = JAW_SHARE_IN_CLOSURE * smoothed(a.gap, clock, JAW_INERTIA_SECONDS) * a.shut
    return {"jawOpen": np.minimum(a.gap + carried, 1.0), "mouthClose": carried}


def _closures(a: Articulation) -> Curves:
    return {
        "mouthPressLeft": 0.4 * a.shut,
        "mouthPressRight": 0.4 * a.shut,
        "mouthRollLower": 0.22 * a.shut + 0.6 * a.tucked,
        "mouthRollUpper": 0.18 * a.shut,
        "mouthShrugLower": 0.12 * a.shut,
    }


def _rounding(a: Articulation, scene: Scene) -> Curves:
    hushed = _mean(scene, "CH") * a.apart
    return {
        "mouthFunnel": np.minimum(a.round * (0.25 + 0.5 * a.gap) + 0.35 * hushed, 1.0),
        "mouthPucker": np.minimum(a.round * (0.75 - 0.5 * a.gap) + 0.2 * a.narrow, 1.0),
        "jawForward": 0.12 * hushed,
        "tongueOut": 0.2 * _mean(scene, "TH") * a.apart,
    }


def _teeth(a: Articulation, scene: Scene) -> Curves:
    hissed = _mean(scene, "SS") + 0.5 * _mean(scene, "CH")
    spread = _mean(scene, "E") + _mean(scene, "ih")
    lower = (0.18 * a.gap + 0.16 * hissed + 0.10 * spread) * a.apart
    upper = (0.08 * a.gap + 0.10 * hissed + 0.08 * spread) * a.apart + 0.2 * a.tucked
    return {
        "mouthLowerDownLeft": lower,
        "mouthLowerDownRight": lower,
        "mouthUpperUpLeft": upper,
        "mouthUpperUpRight": upper,
    }


def _corners(a: Articulation, scene: Scene) -> Curves:
    lean = np.float32(LARGEST_ASYMMETRY * (2.0 * scene.random("lips").random() - 1.0))
    curves: Curves = {}
    for name, share in (("mouthStretch", 0.6), ("mouthSmile", 0.12), ("mouthDimple", 0.15)):
        curves[name + "Left"] = share * (1.0 + lean) * a.wide
        curves[name + "Right"] = share * (1.0 - lean) * a.wide
    return curves


def _probability(scene: Scene, viseme: str) -> Floats:
    return scene.visemes.probabilities[:, VISEME_INDEX[viseme]]


def _mean(scene: Scene, viseme: str) -> Floats:
    return frame_mean(_probability(scene, viseme), scene.clock)
