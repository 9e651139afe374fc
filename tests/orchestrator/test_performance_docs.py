"""docs/performance.md lists what there is, with its ranges and defaults, and its example can be given."""

import json
import re

import pytest

from avatar.performance import ACTION_MEANINGS, ACTIONS, ControlParameters, Cue
from avatar.performance_schema import performance_schema
from avatar.settings import PROJECT_ROOT
from orchestrator.given import checked_performance
from orchestrator.ranges import range_notes

PAGE = (PROJECT_ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of a section's tables, by their first one."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.split("|")][1:-1] for line in section.splitlines()]
    return {cells[0].strip("`"): cells[1:] for cells in lines if cells}


CONTROLS = performance_schema()["$defs"]["ControlParameters"]["properties"]


@pytest.mark.parametrize("name", [name for name in ControlParameters.model_fields if name != "emotion"])
def test_each_parameter_stands_there_with_its_range_and_default(name: str) -> None:
    shown, field = rows("Control parameters")[name], CONTROLS[name]

    assert shown[0] == f"{field['minimum']:g} to {field['maximum']:g}"
    assert float(shown[1]) == field["default"]


def test_each_label_of_an_emotion_stands_there() -> None:
    labels = performance_schema()["$defs"]["DirectedEmotion"]["properties"]["label"]["enum"]

    assert ", ".join(labels) in rows("Control parameters")["emotion"][2]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_stands_there_and_its_quiet_one_can_be_given(action: str) -> None:
    meaning, _, quiet = rows("Cues")[action]
    intensity, seconds = re.fullmatch(r"([\d.]+), ([\d.]+) s", quiet).groups()  # type: ignore[union-attr]

    assert meaning.startswith(ACTION_MEANINGS[action])  # type: ignore[index]
    assert Cue.model_validate({"action": action, "at": 1, "intensity": float(intensity), "duration": float(seconds)})


def test_the_example_is_taken_as_it_is() -> None:
    (example,) = (json.loads(code) for code in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))

    assert range_notes(example, checked_performance(example, "The example"), "The example") == ()
