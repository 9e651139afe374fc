"""A check of a portrait: a value, what it means, and what to change."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "fair", "poor", "refused"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `cure` says what to change, and is empty where all is well.

    `value` is in `unit`, or a word with an empty one, or None. `loss`: points of 100 that it takes from the score.
    """

    name: str
    value: float | str | None
    unit: str
    verdict: Verdict
    sentence: str
    cure: str = ""
    loss: int = 0

    @property
    def shown(self) -> str:
        """The value with its unit, for people."""
        number = f"{self.value:g}" if isinstance(self.value, float) else self.value or ""
        return f"{number} {self.unit}".rstrip() if number else ""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where a value is good and fair, and the points that a fair and a poor one take."""

    good: float
    fair: float
    losses: tuple[int, int]

    def at_least(self, value: float) -> tuple[Verdict, int]:
        """More is better."""
        return self._ranked(value >= self.good, value >= self.fair)

    def at_most(self, value: float) -> tuple[Verdict, int]:
        """Less is better."""
        return self._ranked(value <= self.good, value <= self.fair)

    def _ranked(self, good: bool, fair: bool) -> tuple[Verdict, int]:
        return ("good", 0) if good else ("fair", self.losses[0]) if fair else ("poor", self.losses[1])


def ranked_check(
    name: str, value: float, unit: str, ranked: tuple[Verdict, int], sentence: str, cure: str = ""
) -> Check:
    """`ranked` is a verdict and what it takes from the score; a good one needs no cure."""
    verdict, loss = ranked
    return Check(name, round(float(value), 2), unit, verdict, sentence, "" if verdict == "good" else cure, loss)
