"""Values of an answer, read leniently: a number may stand in quotes, and lie out of its range."""

from collections.abc import Mapping
from functools import lru_cache
from math import isnan
from typing import Any, Final, NamedTuple

from avatar.emotions import AFFECT
from avatar.performance import ControlParameters, DirectedEmotion
from avatar.types import EMOTION_LABELS
from orchestrator.director.answer import answer_schema
from orchestrator.director.problems import Notebook, shown

LONGEST_NUMBER: Final = 40
EMOTION: Final = "emotion"


class Range(NamedTuple):
    """The least and the most, both allowed."""

    low: float
    high: float


@lru_cache(maxsize=1)
def control_ranges() -> Mapping[str, Range]:
    """Of every control parameter that is a number."""
    properties = answer_schema(with_words=True)["properties"]["controls"]["properties"]
    return {name: Range(part["minimum"], part["maximum"]) for name, part in properties.items() if name != EMOTION}


def number(value: Any, name: str, notebook: Notebook) -> float | None:
    """The number, which may be infinite; None, and a note, where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        notebook.note("dropped", f"{name} is {shown(value)}, not a number")
        return None
    found = _as_float(value)
    if isnan(found):
        notebook.note("dropped", f"{name} is {shown(value)}, not a number")
        return None
    if isinstance(value, str):
        notebook.note("converted", f"{name} {shown(value)} stood in quotes")
    return found


def within(value: Any, name: str, limits: Range, notebook: Notebook) -> float | None:
    """The number in its range; None where it is none."""
    found = number(value, name, notebook)
    if found is None:
        return None
    kept = min(max(found, limits.low), limits.high)
    if kept != found:
        notebook.note("clamped", f"{name} {shown(found)} is outside {limits.low:g} to {limits.high:g}")
    return kept


def word_of(value: Any) -> str:
    """A name as the schema writes it; empty where it is no text."""
    return value.strip().lower().replace("-", "_").replace(" ", "_")[:LONGEST_NUMBER] if isinstance(value, str) else ""


def controls_from(value: Any, base: ControlParameters, where: str, notebook: Notebook) -> ControlParameters | None:
    """`base` with what the object says; None where it says nothing that can be played."""
    if not isinstance(value, dict):
        notebook.note("dropped", f"{where} is {shown(value)}, not an object")
        return None
    ranges = control_ranges()
    changes: dict[str, Any] = {}
    for key, given in value.items():
        name = word_of(key)
        if name == EMOTION:
            changes[EMOTION] = _emotion(given, base.emotion, f"{where}.{name}", notebook)
        elif name in ranges:
            changes[name] = within(given, f"{where}.{name}", ranges[name], notebook)
        else:
            notebook.note("ignored", f"{where} has no {shown(key)}")
    found = {name: change for name, change in changes.items() if change is not None}
    return ControlParameters.model_validate({**base.model_dump(), **found}) if found else None


def _emotion(value: Any, base: DirectedEmotion, where: str, notebook: Notebook) -> dict[str, Any] | None:
    """A label alone brings its usual valence and arousal."""
    given = {"label": value} if isinstance(value, str) else value
    if not isinstance(given, dict):
        notebook.note("dropped", f"{where} is {shown(value)}, not an object")
        return None
    found: dict[str, Any] = {}
    label = next((known for known in EMOTION_LABELS if known == word_of(given.get("label"))), None)
    if label is not None:
        found = {"label": label, **AFFECT[label]._asdict()}
    elif "label" in given:
        notebook.note("dropped", f"{where}.label {shown(given['label'])} is not one of {', '.join(EMOTION_LABELS)}")
    for name in ("valence", "arousal"):
        if name in given and (said := within(given[name], f"{where}.{name}", Range(-1.0, 1.0), notebook)) is not None:
            found[name] = said
    for key in given:
        if key not in ("label", "valence", "arousal"):
            notebook.note("ignored", f"{where} has no {shown(key)}")
    return {**base.model_dump(), **found} if found else None


def _as_float(value: float | str) -> float:
    """NaN where it is no number, infinite where it is too large."""
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if isinstance(value, int) and value > 0 else float("-inf")
    except ValueError:
        return float("nan")
