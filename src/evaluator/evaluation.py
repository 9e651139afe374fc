"""All runs of an evaluation, what they come to together, and the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from avatar import __version__
from evaluator.bounds import Bound, Verdict, judge
from evaluator.metrics import METRICS, Values
from evaluator.runs import Run
from evaluator.samples import together


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`together` are the means over all runs, with `verdicts` on the bounds that hold for them as a whole."""

    runs: tuple[Run, ...]
    together: Values = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()

    @property
    def passed(self) -> bool:
        return all(run.passed for run in self.runs) and all(verdict.met is not False for verdict in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "passed": self.passed,
            "metrics": {name: {"title": metric.title, "unit": metric.unit} for name, metric in METRICS.items()},
            "together": {name: value.to_json() for name, value in self.together.items()},
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "runs": [_run(run) for run in self.runs],
        }


def evaluation_of(runs: Sequence[Run], bounds: Mapping[str, Bound] | None = None) -> Evaluation:
    """With `bounds` on the means of all runs."""
    values = together(runs)
    return Evaluation(tuple(runs), values, judge(values, bounds or {}))


def _run(run: Run) -> dict[str, Any]:
    scenario = run.scenario
    return {
        "name": scenario.name,
        "portrait": str(scenario.portrait),
        "audio": None if scenario.audio is None else str(scenario.audio),
        "language": scenario.language,
        "duration": run.duration,
        "renderer": run.renderer,
        "passed": run.passed,
        "error": run.error or None,
        "metrics": {name: value.to_json() for name, value in run.values.items()},
        "verdicts": [verdict.to_json() for verdict in run.verdicts],
        "seconds": run.seconds,
        "quality": list(run.quality),
    }
