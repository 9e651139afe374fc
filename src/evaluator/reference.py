"""A curve of real lips that belongs to a sound, from a CSV with the columns `t`, `mouth_open` and maybe `face`."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.errors import InputError
from evaluator.statistics import Curve, sampled

TIME, OPENING, FACE = "t", "mouth_open", "face"


@dataclass(frozen=True, slots=True)
class Reference:
    """Real lips at `times` (n,) of their film in seconds, n at least 2: `opening` (n,) in distances of the outer eye
    corners. `offset`: seconds by which those lips come after the sound.
    """

    times: Curve
    opening: Curve
    offset: float = 0.0

    @property
    def sound_times(self) -> Curve:
        """When in the sound the lips belong there."""
        return self.times - self.offset

    def at(self, times: Curve) -> Curve:
        """The opening that belongs to the sound at `times`; NaN where it is not known."""
        return sampled(self.sound_times, self.opening)(times)


def read_reference(path: Path, offset: float = 0.0) -> Reference:
    """Rows whose column `face` is 0 are left out. Raises `InputError`, which names the file and the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The reference {path} cannot be read: {error}.", cure="Give a CSV in UTF-8.") from None
    if not rows or not {TIME, OPENING} <= rows[0].keys():
        raise InputError(
            f"The reference {path} lacks the columns '{TIME}' and '{OPENING}'.",
            cure="Its first line names the columns: t in seconds, mouth_open in distances of the outer eye corners.",
        )
    points = [_point(path, number, row) for number, row in enumerate(rows, start=2) if row.get(FACE) != "0"]
    times, opening = np.array(points, np.float64).reshape(-1, 2).T
    if len(times) < 2 or (np.diff(times) <= 0).any():
        raise InputError(f"The reference {path} has no rising times.", cure="Sort its lines by 't'.")
    return Reference(times, opening, offset)


def _point(path: Path, number: int, row: dict[str, str]) -> tuple[float, float]:
    try:
        return float(row[TIME]), float(row[OPENING])
    except (TypeError, ValueError):
        raise InputError(f"Line {number} of {path} holds no numbers.", cure="Correct it, or take it out.") from None
