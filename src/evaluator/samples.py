"""A folder of real talking people: each one's portrait and sound become a video, which is held against the real lips.

The folder holds `manifest.csv` with the columns `name`, `use` (`lips` where picture and sound belong together) and
`offset_ms` (by which the real lips come after the sound), and for each name NAME.wav, NAME.portrait.jpg,
NAME.curves.csv and maybe the film itself, NAME.mp4.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import InputError
from evaluator.bounds import Bound
from evaluator.metrics import METRICS, Values, known, unknown
from evaluator.runs import Run
from evaluator.scenarios import Scenario
from evaluator.statistics import best_lag

USE: Final = "lips"

BOUNDS: Final = {
    "correlation_loss": Bound(at_most=0.05),
    "reference_offset_ms": Bound(at_least=-40, at_most=40),
    "reference_spread": Bound(at_least=0.7, at_most=1.4),
}
"""Of all clips together: what the way from the speech's opening to the video may cost."""


def sample_scenarios(folder: Path, size: int | None = None) -> tuple[Scenario, ...]:
    """Raises `InputError`, which names what is wrong with the folder."""
    rows = _rows(folder / "manifest.csv")
    found = [_scenario(folder, row, size) for row in rows if row["use"] == USE]
    if not found:
        raise InputError(f"{folder} has no clip whose use is '{USE}'.", cure="Mark some in manifest.csv.")
    return tuple(found)


def _rows(manifest: Path) -> list[dict[str, str]]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{manifest} cannot be read: {error}.", cure="Give a folder of talking clips.") from None
    if not rows or not {"name", "use", "offset_ms"} <= rows[0].keys():
        raise InputError(f"{manifest} lacks the columns name, use and offset_ms.", cure="Add them.")
    return rows


def _scenario(folder: Path, row: dict[str, str], size: int | None) -> Scenario:
    name = row["name"]
    sound, portrait, curves = (folder / f"{name}{end}" for end in (".wav", ".portrait.jpg", ".curves.csv"))
    if missing := [path.name for path in (sound, portrait, curves) if not path.is_file()]:
        raise InputError(f"{folder} lacks {missing[0]}.", cure="Add it, or take its line out of manifest.csv.")
    try:
        offset = float(row["offset_ms"] or 0)
    except ValueError:
        raise InputError(f"The offset_ms of {name} is no number: {row['offset_ms']}.", cure="Correct it.") from None
    film = folder / f"{name}.mp4"
    return Scenario(
        name=name,
        portrait=portrait,
        audio=sound,
        reference=curves,
        reference_offset=offset / 1000,
        film=film if film.is_file() else None,
        size=size,
    )


def together(runs: Sequence[Run]) -> Values:
    """The mean of each figure over the runs that have it; the offset is where the mean correlation is highest."""
    values: Values = {}
    for name in METRICS:
        found = [value.value for run in runs if (value := run.values.get(name)) and value.value is not None]
        values[name] = known(np.mean(found)) if found else unknown("no run has it")
    curves = [run.curves.real_lips for run in runs if run.curves is not None and run.curves.real_lips is not None]
    best = best_lag(curves[0].lags, np.nanmean([curve.r for curve in curves], axis=0)) if curves else None
    return values if best is None else {**values, "reference_offset_ms": known(1000 * best.seconds)}
