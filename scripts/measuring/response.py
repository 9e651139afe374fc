"""How the face answers to growing blendshapes and turns of the head, as a tracker sees it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from avatar.errors import AvatarError
from scripts.measuring.curves import Curves
from scripts.measuring.figures import Figure, Measurement, worst_of
from scripts.measuring.subjects import Subject, with_shapes

SHUT_GAP, OPEN_GAP = 0.012, 0.25
"""Inner lips at `jawOpen` 0 and 1, in distances of the outer eye corners."""

LEAST_CLOSING: Final = 0.8
TURN_DEGREES: Final = 10.0
TURN_TOLERANCE_DEGREES: Final = 2.5

SLACK: Final = 0.003
"""A step back smaller than this, in distances of the outer eye corners, is the tracker's noise."""

STEPS: Final = tuple(np.linspace(0, 1, 6).tolist())
JAW_STEPS: Final = tuple(np.linspace(0, 1, 11).tolist())

SWEEPS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], float]]] = {
    "browInnerUp": (("browInnerUp",), ("brow_inner_right", "brow_inner_left"), 1.0),
    "browOuterUp": (("browOuterUp",), ("brow_outer_right", "brow_outer_left"), 1.0),
    "browDown": (("browDown",), ("brow_right", "brow_left"), -1.0),
    "mouthSmile": (("mouthSmile",), ("smile",), 1.0),
    "mouthFrown": (("mouthFrown",), ("smile",), -1.0),
    "gaze to the left": (("eyeLookOutLeft", "eyeLookInRight"), ("gaze_x",), 1.0),
    "gaze to the right": (("eyeLookInLeft", "eyeLookOutRight"), ("gaze_x",), -1.0),
    "gaze up": (("eyeLookUp",), ("gaze_y",), 1.0),
    "gaze down": (("eyeLookDown",), ("gaze_y",), -1.0),
}
"""Shapes that are swept from 0 to 1, curves that answer, and their direction."""

LEAST_RANGE: Final[dict[str, float]] = {
    "browInnerUp": 0.03,
    "browOuterUp": 0.03,
    "browDown": 0.02,
    "mouthSmile": 0.03,
    "mouthFrown": 0.02,
    "gaze to the left": 0.08,
    "gaze to the right": 0.08,
    "gaze up": 0.03,
    "gaze down": 0.03,
}
"""What a sweep moves its curve by, at least: eye distances, for gaze eye widths."""


def measure(subjects: list[Subject]) -> Measurement:
    figures = [*_jaw(subjects), *_blink(subjects), *_turns(subjects), *_sweeps(subjects)]
    return Measurement("response", tuple(figures), {})


def sweep(subject: Subject, names: Sequence[str], steps: Sequence[float] = STEPS) -> list[Curves]:
    """The curves as the shapes go through `steps` together, with lips shut otherwise."""
    base = subject.shut
    return [subject.seen(with_shapes(base, dict.fromkeys(names, step))) for step in steps]


def largest_step_back(values: Sequence[float], direction: float = 1.0) -> float:
    """The most that a series falls below what it had reached, 0 where it only grows."""
    series = direction * np.asarray(values)
    return float(np.max(np.maximum.accumulate(series) - series))


def _jaw(subjects: list[Subject]) -> list[Figure]:
    gaps = {s.name: [c["mouth_open"] for c in sweep(s, ("jawOpen",), JAW_STEPS)] for s in subjects}
    backs = {name: largest_step_back(gap) for name, gap in gaps.items()}
    return [
        worst_of("jawOpen 0: inner-lip opening", {n: g[0] for n, g in gaps.items()}, "under", SHUT_GAP, "eyes"),
        worst_of("jawOpen 1: inner-lip opening", {n: g[-1] for n, g in gaps.items()}, "over", OPEN_GAP, "eyes"),
        worst_of("jawOpen: largest step back", backs, "at most", SLACK, "eyes"),
    ]


def closing(curves: Sequence[Curves]) -> float:
    """The share of the lids' opening that goes from the first to the last, of the eye that closes less."""
    return min(1 - curves[-1][lid] / max(curves[0][lid], 1e-3) for lid in ("lid_right", "lid_left"))


def _blink(subjects: list[Subject]) -> list[Figure]:
    sweeps = {s.name: sweep(s, ("eyeBlink",)) for s in subjects}
    back = {
        name: max(largest_step_back([c[lid] for c in curves], -1.0) for lid in ("lid_right", "lid_left"))
        for name, curves in sweeps.items()
    }
    return [
        worst_of("eyeBlink 1: share of the opening that closes", {n: closing(c) for n, c in sweeps.items()},
                 "at least", LEAST_CLOSING),
        worst_of("eyeBlink: largest step back of the aspect ratio", back, "at most", 4 * SLACK),
    ]


def turn_errors(subject: Subject, axis: str) -> float:
    """The larger error, in degrees, of turns to either side."""
    rest = subject.head.portrait.rest
    before = subject.seen(rest)[axis]
    errors = []
    for degrees in (-TURN_DEGREES, TURN_DEGREES):
        try:
            errors.append(abs(subject.seen(rest, **{axis: degrees})[axis] - before - degrees))
        except AvatarError:
            errors.append(TURN_DEGREES)
    return max(errors)


def _turns(subjects: list[Subject]) -> list[Figure]:
    return [
        worst_of(
            f"{axis} of +-{TURN_DEGREES:g}: error",
            {s.name: turn_errors(s, axis) for s in subjects},
            "at most",
            TURN_TOLERANCE_DEGREES,
            "degrees",
        )
        for axis in ("pitch", "yaw", "roll")
    ]


def _sweeps(subjects: list[Subject]) -> list[Figure]:
    figures = []
    for name, (shapes, answers, direction) in SWEEPS.items():
        seen = {s.name: sweep(s, shapes) for s in subjects}
        ranges: Mapping[str, float] = {
            n: min(direction * (curves[-1][a] - curves[0][a]) for a in answers) for n, curves in seen.items()
        }
        backs = {n: max(largest_step_back([c[a] for c in cs], direction) for a in answers) for n, cs in seen.items()}
        unit = "eye widths" if name.startswith("gaze") else "eyes"
        figures.append(worst_of(f"{name}: range", ranges, "at least", LEAST_RANGE[name], unit))
        figures.append(worst_of(f"{name}: largest step back", backs, "at most", SLACK, unit))
    return figures
