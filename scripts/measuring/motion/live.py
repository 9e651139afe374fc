"""Live motion beside that of whole sounds: the same lips, no jumps, the wanted blinks, nothing that comes again."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from avatar.performance import Performance
from avatar.types import FaceMotion, Floats, Speech
from scripts.measuring.figures import Figure, Measurement, worst_of
from scripts.measuring.made_speech import make_speech
from scripts.measuring.motion.curves import blink_times, lip_gap
from scripts.measuring.motion.limits import LIMITS, MEANINGS, ROUNDING, Extremes, extremes
from scripts.measuring.motion.live_playing import Feeding, idle, new_session, played_live, shown, wild
from scripts.measuring.motion.people import demo_speech, recordings
from scripts.measuring.motion.people import summary as people_summary
from scripts.measuring.motion.people import values as people_values
from scripts.measuring.motion.playing import FPS, played, with_controls

KNOWN_AHEAD: Final = {"all of it": float("inf"), "200 ms": 0.2, "100 ms": 0.1, "60 ms": 0.06}
LEAST_ALIKE: Final = {"all of it": 0.97, "100 ms": 0.93}
"""Correlation with the motion of the whole sound."""

WIDEST_JAW_DIFFERENCE: Final = 0.02
CLOSED_GAP: Final = 0.01
SPEECH_NEAR_SECONDS: Final = 0.2
PRESSED: Final = 0.3
"""`mouthPress` of a closure in speech: of the 0.4 that shut lips have."""

WILD_SESSIONS: Final = 12
WILD_SECONDS: Final = 20.0
SPEEDS: Final = ("head_speed", "expression_speed", "lid_speed", "jaw_speed")
BLINK_RATES: Final = (0.0, 0.1, 0.5, 1.0, 2.0)
WIDEST_BLINK_ERROR: Final = 0.1
BLINK_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 300.0
STRETCH_SECONDS: Final = 6.0
MOST_ALIKE_STRETCHES: Final = 0.95
COST_SECONDS: Final = 20.0
MOST_MILLISECONDS: Final = 0.7
RUNS: Final = 3


def measure(folders: Sequence[Path]) -> Measurement:
    speeches = {"demo text": demo_speech()}
    for folder in folders:
        speeches |= recordings(folder)
    lips = {name: _lips(speech) for name, speech in speeches.items()}
    figures = [*_lip_figures(lips), *_speed_figures(), *_blink_figures(), _repetition(), _cost()]
    people = {name: people_values(played_live(speech, 0.1)) for name, speech in speeches.items()}
    tables = {
        f"lips beside those of whole sounds, {len(speeches)} sounds": _lip_table(lips),
        f"live, known 100 ms ahead, {len(speeches)} sounds": people_summary(people),
    }
    return Measurement("live", tuple(figures), tables)


def alike(live: FaceMotion, whole: FaceMotion) -> dict[str, float]:
    """Correlations of jaw and lip gap, the mean difference of the jaw, and the share of closures that are kept."""
    jaw, other = live.shape("jawOpen"), whole.shape("jawOpen")
    shut = (whole.shape("mouthPressLeft") > PRESSED) & (lip_gap(whole) < CLOSED_GAP) & _in_speech(whole)
    kept = float((lip_gap(live)[shut] < CLOSED_GAP).mean()) if shut.any() else 1.0
    return {
        "jaw": float(np.corrcoef(jaw, other)[0, 1]),
        "gap": float(np.corrcoef(lip_gap(live), lip_gap(whole))[0, 1]),
        "difference": float(np.abs(jaw - other).mean()),
        "closures": kept,
    }


def _in_speech(motion: FaceMotion) -> NDArray[np.bool_]:
    """Frames with the lips apart within 0.2 s, before and after."""
    apart = np.flatnonzero(lip_gap(motion) >= CLOSED_GAP)
    frames, reach = np.arange(len(motion)), round(SPEECH_NEAR_SECONDS * float(motion.fps))
    if not len(apart):
        return np.zeros(len(motion), np.bool_)
    after = np.searchsorted(apart, frames)
    before_gap = frames - apart[np.maximum(after - 1, 0)]
    after_gap = apart[np.minimum(after, len(apart) - 1)] - frames
    return np.asarray((np.abs(before_gap) <= reach) & (np.abs(after_gap) <= reach), np.bool_)


def _lips(speech: Speech) -> dict[str, dict[str, float]]:
    whole = played(speech, Performance())
    return {name: alike(played_live(speech, ahead), whole) for name, ahead in KNOWN_AHEAD.items()}


def _lip_figures(lips: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[Figure]:
    def each(known: str, what: str) -> dict[str, float]:
        return {name: taken[known][what] for name, taken in lips.items()}

    figures = []
    for known, least in LEAST_ALIKE.items():
        figures += [
            worst_of(f"jaw as in the whole, {known} known: correlation", each(known, "jaw"), "at least", least),
            worst_of(f"lip gap as in the whole, {known} known: correlation", each(known, "gap"), "at least", least),
            worst_of(f"jaw off the whole's, {known} known: mean", each(known, "difference"), "at most", 0.02),
            worst_of(f"closures kept, {known} known", each(known, "closures"), "at least", 1.0),
        ]
    return figures


def _lip_table(lips: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[list[str]]:
    rows = [["known ahead", "jaw, correlation", "lip gap, correlation", "jaw, mean difference", "closures kept"]]
    for known in KNOWN_AHEAD:
        means = [
            float(np.mean([taken[known][what] for taken in lips.values()])) for what in next(iter(lips.values()))[known]
        ]
        rows.append([known, *(f"{value:.3f}" for value in means)])
    return rows


def _speed_figures() -> list[Figure]:
    worst, calm, stirred = Extremes(), 0.0, 0.0
    for seed in range(WILD_SESSIONS):
        motion = wild(WILD_SECONDS, seed=seed)
        worst = worst.joined(extremes(motion))
        stirred = max(stirred, bent(motion))
        calm = max(calm, bent(played(make_speech(WILD_SECONDS, seed=seed), with_controls(mouth_openness=1, energy=1))))
    speeds = [
        Figure(
            f"anything at any moment: {MEANINGS[name]}",
            getattr(worst, name),
            "at most",
            getattr(LIMITS, name) * (1.0 + ROUNDING),
        )
        for name in SPEEDS
    ]
    return [
        *speeds,
        Figure(
            "anything at any moment: jaw's change of speed over that of whole sounds, wide open",
            stirred / calm,
            "at most",
            1.2,
        ),
    ]


def bent(motion: FaceMotion) -> float:
    """The largest change of the jaw's step from one frame to the next."""
    return float(np.abs(np.diff(motion.shape("jawOpen"), 2)).max())


