"""What was wrong with an answer and was put right: counted, and the first of it in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["clamped", "dropped", "ignored", "snapped", "converted", "mended"]
"""`clamped`: a number moved into its range. `dropped`: an action or a value that cannot be played. `ignored`: a key
that nobody knows. `snapped`: moved to the word that was meant. `converted`: a value of another type, such as a number
in quotes. `mended`: text around the JSON, or JSON that was broken off.
"""

MOST_TOLD: Final = 20
LONGEST_TEXT: Final = 40


@dataclass(frozen=True, slots=True)
class Problems:
    """How many of each kind there were, and the first ones in words."""

    counts: Mapping[str, int] = field(default_factory=dict)
    told: tuple[str, ...] = ()


class Notebook:
    """Takes down problems as they are found."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._told: list[str] = []

    def note(self, kind: Kind, text: str, times: int = 1) -> None:
        self._counts[kind] += times
        if len(self._told) < MOST_TOLD:
            self._told.append(f"{kind}: {text}")

    def problems(self) -> Problems:
        return Problems(dict(self._counts), tuple(self._told))


def together(found: Iterable[Problems]) -> Problems:
    """All of them in one, with the first in words."""
    counts: Counter[str] = Counter()
    told: list[str] = []
    for problems in found:
        counts.update(problems.counts)
        told += problems.told
    return Problems(dict(counts), tuple(told[:MOST_TOLD]))


def shown(value: object) -> str:
    """A value of the answer, short and on one line."""
    if value is None:
        return "null"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)[:LONGEST_TEXT]
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: LONGEST_TEXT + 1])
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[:LONGEST_TEXT]}…"
