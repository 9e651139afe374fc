"""How often, how densely and how exactly cues come in performances."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import Action, Cue, Performance
from avatar.types import FaceMotion, Floats, Speech, frame_count
from orchestrator.director.gestures import LEAST_STRESS
from orchestrator.director.rules import direct
from orchestrator.director.thinning import HEAD_ACTIONS
from video_processor.motion.synthesis import synthesise_motion

FINE_FPS: Final = Fraction(100)
NEAR_SECONDS: Final = 0.3
"""A stress has a cue where one is so near."""

CURVES: Final[Mapping[Action, str]] = {
    "nod": "pitch",
    "tilt": "roll",
    "turn": "yaw",
    "shake": "yaw",
    "brow_raise": "browOuterUpLeft",
    "frown": "browDownLeft",
    "smile": "mouthSmileLeft",
    "eyes_wide": "eyeWideLeft",
    "squint": "eyeSquintLeft",
    "blink": "eyeBlinkLeft",
}
"""Where each shows; a look goes over fixations that the eyes have anyway, and has no curve of its own."""

AXES: Final = ("pitch", "yaw", "roll")

Rows = list[list[str]]


def densities(speeches: Mapping[str, Speech]) -> Rows:
    """Cues a minute by their action, for each speech and over all of it."""
    found = {name: direct(speech, ()).cues for name, speech in speeches.items()}
    counts = {name: Counter(cue.action for cue in cues) for name, cues in found.items()}
    actions = [action for action, _ in sum(counts.values(), Counter[Action]()).most_common()]
    rows = [["", "s", "stresses", "cues", *actions]]
    for name, speech in speeches.items():
        rows.append(_per_minute(name, speech.duration, len(speech.prosody.emphases), counts[name], actions))
    seconds = sum(speech.duration for speech in speeches.values())
    stresses = sum(len(speech.prosody.emphases) for speech in speeches.values())
    rows.append(_per_minute("all", seconds, stresses, sum(counts.values(), Counter[Action]()), actions))
    return rows


def _per_minute(
    name: str, seconds: float, stresses: int, counts: Mapping[Action, int], actions: Sequence[Action]
) -> list[str]:
    values = (stresses, sum(counts.values()), *(counts.get(action, 0) for action in actions))
    return [name, f"{seconds:.0f}", *(f"{60 * value / max(seconds, 1e-9):.1f}" for value in values)]


def spacings(speeches: Mapping[str, Speech]) -> Rows:
    """Of the cues that move the head and of the brows': least, median and largest distance; and the stresses met."""
    rows = [["", "least s", "median s", "variation", "stresses with a cue"]]
    for name, actions in (("head", HEAD_ACTIONS), ("brows", ("brow_raise",)), ("both", (*HEAD_ACTIONS, "brow_raise"))):
        gaps: list[float] = []
        met: list[bool] = []
        for speech in speeches.values():
            at = [cue.at for cue in direct(speech, ()).cues if cue.action in actions]
            gaps += [b - a for a, b in pairwise(at)]
            strong = [e.time for e in speech.prosody.emphases if e.strength >= LEAST_STRESS]
            met += [any(abs(time - other) <= NEAR_SECONDS for other in at) for time in strong]
        spread = float(np.std(gaps) / np.mean(gaps))
        rows.append(
            [name, f"{min(gaps):.2f}", f"{np.median(gaps):.1f}", f"{spread:.2f}", f"{100 * np.mean(met):.0f} %"]
        )
    return rows


def head_and_brows(speeches: Mapping[str, Speech], seeds: Sequence[int] = (0, 1, 2)) -> Rows:
    """What the cues add to the motion: medians over the speeches, without cues and with them."""
    rows = [["", "pitch sd", "yaw sd", "roll sd", "head speed", "brows sd"]]
    for name in ("without cues", "with cues"):
        values = []
        for speech in speeches.values():
            played = direct(speech, ())
            played = played if name == "with cues" else played.model_copy(update={"cues": ()})
            values += [_spreads(motion_of(speech, played, Fraction(25), seed)) for seed in seeds]
        rows.append([name, *(f"{value:.2f}" for value in np.median(values, axis=0))])
    return rows


def _spreads(motion: FaceMotion) -> list[float]:
    turn = motion.pose[:, :3]
    speed = np.linalg.norm(np.diff(turn, axis=0), axis=1) * float(motion.fps)
    return [*turn.std(axis=0).tolist(), float(speed.mean()), float(motion.shape("browOuterUpLeft").std())]


def peak_errors(speech: Speech) -> dict[Action, list[float]]:
    """Seconds from the loudest moment of each cue's word to where the motion of that cue alone peaks."""
    quiet = replace(speech, prosody=replace(speech.prosody, emphases=()))
    plain = motion_of(quiet, Performance(), FINE_FPS)
    errors: dict[Action, list[float]] = {}
    for cue in direct(speech, ()).cues:
        if cue.word is None or cue.action not in CURVES:
            continue
        moved = motion_of(quiet, Performance(cues=(cue,)), FINE_FPS)
        errors.setdefault(cue.action, []).append(_peak(moved, plain, cue) - cue.at)
    return errors


def _peak(moved: FaceMotion, plain: FaceMotion, cue: Cue) -> float:
    change = np.abs(_curve(moved, cue.action) - _curve(plain, cue.action))
    first = max(round((cue.at - 1.0) * float(FINE_FPS)), 0)
    window = change[first : round((cue.at + 1.0) * float(FINE_FPS))]
    return (first + int(np.argmax(window))) / float(FINE_FPS)


def _curve(motion: FaceMotion, action: Action) -> Floats:
    name = CURVES[action]
    return motion.pose[:, AXES.index(name)] if name in AXES else motion.shape(name)


def motion_of(speech: Speech, performance: Performance, fps: Fraction, seed: int = 0) -> FaceMotion:
    frames = frame_count(speech.duration, fps)
    rest = np.zeros(len(BLENDSHAPES), np.float32)
    return synthesise_motion(speech, performance, fps=fps, frames=frames, rest=rest, seed=seed)


def exactness(speeches: Mapping[str, Speech]) -> Rows:
    """How far from the loudest moment of their word the motion of cues peaks."""
    errors: dict[Action, list[float]] = {}
    for speech in speeches.values():
        for action, found in peak_errors(speech).items():
            errors.setdefault(action, []).extend(found)
    rows = [["", "cues", "mean ms", "largest ms"]]
    for action, found in sorted(errors.items()):
        size = 1000 * np.abs(found)
        rows.append([action, str(len(found)), f"{size.mean():.0f}", f"{size.max():.0f}"])
    return rows


def overhead(speeches: Mapping[str, Speech]) -> Rows:
    """Milliseconds that the director takes, for a minute of speech."""
    rows = [["", "ms a minute"]]
    for name, speech in speeches.items():
        began = time.perf_counter()
        direct(speech, ())
        rows.append([name, f"{1000 * (time.perf_counter() - began) * 60 / speech.duration:.1f}"])
    return rows
