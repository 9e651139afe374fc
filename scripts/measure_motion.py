"""Measures the motion that performances become: whether it obeys, stays within limits, and is like people's.

python scripts/measure_motion.py [RECORDINGS...] [--only NAME,...] [--json FILE] [--write-docs]

RECORDINGS are folders of recorded speech, on which a default performance is held against what people do; without
one a spoken text serves. The measurements are `controls`, `cues`, `words`, `limits`, `people`, `live` and
`speed`. `--write-docs` puts the tables of what was measured into docs/motion.md. The exit status is 1 where a target
is missed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from avatar.errors import AvatarError
from scripts.measuring.figures import Measurement, figures_table, plain_table
from scripts.measuring.motion import controls, cues, docs, limits, live, people, speed, words

PLAIN_WIDTH: Final = 220
"""Columns of the tables where they go to a file."""

MEASUREMENTS: Final[dict[str, Callable[[list[Path]], Measurement]]] = {
    "controls": lambda _: controls.measure(),
    "cues": lambda _: cues.measure(),
    "words": lambda _: words.measure(),
    "limits": lambda _: limits.measure(),
    "people": people.measure,
    "live": live.measure,
    "speed": lambda _: speed.measure(),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path, help="folders")
    parser.add_argument("--only", default="", help="measurements to take, with commas between them")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/motion.md")
    given = parser.parse_args(arguments)
    wanted = given.only.split(",") if given.only else list(MEASUREMENTS)
    if unknown := [name for name in wanted if name not in MEASUREMENTS]:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    if missing := [str(folder) for folder in given.recordings if not folder.is_dir()]:
        parser.error(f"no folder {', '.join(missing)}")
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    taken = []
    for name in wanted:
        try:
            taken.append(MEASUREMENTS[name](given.recordings))
        except AvatarError as error:
            parser.error(str(error))
        console.print(figures_table(taken[-1]), *(plain_table(*table) for table in taken[-1].tables.items()))
    if given.write_docs:
        docs.write(taken)
    if given.json:
        given.json.write_text(json.dumps([m.to_json() for m in taken], indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for m in taken for figure in m.figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
