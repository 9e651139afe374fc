"""Cues: each peaks at its moment, starts and ends smoothly, and any two go together."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Final

import numpy as np

from avatar.performance import ACTIONS, Action, ControlParameters, Cue
from avatar.types import FaceMotion, Floats, Speech
from scripts.measuring.figures import Figure, Measurement, worst_of
from scripts.measuring.made_speech import make_silence, make_speech
from scripts.measuring.motion.curves import head_speed, room_gaze
from scripts.measuring.motion.limits import LIMITS, Extremes, exceeded, extremes
from scripts.measuring.motion.playing import FPS, played, with_cues

SECONDS: Final = 8.0
RATES: Final = (Fraction(24000, 1001), Fraction(25), Fraction(60))
DURATIONS: Final = (0.05, 0.2, 0.6, 1.5, 4.0)
INTENSITIES: Final = (0.3, 0.6, 1.0)
MOMENTS: Final = (3.0, 3.413, 4.77)
SEEDS: Final = (1, 2, 3, 4, 5)
NEAR_SECONDS: Final = 0.45
"""Own blinks keep further away from those that are asked for."""

PEAK_SECONDS: Final = 0.08
LEAST_EFFECT: Final = 0.1
LIVELY_SHARE: Final = 0.8
STILL_RATIO: Final = 0.35
FIRST_TENTH: Final = 0.06
"""What a minimum-jerk rise is under a tenth of its time after it is seen to move; a ramp has gone 0.1, a spring 0.3."""

FINE: Final = Fraction(240)

Take = Callable[[FaceMotion], Floats]


def _shape(name: str) -> Take:
    return lambda motion: motion.shape(name)


def _pose(axis: int, sign: float = 1.0) -> Take:
    return lambda motion: np.asarray(sign * motion.pose[:, axis], np.float32)


OWN: Final[dict[Action, tuple[str, Take, float]]] = {
    "nod": ("head down, degrees", _pose(0, -1.0), 6.0),
    "shake": ("head aside, degrees", _pose(1), 7.0),
    "tilt": ("roll, degrees", _pose(2), 6.0),
    "turn": ("yaw, degrees", _pose(1), 8.0),
    "look": ("gaze in the room, degrees", lambda m: np.asarray(room_gaze(m)[:, 0], np.float32), 16.0),
    "blink": ("lid", _shape("eyeBlinkRight"), 1.0),
    "wink": (
        "one lid less the other",
        lambda m: np.asarray(m.shape("eyeBlinkLeft") - m.shape("eyeBlinkRight"), np.float32),
        1.0,
    ),
    "brow_raise": ("browOuterUp", _shape("browOuterUpLeft"), 0.8),
    "frown": ("browDown", _shape("browDownLeft"), 0.8),
    "smile": ("mouthSmile", _shape("mouthSmileLeft"), 0.7),
    "eyes_wide": ("eyeWide", _shape("eyeWideLeft"), 0.9),
    "squint": ("eyeSquint", _shape("eyeSquintLeft"), 0.9),
    "lean": ("towards the viewer, eye distances", _pose(5), 0.12),
}
"""What an action moves: its name, the curve, and about how far at full intensity."""

REPLACING: Final = ("look", "blink", "wink")
"""Actions in whose place nothing of its kind happens; others come on top of what the face does anyway."""


def measure(*, rates: Sequence[Fraction] = RATES, seeds: Sequence[int] = SEEDS) -> Measurement:
    speech = make_speech(SECONDS)
    rows = [["action", "moves", "at full intensity", "peak off, alone", "peak off, in a lively face", "within 80 ms"]]
    quiet: dict[str, float] = {}
    lively: dict[str, float] = {}
    shares: dict[str, float] = {}
    for action, (what, _, _) in OWN.items():
        alone = [peak_error(action, cue, speech, fps) for cue in every_cue(action) for fps in rates]
        quiet[action] = max(alone)
        among = [lively_error(action, at, speech, seed) for at in MOMENTS for seed in seeds]
        lively[action], shares[action] = float(np.median(among)), float(np.mean(np.array(among) <= PEAK_SECONDS))
        cells = (f"{1000 * quiet[action]:.0f} ms", f"{1000 * lively[action]:.0f} ms", f"{100 * shares[action]:.0f} %")
        rows.append([action, what, f"{full_effect(action, speech):.2f}", *cells])
    figures = (
        worst_of("peak off its moment, alone, any intensity, duration and rate", quiet, "at most", PEAK_SECONDS, "s"),
        worst_of("peak off its moment in a lively face, median", lively, "at most", PEAK_SECONDS, "s"),
        worst_of("share of cues in a lively face that peak within 80 ms", shares, "at least", LIVELY_SHARE),
        Figure("still: head speed while it holds over that without it", stillness(), "at most", STILL_RATIO),
        worst_of("share of the way in the first tenth of a rise", dict(onsets()), "at most", FIRST_TENTH),
        *pair_figures(),
    )
    return Measurement("cues", figures, {"cues": rows})


def every_cue(action: Action) -> Iterator[Cue]:
    for intensity, duration, at in product(INTENSITIES, DURATIONS, MOMENTS):
        yield Cue(action=action, at=at, intensity=intensity, duration=duration, direction=1.0)


def effect(action: Action, cue: Cue, speech: Speech, fps: Fraction, controls: ControlParameters, seed: int) -> Floats:
    """(frames,) what the cue does to its own curve."""
    take = OWN[action][1]
    with_it = take(played(speech, with_cues([cue], controls), seed=seed, fps=fps))
    if action in REPLACING:
        return with_it
    return with_it - take(played(speech, with_cues([], controls), seed=seed, fps=fps))


def peak_error(action: Action, cue: Cue, speech: Speech, fps: Fraction) -> float:
    """Seconds from the cue's moment to where its effect is largest, in a face that does little else."""
    return _error(effect(action, cue, speech, fps, with_cues([]).controls, 1), cue.at, fps)


