"""docs/blendshapes.md: what every blendshape does, from the table that it is measured against."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from avatar.blendshapes import BLENDSHAPES
from scripts.measuring.effects import CONTEXT
from scripts.measuring.expected import (
    EXPECTED,
    NEIGHBOUR_LEVELS,
    STILL_LEVELS,
    TURN_BOUND_DEGREES,
    Expected,
)

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "blendshapes.md"
HEAD: Final = ("shape", "at 1 it", "answers", "at least", "also moves", "may draw along", "measured")

INTRODUCTION: Final = f"""# What every blendshape does

The 52 shapes are ARKit's, from 0 to 1; *left* is the subject's own. A shape at 1 changes the curve or the part \
named under *answers* by the amount under *at least*. Lengths are in distances of the outer eye corners (about \
90 mm in an adult), lids and gaze over the width of an eye. Where a tracker sees nothing, the part itself changes: \
the mean absolute difference of its pixels, of 255.

What stands under *also moves* belongs to the shape. What it *may draw along* may change by at most \
{NEIGHBOUR_LEVELS:g} levels on average, all other parts of the face by {STILL_LEVELS:g}, and to a tracker no shape \
may look like a turn of the head by more than {TURN_BOUND_DEGREES:g} degrees.

`python scripts/measure_puppet.py --only coupling --write-docs` measures the shapes on the project's own portraits \
and writes this page; the last column holds the medians.
"""


def document(measured: Mapping[str, float]) -> str:
    """The page; `measured` holds a shape's own effect by its name."""
    rows = [HEAD, ("---",) * len(HEAD), *(row(name, f"{measured[name]:+.3g}") for name in BLENDSHAPES)]
    return INTRODUCTION + "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(name: str, measured: str) -> tuple[str, ...]:
    """The cells of one shape."""
    expected = EXPECTED[name]
    moves = expected.moves
    if context := CONTEXT.get(name):
        moves += " (measured at " + ", ".join(f"`{other}` {value:g}" for other, value in context.items()) + ")"
    least = f"{expected.least:+g} {expected.unit}"
    return f"`{name}`", moves, _answer(expected), least, _listed(expected.own), _listed(expected.beside), measured


def _answer(expected: Expected) -> str:
    return f"`{expected.answer}`" if expected.unit != "grey levels" else expected.answer


def _listed(parts: tuple[str, ...]) -> str:
    return ", ".join(parts) or "nothing"
