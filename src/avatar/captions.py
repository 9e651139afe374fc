"""A caption: lines of text shown for a while."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """Shown from `start` to `end`, in seconds; `text` has a line break between its lines."""

    start: float
    end: float
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")
