"""The tables of docs/motion.md, between marks that name them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scripts.measuring.figures import Measurement

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "docs" / "motion.md"
BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"


def table_rows(name: str, text: str) -> list[list[str]]:
    """The cells of the table of that name, head first, without its rule."""
    lines = _part(name, text)[2].strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if not set("".join(row)) <= {"-"}]


def with_table(name: str, rows: list[list[str]], text: str) -> str:
    """The page with that table in the place of the one of that name."""
    begin, end, _ = _part(name, text)
    written = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return text[:begin] + "\n" + "".join(f"| {' | '.join(row)} |\n" for row in written) + text[end:]


def write(measurements: Iterable[Measurement]) -> None:
    """Every table that the page has a place for, and the figures of every measurement."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for taken in measurements:
        numbered = {f"{taken.name} {number}": rows for number, rows in enumerate(taken.tables.values(), start=1)}
        tables = {taken.name: _figure_rows(taken), **numbered}
        for name, rows in tables.items():
            if BEGIN.format(name) in text:
                text = with_table(name, rows, text)
    DOCUMENT.write_text(text, encoding="utf-8")


def _figure_rows(taken: Measurement) -> list[list[str]]:
    rows = [["measure", "value", "target"]]
    for figure in taken.figures:
        unit = f" {figure.unit}" if figure.unit else ""
        rows.append([figure.name, f"{figure.value:.3g}{unit}", f"{figure.bound} {figure.target:.4g}{unit}"])
    return rows


def _part(name: str, text: str) -> tuple[int, int, str]:
    """Where the table begins and ends, and its text. Raises `ValueError` for a name that the page does not have."""
    found = re.search(re.escape(BEGIN.format(name)) + r"\n(.*?)" + re.escape(END), text, re.DOTALL)
    if not found:
        raise ValueError(f"{DOCUMENT.name} has no place for '{name}'")
    return found.start(1), found.end(1), found.group(1)
