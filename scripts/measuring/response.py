"""How the face answers to growing blendshapes and turns of the head, as a tracker sees it."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

import numpy as np

from avatar.errors import AvatarError
from scripts.measuring.curves import Curves
from scripts.measuring.figures import Figure, Measurement, worst_of
from scripts.measuring.regions import part_masks
from scripts.measuring.subjects import Subject, with_shapes
from video_processor.face_checks import EYES_HIDDEN

SHUT_GAP, OPEN_GAP = 0.012, 0.25
WORST_SHUT_GAP, WORST_OPEN_GAP = 0.04, 0.22
"""Inner lips at `jawOpen` 0 and 1, in distances of the outer eye corners: half of the portraits, and each of them.

The tracker reads up to 0.037 on smiling lips that are shut, and less of an open mouth than trackers with attention.
"""

LEAST_COVERED: Final = 0.8
LEAST_CLOSING: Final = 0.6
"""Share of the lids' opening that a blink closes: of the eyeball that shows, and as the tracker sees it.

The tracker reads 0.6 to 0.87 of most blinks of real people, for its eyes never shut quite.
"""

TURN_DEGREES: Final = 10.0
TURN_TOLERANCE_DEGREES: Final = 2.5

SLACK: Final = 0.003
"""A step back smaller than this, in distances of the outer eye corners, is the tracker's noise."""

STEPS: Final = tuple(np.linspace(0, 1, 6).tolist())
JAW_STEPS: Final = tuple(np.linspace(0, 1, 11).tolist())

TO_LEFT, TO_RIGHT = ("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight")

SWEEPS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], float]]] = {
    "browInnerUp": (("browInnerUp",), ("brow_inner_right", "brow_inner_left"), 1.0),
    "browOuterUp": (("browOuterUp",), ("brow_outer_right", "brow_outer_left"), 1.0),
    "browDown": (("browDown",), ("brow_right", "brow_left"), -1.0),
    "mouthSmile": (("mouthSmile",), ("smile",), 1.0),
    "mouthFrown": (("mouthFrown",), ("smile",), -1.0),
    "gaze to the left": (TO_LEFT, ("gaze_x",), 1.0),
    "gaze to the right": (TO_RIGHT, ("gaze_x",), -1.0),
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


def visible_eyeball(subject: Subject, blink: float) -> tuple[float, float]:
    """How much the picture of each eye, right and left, changes when the eyes look from one side to the other.

    In grey levels over the opening of the portrait's lids: what lids cover cannot change.
    """
    masks = part_masks(subject.head.portrait)
    base = with_shapes(subject.shut, {"eyeBlink": blink})
    one, other = (
        subject.draw(with_shapes(base, dict.fromkeys(names, 1.0))).astype(np.float32) for names in (TO_LEFT, TO_RIGHT)
    )
    change = np.abs(one - other).mean(axis=-1)
    return float(change[masks["eye right"]].mean()), float(change[masks["eye left"]].mean())


def covered_eyeball(subject: Subject) -> float:
    """The share of what shows of the eyeball that a full blink covers, of the eye that it covers less."""
    opened, shut = visible_eyeball(subject, 0.0), visible_eyeball(subject, 1.0)
    return min(1 - b / max(a, 1e-3) for a, b in zip(opened, shut, strict=True))


def _jaw(subjects: list[Subject]) -> list[Figure]:
    gaps = {s.name: [c["mouth_open"] for c in sweep(s, ("jawOpen",), JAW_STEPS)] for s in subjects}
    backs = {name: largest_step_back(gap) for name, gap in gaps.items()}
    shut, opened = ({n: gap[end] for n, gap in gaps.items()} for end in (0, -1))
    return [
        Figure("jawOpen 0: inner-lip opening, median", median(shut.values()), "under", SHUT_GAP, "eyes"),
        worst_of("jawOpen 0: inner-lip opening", shut, "under", WORST_SHUT_GAP, "eyes"),
        Figure("jawOpen 1: inner-lip opening, median", median(opened.values()), "over", OPEN_GAP, "eyes"),
        worst_of("jawOpen 1: inner-lip opening", opened, "over", WORST_OPEN_GAP, "eyes"),
        worst_of("jawOpen: largest step back", backs, "at most", SLACK, "eyes"),
    ]


def closing(curves: Sequence[Curves]) -> float:
    """The share of the lids' opening that goes from the first to the last, of the eye that closes less."""
    return min(1 - curves[-1][lid] / max(curves[0][lid], 1e-3) for lid in ("lid_right", "lid_left"))


def _blink(subjects: list[Subject]) -> list[Figure]:
    sweeps = {s.name: sweep(s, ("eyeBlink",)) for s in subjects}
    covered = {s.name: covered_eyeball(s) for s in subjects if EYES_HIDDEN not in s.original.notes}
    closes = {name: closing(curves) for name, curves in sweeps.items()}
    back = {
        name: max(largest_step_back([c[lid] for c in curves], -1.0) for lid in ("lid_right", "lid_left"))
        for name, curves in sweeps.items()
    }
    return [
        worst_of("eyeBlink 1: share of the eyeball that it covers", covered, "at least", LEAST_COVERED),
        worst_of("eyeBlink 1: share of the opening that closes", closes, "at least", LEAST_CLOSING),
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
