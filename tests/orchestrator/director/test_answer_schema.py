"""The schema that holds a model to its answer, and the prompt that explains it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from avatar.errors import ConfigurationError
from avatar.performance import ACTIONS, ControlParameters
from orchestrator.director import prompts
from orchestrator.director.answer import MOST_CUES, TimedAnswer, WordAnswer, answer_schema
from orchestrator.director.prompts import PROMPTS_FOLDER, load_prompts
from tests.orchestrator.director.scripted_chat import CONTROLS

BOTH = pytest.mark.parametrize("with_words", [True, False], ids=["words", "seconds"])


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from parts(item)


@BOTH
def test_nothing_in_an_answer_is_unbounded(with_words: bool) -> None:
    typed = [part for part in parts(dict(answer_schema(with_words=with_words))) if isinstance(part.get("type"), str)]

    assert all("enum" in part for part in typed if part["type"] == "string")
    assert all("maxItems" in part for part in typed if part["type"] == "array")
    assert all(part["additionalProperties"] is False for part in typed if part["type"] == "object")
    assert all("minimum" in part for part in typed if part["type"] in ("number", "integer"))
    assert not any("$ref" in part for part in typed)


@BOTH
def test_every_field_is_described(with_words: bool) -> None:
    schema = dict(answer_schema(with_words=with_words))
    fields = [
        (name, field)
        for part in parts(schema)
        if part.get("type") == "object"
        for name, field in part["properties"].items()
    ]

    assert len(fields) > 20
    assert [name for name, field in fields if "description" not in field] == []


def test_whole_controls_are_required_and_those_of_a_segment_are_not() -> None:
    properties = answer_schema(with_words=True)["properties"]

    assert set(properties["controls"]["required"]) == set(ControlParameters.model_fields)
    assert "required" not in properties["segments"]["items"]["properties"]["controls"]
    assert properties["cues"]["maxItems"] == MOST_CUES


@pytest.mark.parametrize(("with_words", "answer"), [(True, WordAnswer), (False, TimedAnswer)])
def test_worked_example_of_the_prompt_keeps_to_the_schema(with_words: bool, answer: type[BaseModel]) -> None:
    text = load_prompts().system(with_words=with_words).text
    example = json.loads(text[text.rindex('{"controls"') :])

    read = answer.model_validate(example, strict=False)
    assert set(example["controls"]) == set(ControlParameters.model_fields) == set(CONTROLS)
    assert read.model_dump(exclude_unset=True)["cues"]


@BOTH
def test_prompt_explains_every_control_and_action_and_has_no_gap(with_words: bool) -> None:
    text = load_prompts().system(with_words=with_words).text

    assert [name for name in (*ControlParameters.model_fields, *ACTIONS) if not re.search(rf"\b{name}\b", text)] == []
    assert re.findall(r"\$(?!defs|ref)\w+", text) == []
    assert len(text) < 7000


def test_missing_prompt_is_named_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in PROMPTS_FOLDER.glob("*.txt"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(prompts, "PROMPTS_FOLDER", tmp_path)
    before = load_prompts().digest
    (tmp_path / "director_user.txt").write_text("Direct: $speech", encoding="utf-8")
    assert load_prompts().digest != before
    (tmp_path / "director_repair.txt").unlink()

    with pytest.raises(ConfigurationError, match=r"director_repair\.txt"):
        load_prompts()
