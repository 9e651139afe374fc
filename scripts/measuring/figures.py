"""Measured values against their targets, over portraits, as tables and as JSON."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rich.table import Table

Bound = Literal["at least", "at most", "over", "under"]

_HOLDS: Final[dict[Bound, Callable[[float, float], bool]]] = {
    "at least": operator.ge,
    "at most": operator.le,
    "over": operator.gt,
    "under": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One value: the worst over all portraits, which portrait that is, and on how many the target is missed."""

    name: str
    value: float
    bound: Bound
    target: float
    unit: str = ""
    worst: str = ""
    missed: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        return _HOLDS[self.bound](self.value, self.target)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one measurement, and further tables to print: title and rows, the first row being the head."""

    name: str
    figures: tuple[Figure, ...]
    tables: Mapping[str, list[list[str]]]

    def to_json(self) -> dict[str, Any]:
        figures = [{**asdict(figure), "met": figure.met} for figure in self.figures]
        return {"name": self.name, "figures": figures, "tables": dict(self.tables)}


def worst_of(name: str, values: Mapping[str, float], bound: Bound, target: float, unit: str = "") -> Figure:
    """The figure of the portrait that comes off worst; `values` by portrait, at least one."""
    choose = min if bound in ("at least", "over") else max
    worst = choose(values, key=lambda key: values[key])
    missed = tuple(key for key, value in values.items() if not _HOLDS[bound](value, target))
    return Figure(name, values[worst], bound, target, unit, worst, missed)


def figures_table(measurement: Measurement) -> Table:
    table = Table("measure", "value", "target", "", "worst portrait", "missed by", title=measurement.name)
    table.title_justify = "left"
    for figure in measurement.figures:
        unit = f" {figure.unit}" if figure.unit else ""
        table.add_row(
            figure.name,
            f"{figure.value:.4g}{unit}",
            f"{figure.bound} {figure.target:g}{unit}",
            "pass" if figure.met else "FAIL",
            figure.worst,
            ", ".join(figure.missed),
        )
    return table


def plain_table(title: str, rows: list[list[str]]) -> Table:
    table = Table(*rows[0], title=title, title_justify="left")
    for row in rows[1:]:
        table.add_row(*row)
    return table