def _blink_figures() -> list[Figure]:
    figures = []
    for rate in BLINK_RATES:
        found = len(blink_times(idle(BLINK_SECONDS, blink_rate=rate))) / BLINK_SECONDS
        off = abs(found - rate)
        figures.append(
            Figure(
                f"idle, blink_rate {rate:g}: blinks a second off", off, "at most", max(WIDEST_BLINK_ERROR, 0.1 * rate)
            )
        )
    return figures


def _repetition() -> Figure:
    motion = idle(IDLE_SECONDS)
    value = most_alike(motion.pose[:, :3], round(STRETCH_SECONDS * float(FPS)))
    return Figure(
        f"idle head: two stretches of {STRETCH_SECONDS:g} s in {IDLE_SECONDS:g} s, correlation",
        value,
        "at most",
        MOST_ALIKE_STRETCHES,
    )


def most_alike(curves: Floats, length: int) -> float:
    """The highest correlation of two stretches of curves (n, k) that do not overlap; those begin on a coarse grid."""
    step = max(length // 8, 1)
    starts = np.arange(0, len(curves) - length, step)
    pieces = np.stack([curves[start : start + length : 5] for start in starts])
    pieces = pieces - pieces.mean(axis=1, keepdims=True)
    flat = pieces.reshape(len(pieces), -1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    likeness = flat @ flat.T
    near = np.abs(starts[:, None] - starts[None]) < length
    return float(np.where(near, -1.0, likeness).max())


def _cost() -> Figure:
    with threadpool_limits(1):
        taken = [cost for _ in range(RUNS) for cost in _milliseconds()]
    return Figure(
        "a frame of speech, processor time, best of its seconds", min(taken), "at most", MOST_MILLISECONDS, "ms"
    )


def _milliseconds() -> Iterator[float]:
    """Of a frame, the mean of each second."""
    feeding, session, second = Feeding(make_speech(COST_SECONDS)), new_session(), round(float(FPS))
    for first in range(0, round(COST_SECONDS) * second, second):
        started = time.process_time()
        shown(session, second, lambda session, at: feeding.feed(session, at + 0.1), first=first)
        yield 1000.0 * (time.process_time() - started) / second
