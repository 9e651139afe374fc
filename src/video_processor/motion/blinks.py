"""Blinks: when they come, and how the lids go.

Lid curve: about 75 ms down, a short hold, 150 ms up, 160 ms at half depth (median of people talking;
the asymmetry after Evinger, Manning and Sibony 1991). Intervals are a renewal process with a refractory time,
drawn so evenly that the wanted rate is met in every stretch, yet irregular (coefficient of variation about 0.6).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gamma
from typing import Final, Generic

import numpy as np

from avatar.performance import Cue
from avatar.types import Floats
from video_processor.motion.cues import only, side
from video_processor.motion.curves import Clock, Doubles, Value, convolved, minimum_jerk, painted
from video_processor.motion.scene import Scene

CLOSING_SECONDS, HOLD_SECONDS, OPENING_SECONDS = 0.075, 0.045, 0.15
REFRACTORY_SECONDS: Final = 0.32
INTERVAL_SHAPE: Final = 1.3
"""Shape of the Weibull distribution of the intervals after the refractory time."""
DRAWN_TOGETHER: Final = 16
HIGHEST_DENSITY: Final = 0.85
"""Blinks a refractory time, at most."""

PHRASE_END_WEIGHT: Final = 4.0
"""How much likelier a blink is there, at a low `blink_rate`; at a high one there is no choice."""
PHRASE_END_SECONDS: Final = 0.4
CUE_CLEARANCE_SECONDS: Final = 0.5
CUE_DURATION_SECONDS: Final = 0.6
"""A cue of this duration, the default, blinks as fast as a blink of the rest."""
WINK_HOLD_SECONDS: Final = 0.14
SHUT_BEFORE_SECONDS: Final = 0.0225
"""Lids are shut this long before their moment, and the rest of their hold after it."""
RELAXING: Final = 0.02
"""How far lids that are held shut give way by the end of the hold."""


@dataclass(frozen=True, slots=True)
class Lids(Generic[Value]):
    """How far each lid is closed by blinks and winks, in 0..1."""

    left: Value
    right: Value

    @property
    def both(self) -> Value:
        left, right = self.left, self.right
        return np.minimum(left, right) if isinstance(left, np.ndarray) else min(left, right)


@dataclass(frozen=True, slots=True)
class Blink:
    """One closing of the lids; `at` is when they are shut, `slowness` stretches it in time."""

    at: float
    depth: float
    slowness: float = 1.0
    hold: float = HOLD_SECONDS


def lids(scene: Scene) -> Lids[Floats]:
    return closed_lids(_own_blinks(scene), scene.cues, scene.clock)


def closed_lids(own: Sequence[Blink], cues: Sequence[Cue], clock: Clock) -> Lids[Floats]:
    """The lids in their own blinks and in those that cues ask for."""
    asked = [_asked(cue) for cue in only(cues, "blink")]
    both = _closing([*own, *asked], clock)
    winks = only(cues, "wink")
    left = _closing([_wink(cue) for cue in winks if side(cue) > 0.0], clock)
    right = _closing([_wink(cue) for cue in winks if side(cue) < 0.0], clock)
    return Lids(np.maximum(both, left), np.maximum(both, right))


def lid_company(lids: Lids[Value]) -> dict[str, Value]:
    """What moves with the lids: a little of the cheek and brow, and the mouth's corner in a wink."""
    both = lids.both
    left, right = lids.left - both, lids.right - both
    return {
        "eyeSquintLeft": 0.12 * both + 0.3 * left,
        "eyeSquintRight": 0.12 * both + 0.3 * right,
        "cheekSquintLeft": 0.06 * both + 0.45 * left,
        "cheekSquintRight": 0.06 * both + 0.45 * right,
        "browDownLeft": 0.05 * both + 0.15 * left,
        "browDownRight": 0.05 * both + 0.15 * right,
        "mouthSmileLeft": 0.25 * left,
        "mouthSmileRight": 0.25 * right,
    }


def _closing(blinks: list[Blink], clock: Clock) -> Floats:
    curve = np.zeros(clock.frames, np.float32)
    if not blinks:
        return curve
    times = clock.times
    for blink in blinks:
        reach = blink.slowness * (blink.hold + OPENING_SECONDS)
        window = clock.window(blink.at - reach, blink.at + reach)
        shape = _lid_curve(times[window] - blink.at, blink)
        curve[window] = np.maximum(curve[window], blink.depth * shape)
    return curve


