"""Measures the puppet on portraits: a table a measurement, with value, target and the portrait that comes off worst.

python scripts/measure_puppet.py [PORTRAIT...] [--only NAME,...] [--json FILE] [--write-docs]

Without portraits the project's own are measured. The measurements are `fidelity`, `response`, `coupling`,
`stability`, `clips` and `speed`. `--write-docs` writes docs/blendshapes.md from the coupling. The exit status is 1
where a target is missed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.measuring import clips, coupling, docs, fidelity, response, speed, stability
from scripts.measuring.figures import Measurement, figures_table, plain_table
from scripts.measuring.subjects import Subject, demo_portraits, load_subjects

PLAIN_WIDTH: Final = 200
"""Columns of the tables where they go to a file."""

MEASUREMENTS: Final[dict[str, Callable[[list[Subject]], Measurement]]] = {
    "fidelity": fidelity.measure,
    "response": response.measure,
    "coupling": coupling.measure,
    "stability": stability.measure,
    "clips": clips.measure,
    "speed": speed.measure,
}


def own_effects(taken: list[Measurement]) -> dict[str, float]:
    """The own effect of every shape, out of the coupling's table."""
    table = next(m for m in taken if m.name == "coupling").tables[coupling.OWN_TABLE]
    return {row[0]: float(row[2]) for row in table[1:]}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", nargs="*", type=Path)
    parser.add_argument("--only", default="", help="measurements to take, with commas between them")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    parser.add_argument("--write-docs", action="store_true", help="write docs/blendshapes.md; takes the coupling")
    given = parser.parse_args(arguments)
    if given.write_docs and given.only and "coupling" not in given.only.split(","):
        parser.error("--write-docs needs the coupling")
    wanted = given.only.split(",") if given.only else list(MEASUREMENTS)
    if unknown := [name for name in wanted if name not in MEASUREMENTS]:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    cv2.setNumThreads(1)
    subjects = load_subjects(given.portraits or demo_portraits())
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    taken = []
    for name in wanted:
        taken.append(MEASUREMENTS[name](subjects))
        console.print(figures_table(taken[-1]), *(plain_table(*table) for table in taken[-1].tables.items()))
    if given.write_docs:
        docs.DOCUMENT.write_text(docs.document(own_effects(taken)), encoding="utf-8")
    if given.json:
        given.json.write_text(json.dumps([m.to_json() for m in taken], indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for m in taken for figure in m.figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
