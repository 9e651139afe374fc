"""Figures beside their targets, as a table and as JSON, with the machine they were taken on."""

import platform
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table

from api.cli.doctor.machine import cpu_model
from avatar import __version__
from avatar.memory import memory_bytes
from avatar.settings import core_count


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `target` is the most that it may be, or with `at_least` the least, where there is one."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(slots=True)
class Benchmark:
    """All that was measured; `stages` maps runs to seconds for each stage."""

    figures: list[Figure] = field(default_factory=list)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "machine": machine(),
            "figures": [{**asdict(figure), "met": figure.met} for figure in self.figures],
            "stages": self.stages,
        }


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    memory = memory_bytes()
    return {
        "processor": cpu_model(),
        "cores": core_count(),
        "memory_gb": round(memory[1] / 1e9, 1) if memory else None,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def figures_table(benchmark: Benchmark) -> Table:
    described = "{processor}, {cores} cores, {memory_gb} GB, {system}, Python {python}".format(**machine())
    table = Table("measure", "value", "target", "", title=described, title_justify="left")
    for figure in benchmark.figures:
        bound = "at least" if figure.at_least else "at most"
        target = "" if figure.target is None else f"{bound} {figure.target:g} {figure.unit}"
        verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
        table.add_row(figure.name, f"{figure.value:.3g} {figure.unit}", target, verdict)
    return table


def stages_table(benchmark: Benchmark) -> Table:
    """Seconds for each stage, a column a run."""
    runs = benchmark.stages
    names = list(dict.fromkeys(name for seconds in runs.values() for name in seconds))
    table = Table("seconds by stage", *runs)
    for name in names:
        table.add_row(name, *(f"{seconds[name]:.2f}" if name in seconds else "" for seconds in runs.values()))
    return table
