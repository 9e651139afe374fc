"""The published schema says all that a writer has to know, and agrees with what is read."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from avatar.performance import ACTION_MEANINGS, ACTIONS, ControlParameters, Cue, Performance, Segment
from avatar.performance_schema import performance_schema

SCHEMA = performance_schema()
FIELDS = [
    (part["title"], name, field)
    for part in (SCHEMA, *SCHEMA["$defs"].values())
    for name, field in part["properties"].items()
]


def resolved(field: dict[str, Any]) -> dict[str, Any]:
    return {**SCHEMA["$defs"][field["$ref"].rpartition("/")[2]], **field} if "$ref" in field else field


def test_it_is_a_schema_with_a_name_and_an_identity() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == "Performance"
    assert SCHEMA["$id"] == "urn:avatar-orchestrator:performance:1"


@pytest.mark.parametrize(("part", "name", "field"), FIELDS, ids=[f"{part}.{name}" for part, name, _ in FIELDS])
def test_every_field_says_what_it_means(part: str, name: str, field: dict[str, Any]) -> None:
    found = resolved(field)

    assert len(found["description"]) > 5
    if found.get("type") == "number":
        assert {"minimum", "maximum"} <= set(found), f"{part}.{name} has no range"
        assert "default" in found or name in ("start", "end", "at")


def test_ranges_are_those_that_numbers_are_brought_into() -> None:
    for model, name in ((ControlParameters, "ControlParameters"), (Cue, "Cue")):
        for field, described in SCHEMA["$defs"][name]["properties"].items():
            if described.get("type") != "number":
                continue
            base = {"action": "nod", "at": 1.0} if model is Cue else {}
            values = [getattr(model.model_validate({**base, field: v}), field) for v in (-1e6, 1e6)]
            assert values == [described["minimum"], described["maximum"]]


def test_every_action_is_explained() -> None:
    assert set(ACTION_MEANINGS) == set(ACTIONS)
    described = SCHEMA["$defs"]["Cue"]["properties"]["action"]
    assert tuple(described["enum"]) == ACTIONS
    assert all(f"{action}: {meaning}" in described["description"] for action, meaning in ACTION_MEANINGS.items())


def test_what_is_written_is_valid_by_it() -> None:
    performance = Performance(
        controls=ControlParameters(smile=0.25),
        segments=(Segment(start=0.5, end=2, controls=ControlParameters()),),
        cues=(Cue(action="wink", at=1.5, direction=-1), Cue(action="nod", word=4)),
    )

    Draft202012Validator(SCHEMA).validate(performance.model_dump(mode="json"))