def lively_error(action: Action, at: float, speech: Speech, seed: int) -> float:
    """The same in a face that plays the default control parameters, at full intensity."""
    cue = Cue(action=action, at=at, intensity=1.0, direction=1.0)
    return _error(effect(action, cue, speech, FPS, ControlParameters(), seed), at, FPS)


def full_effect(action: Action, speech: Speech) -> float:
    cue = Cue(action=action, at=MOMENTS[0], intensity=1.0, direction=1.0)
    return float(effect(action, cue, speech, FPS, with_cues([]).controls, 1).max())


def _error(curve: Floats, at: float, fps: Fraction) -> float:
    times = (np.arange(len(curve)) + 0.5) / float(fps)
    near = np.abs(times - at) <= NEAR_SECONDS
    return float(abs(times[near][int(np.argmax(curve[near]))] - at))


def stillness() -> float:
    """How much the head moves in a `still` of full intensity, as a share of how much it would."""
    speech, at, length = make_speech(SECONDS), 3.0, 3.0
    held = slice(round(at * float(FPS)), round((at + 0.8 * (length - 1.0)) * float(FPS)))
    still = Cue(action="still", at=at, intensity=1.0, duration=length)
    calm, usual = (
        [head_speed(played(speech, with_cues(cues, ControlParameters()), seed=seed)[held]) for seed in SEEDS]
        for cues in ([still], [])
    )
    return float(np.mean(calm) / np.mean(usual))


def onsets() -> Iterator[tuple[str, float]]:
    """How far every action is on its way after a tenth of its rise, and a tenth before it is over."""
    silence = make_silence(SECONDS)
    for action in OWN:
        cue = Cue(action=action, at=MOMENTS[0], intensity=1.0, duration=1.5, direction=1.0)
        curve = effect(action, cue, silence, FINE, with_cues([]).controls, 1)
        peak = int(np.argmax(curve))
        moving = np.flatnonzero(np.abs(curve[: peak + 1]) > 0.001 * curve[peak])
        tenth = moving[0] + (peak - moving[0]) // 10
        yield action, float(abs(curve[tenth]) / curve[peak])


def pair_figures(shifts: Sequence[float] = (0.0, 0.15)) -> list[Figure]:
    """Any two actions at once or shortly after each other, on either side: nothing beyond the limits."""
    silence = make_silence(SECONDS)
    worst = Extremes()
    pairs = list(combinations_with_replacement(ACTIONS, 2))
    for (one, other), shift, side in product(pairs, shifts, (1.0, -1.0)):
        cues = [
            Cue.model_validate({"action": one, "at": 3.0, "intensity": 1.0, "direction": 1.0}),
            Cue.model_validate({"action": other, "at": 3.0 + shift, "intensity": 1.0, "direction": side}),
        ]
        worst = worst.joined(extremes(played(silence, with_cues(cues), fps=Fraction(60))))
    return [
        Figure(f"limits exceeded by {len(pairs)} pairs of actions", float(len(exceeded(worst))), "at most", 0.0),
        Figure("fastest head in any pair", worst.head_speed, "at most", LIMITS.head_speed, "degrees/s"),
    ]