def _lid_curve(t: Doubles, blink: Blink) -> Doubles:
    """1 in the hold, which begins shortly before the moment and lasts after it."""
    scaled = t / blink.slowness
    past_hold = np.where(t < 0.0, -scaled - SHUT_BEFORE_SECONDS, scaled - blink.hold + SHUT_BEFORE_SECONDS)
    shut = 1.0 - RELAXING * minimum_jerk(scaled / blink.hold)
    return shut * (1.0 - minimum_jerk(past_hold / np.where(t < 0.0, CLOSING_SECONDS, OPENING_SECONDS)))


def _asked(cue: Cue) -> Blink:
    return Blink(cue.at, min(0.5 + cue.intensity, 1.0), cue_slowness(cue))


def cue_slowness(cue: Cue) -> float:
    """`Blink.slowness` of a blink or wink that a cue asks for."""
    return min(max(cue.duration / CUE_DURATION_SECONDS, 0.8), 3.0)


def _wink(cue: Cue) -> Blink:
    blink = _asked(cue)
    return Blink(cue.at, blink.depth, blink.slowness, WINK_HOLD_SECONDS)


def _own_blinks(scene: Scene) -> list[Blink]:
    asked = [cue.at for cue in only(scene.cues, "blink", "wink") if cue.at < scene.clock.seconds]
    times = list(_blink_times(_density(scene, asked), scene))
    return blinks_at(times, scene.random("lids"))


def blinks_at(times: Sequence[float], random: np.random.Generator) -> list[Blink]:
    """Blinks of the usual depths and paces."""
    depths = 0.88 + 0.12 * random.random(len(times))
    slowness = np.exp(0.15 * random.standard_normal(len(times)))
    return [Blink(at, float(d), float(s)) for at, d, s in zip(times, depths, slowness, strict=True)]


def _density(scene: Scene, asked: list[float]) -> Doubles:
    """(frames,) wanted blinks a second besides those that cues ask for: more at phrase ends, none near a cue."""
    clock = scene.clock
    half = max(1, round(PHRASE_END_SECONDS * clock.rate))
    after = np.concatenate([np.zeros(half), np.ones(half + 1)])
    ends = np.minimum(convolved(scene.phrase_ends, after) * len(after[after > 0]), 1.0)
    weight = 1.0 + PHRASE_END_WEIGHT * ends / (1.0 + scene.controls.blink_rate)
    wanted = scene.controls.blink_rate * (weight / weight.mean())
    free = 1.0 - painted([(at - CUE_CLEARANCE_SECONDS, at + CUE_CLEARANCE_SECONDS) for at in asked], clock)
    budget = float(scene.controls.blink_rate.sum() - len(asked) * clock.rate)
    share = max(budget, 0.0) / max(float((wanted * free).sum()), 1e-9)
    density = np.minimum(wanted * free * min(share, 3.0), HIGHEST_DENSITY / REFRACTORY_SECONDS)
    return np.asarray(density, np.float64)


def _blink_times(density: Doubles, scene: Scene) -> Iterator[float]:
    """Times of a renewal process whose hazard, outside its refractory time, gives the density."""
    hazard = density / (1.0 - density * REFRACTORY_SECONDS)
    edges = scene.clock.edges
    passed = np.concatenate([[0.0], np.cumsum(hazard)]) / scene.clock.rate
    intervals = unit_intervals(scene.random("blinks"))
    level = next(intervals) * 0.5
    while level < passed[-1]:
        at = float(np.interp(level, passed, edges))
        yield at
        level = float(np.interp(at + REFRACTORY_SECONDS, edges, passed)) + next(intervals)


def unit_intervals(random: np.random.Generator) -> Iterator[float]:
    """Weibull numbers of mean 1, one from each sixteenth of the distribution in every sixteen."""
    while True:
        shares = (random.permutation(DRAWN_TOGETHER) + random.random(DRAWN_TOGETHER)) / DRAWN_TOGETHER
        yield from (-np.log1p(-shares)) ** (1.0 / INTERVAL_SHAPE) / gamma(1.0 + 1.0 / INTERVAL_SHAPE)
