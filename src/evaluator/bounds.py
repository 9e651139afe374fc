"""Bounds that a scenario sets its figures, and whether they hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.metrics import METRICS, Value, Values


class Bound(BaseModel):
    """The least and the most that a figure may be, or either."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    at_least: float | None = Field(None)
    at_most: float | None = Field(None)

    @model_validator(mode="after")
    def _says_something(self) -> "Bound":
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most, or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most")
        return self

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        limits = (("at least", self.at_least), ("at most", self.at_most))
        return ", ".join(f"{text} {limit:g}" for text, limit in limits if limit is not None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bound and whether it `met`; None where an optional figure could not be taken."""

    metric: str
    bound: str
    met: bool | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(values: Values, bounds: Mapping[str, Bound]) -> tuple[Verdict, ...]:
    """A verdict on each bound. A figure that is missing counts as missed, but for the optional ones."""
    return tuple(Verdict(name, str(bound), _met(name, values.get(name), bound)) for name, bound in bounds.items())


def _met(name: str, value: Value | None, bound: Bound) -> bool | None:
    if value is None or value.value is None:
        return None if METRICS[name].optional else False
    return bound.holds(value.value)
