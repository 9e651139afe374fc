"""Whether every blendshape shows where it should, and nothing else moves with it."""

from collections.abc import Mapping
from statistics import median
from typing import Final

from avatar.blendshapes import BLENDSHAPES
from scripts.measuring.effects import Effect, effects
from scripts.measuring.expected import EXPECTED, NEIGHBOUR_LEVELS, STILL_LEVELS, TURN_BOUND_DEGREES, Expected
from scripts.measuring.figures import Figure, Measurement
from scripts.measuring.subjects import Subject

Effects = Mapping[str, Mapping[str, Effect]]
"""By portrait, then by blendshape."""

TURNS: Final = ("pitch", "yaw", "roll")
OWN_TABLE: Final = "own effect of every shape, medians over portraits"
BLANK_UNDER: Final = 0.0005
"""Changes under this are left out of the printed matrix, for it is read by eye."""


def measure(subjects: list[Subject]) -> Measurement:
    return report({subject.name: effects(subject) for subject in subjects})


def report(seen: Effects) -> Measurement:
    """The figures and matrices of what was seen; medians over portraits."""
    shares = {name: own_effect(name, seen) / EXPECTED[name].least for name in BLENDSHAPES}
    overs = {name: excess(name, seen) for name in BLENDSHAPES}
    turns = {name: max(abs(_curve(name, turn, seen)) for turn in TURNS) for name in BLENDSHAPES}
    weakest, widest = min(shares, key=lambda n: shares[n]), max(overs, key=lambda n: overs[n])
    turning = max(turns, key=lambda n: turns[n])
    figures = (
        _over_shapes("own effect over the least wanted", shares, weakest, least=1.0),
        _over_shapes("change of other parts over their bound", overs, widest, most=1.0),
        _over_shapes("seeming turn of the head", turns, turning, most=TURN_BOUND_DEGREES),
    )
    tables = {
        OWN_TABLE: _own_table(seen, shares, overs),
        "change of curves at 1, medians over portraits": _matrix(seen, "curves", 3),
        "mean change of parts at 1, grey levels, medians over portraits": _matrix(seen, "pixels", 1),
    }
    return Measurement("coupling", figures, tables)


def own_effect(name: str, seen: Effects) -> float:
    """The change of the curve, or of the part, that must answer the shape."""
    answer = EXPECTED[name].answer
    some = next(iter(seen.values()))[name]
    return _curve(name, answer, seen) if answer in some.curves else _part(name, answer, seen)


def excess(name: str, seen: Effects) -> float:
    """The largest change of another part over its bound: 1 is just allowed."""
    parts = next(iter(seen.values()))[name].pixels
    return max(
        (_part(name, p, seen) / bound(EXPECTED[name], p) for p in parts if p not in EXPECTED[name].own), default=0.0
    )


def bound(expected: Expected, part: str) -> float:
    """Grey levels by which a part that is not the shape's own may change."""
    return NEIGHBOUR_LEVELS if part in expected.beside else STILL_LEVELS


def _curve(name: str, curve: str, seen: Effects) -> float:
    return median(found[name].curves[curve] for found in seen.values())


def _part(name: str, part: str, seen: Effects) -> float:
    return median(found[name].pixels[part] for found in seen.values())


def _over_shapes(
    what: str, values: Mapping[str, float], worst: str, *, least: float | None = None, most: float | None = None
) -> Figure:
    if least is not None:
        missed = tuple(name for name, value in values.items() if value < least)
        return Figure(f"weakest shape: {what}", values[worst], "at least", least, "", worst, missed)
    limit = float(most or 0.0)
    missed = tuple(name for name, value in values.items() if value > limit)
    return Figure(f"worst shape: {what}", values[worst], "at most", limit, "", worst, missed)


def _own_table(seen: Effects, shares: Mapping[str, float], overs: Mapping[str, float]) -> list[list[str]]:
    rows = [["shape", "answers", "change", "at least", "", "others over their bound", ""]]
    for name in BLENDSHAPES:
        expected = EXPECTED[name]
        rows.append(
            [
                name,
                expected.answer,
                f"{own_effect(name, seen):+.3f}",
                f"{expected.least:+.3f} {expected.unit}",
                "" if shares[name] >= 1 else "FAIL",
                f"{overs[name]:.2f}",
                "" if overs[name] <= 1 else "FAIL",
            ]
        )
    return rows


def _matrix(seen: Effects, kind: str, digits: int) -> list[list[str]]:
    first = next(iter(seen.values()))[BLENDSHAPES[0]]
    columns = list(first.curves if kind == "curves" else first.pixels)
    take = _curve if kind == "curves" else _part
    rows = [["shape", *(c.replace("_", "\n").replace(" ", "\n") for c in columns)]]
    for name in BLENDSHAPES:
        values = [take(name, column, seen) for column in columns]
        rows.append([name, *("" if abs(v) < BLANK_UNDER else f"{v:.{digits}f}" for v in values)])
    return rows
