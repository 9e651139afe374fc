"""An evaluation as a table in a terminal."""

from typing import Final

from rich.console import Console
from rich.table import Column, Table

from evaluator.bounds import Verdict
from evaluator.evaluation import Evaluation
from evaluator.metrics import METRICS, Values

PLAIN_WIDTH: Final = 160
"""Columns of the table where it goes to a file."""

COLUMNS: Final = {
    "real_time_factor": "x time",
    "lip_correlation": "r",
    "lip_offset_ms": "ms",
    "track_correlation": "r track",
    "reference_correlation": "r lips",
    "reference_offset_ms": "ms",
    "reference_spread": "spread",
    "film_spread": "by film",
    "closed_at_bilabials": "p, b, m",
    "closed_in_speech": "closed",
    "blink_rate": "blinks",
    "head_speed": "deg/s",
    "identity_ssim": "SSIM",
}


def tell(evaluation: Evaluation) -> None:
    """The figures of every run, then what was missed."""
    console = Console()
    console.width = console.width if console.is_terminal else PLAIN_WIDTH
    console.print(_table(evaluation))
    for run in evaluation.runs:
        if run.error:
            console.print(f"{run.scenario.name}: {run.error}", markup=False)
        _tell_bounds(console, run.scenario.name, run.verdicts, run.values)
    _tell_bounds(console, "all runs", evaluation.verdicts, evaluation.together, everything=True)
    console.print("Passed." if evaluation.passed else "Not passed.")


def _table(evaluation: Evaluation) -> Table:
    names = [name for name in COLUMNS if evaluation.together[name].value is not None]
    table = Table(Column("run", no_wrap=True), *(COLUMNS[name] for name in names), "")
    for run in evaluation.runs:
        table.add_row(run.scenario.name, *_cells(run.values, names), "pass" if run.passed else "FAIL")
    table.add_section()
    table.add_row("mean", *_cells(evaluation.together, names), "")
    return table


def _cells(values: Values, names: list[str]) -> list[str]:
    found = [values[name].value if name in values else None for name in names]
    return ["" if value is None else f"{value:.3g}" for value in found]


def _tell_bounds(
    console: Console, name: str, verdicts: tuple[Verdict, ...], values: Values, *, everything: bool = False
) -> None:
    for verdict in verdicts:
        if verdict.met is not False and not everything:
            continue
        value = values.get(verdict.metric)
        shown = "nothing" if value is None or value.value is None else f"{value.value:.3g}"
        word = {True: "met", False: "MISSED", None: "not measured"}[verdict.met]
        title = METRICS[verdict.metric].title
        console.print(f"{name}: {title}: {shown} ({verdict.bound}): {word}", markup=False)
