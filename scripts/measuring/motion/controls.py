"""Every control parameter on every curve: its own goes one way, others move as the coupling matrix says."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar.types import Speech
from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.made_speech import make_speech
from scripts.measuring.motion.curves import CURVES
from scripts.measuring.motion.playing import played, with_controls

SECONDS: Final = 600.0
SEEDS: Final = (1, 2, 3, 4, 5)
BLINK_RATES: Final = (0.1, 0.5, 1.0)
BLINK_TOLERANCE: Final = 0.1
LEAST_STEP: Final = 0.05
"""Every step of a parameter's own curve is at least this share of its range."""

NOTHING: Final = 1e-5
SIGNED: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
SHARE: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
HAPPY: Final = {"label": "happy", "valence": 0.8, "arousal": 0.3}


@dataclass(frozen=True, slots=True)
class Control:
    """A parameter: its values, the curve that is its own and whether that rises with it; `path` within the controls."""

    name: str
    values: tuple[float, ...]
    own: str
    rises: bool = True
    path: tuple[str, ...] = ()
    beside: dict[str, Any] | None = None

    def settings(self, value: float) -> dict[str, Any]:
        *outer, last = self.path or (self.name,)
        settings: dict[str, Any] = {last: value}
        for name in reversed(outer):
            settings = {name: settings}
        return {**(self.beside or {}), **settings}


CONTROLS: Final = (
    Control("blink_rate", (0.1, 0.3, 0.5, 0.75, 1.0, 2.0), "blinks"),
    Control("head_tilt", SIGNED, "pitch"),
    Control("head_motion", SHARE, "head_spread"),
    Control("gaze_contact", SHARE, "gaze_away", rises=False),
    Control("eyebrow_raise", SIGNED, "brows"),
    Control("smile", SIGNED, "corners"),
    Control("mouth_openness", SHARE, "jaw"),
    Control("energy", SHARE, "brow_spread"),
    Control("expression_intensity", SHARE, "posture", beside={"emotion": HAPPY}),
    Control("valence", SIGNED, "corners", path=("emotion", "valence")),
    Control("arousal", SIGNED, "lids", rises=False, path=("emotion", "arousal")),
)

Matrix = dict[str, dict[str, float]]
"""Change of every curve from a parameter's least value to its largest, by parameter and curve."""


def measure() -> Measurement:
    speeches = {seed: make_speech(SECONDS, seed=seed) for seed in SEEDS}
    figures, rows = [*_blink_figures(speeches)], [["parameter", "own curve", "at its values"]]
    for control in CONTROLS:
        taken = swept(control, speeches)
        own = taken[control.own] if control.rises else -taken[control.own]
        steps = np.diff(own, axis=1) / np.ptp(own, axis=1, keepdims=True)
        name = f"{control.name}: least step of {CURVES[control.own].title}, share of its range, any seed"
        figures.append(Figure(name, float(steps.min()), "over", LEAST_STEP))
        means = taken[control.own].mean(axis=0)
        values = zip(control.values, means, strict=True)
        digits = CURVES[control.own].digits
        rows.append(
            [control.name, CURVES[control.own].title, ", ".join(f"{v:g}: {mean:.{digits}f}" for v, mean in values)]
        )
    title = f"own curve of every parameter, mean of {len(SEEDS)} seeds of {SECONDS:g} s"
    return Measurement("controls", tuple(figures), {title: rows, "coupling": matrix_rows(coupling_matrix(speeches))})


def _blink_figures(speeches: dict[int, Speech]) -> list[Figure]:
    figures = []
    for rate in BLINK_RATES:
        counted = [_taken("blinks", speech, {"blink_rate": rate}, seed) for seed, speech in speeches.items()]
        off = max(abs(count / rate - 1.0) for count in counted)
        name = f"blink_rate {rate:g}: blinks a second off, worst of {len(speeches)} seeds"
        figures.append(Figure(name, off, "at most", BLINK_TOLERANCE))
    return figures


def swept(control: Control, speeches: dict[int, Speech]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """(seeds, values) of the control's own curve."""
    taken = [
        [_taken(control.own, speech, control.settings(value), seed) for value in control.values]
        for seed, speech in speeches.items()
    ]
    return {control.own: np.array(taken)}


def coupling_matrix(speeches: dict[int, Speech]) -> Matrix:
    """Means over the speeches, which are given by their seeds."""
    matrix: Matrix = {}
    for control in CONTROLS:
        changes = [_changes(control, speech, seed) for seed, speech in speeches.items()]
        matrix[control.name] = {name: float(np.mean([c[name] for c in changes])) for name in CURVES}
    return matrix


def _changes(control: Control, speech: Speech, seed: int) -> dict[str, float]:
    low, high = (
        played(speech, with_controls(**control.settings(value)), seed=seed)
        for value in (control.values[0], control.values[-1])
    )
    return {name: curve.take(high) - curve.take(low) for name, curve in CURVES.items()}


def _taken(curve: str, speech: Speech, settings: dict[str, Any], seed: int) -> float:
    return CURVES[curve].take(played(speech, with_controls(**settings), seed=seed))


def matrix_rows(matrix: Matrix) -> list[list[str]]:
    """The matrix as a table; a dot where nothing moves."""
    head = ["from least to largest", *(f"{curve.title} ({curve.unit})" for curve in CURVES.values())]
    return [head, *([name, *(_cell(curve, row[curve]) for curve in CURVES)] for name, row in matrix.items())]


def _cell(curve: str, change: float) -> str:
    written = f"{change:+.{CURVES[curve].digits}f}"
    return written if abs(change) > NOTHING and float(written) else "·"


def read_matrix(rows: list[list[str]]) -> Matrix:
    """The matrix of a table as `matrix_rows` writes it."""
    return {name: dict(zip(CURVES, map(_change, cells), strict=True)) for name, *cells in rows[1:]}


def _change(cell: str) -> float:
    return 0.0 if cell == "·" else float(cell)
