"""What a person gives as a performance: plain mistakes are refused with their place, ranges are kept and told."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from avatar.errors import InputError
from avatar.performance import Performance
from avatar.performance_schema import performance_schema
from avatar.settings import Settings
from orchestrator.completing import complete_job
from orchestrator.given import checked_performance
from orchestrator.ranges import range_notes
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]

GOOD: dict[str, Any] = {
    "controls": {"smile": 0.4, "emotion": {"label": "happy", "valence": 0.5}},
    "segments": [{"start": 0.5, "end": 1.0, "controls": {"energy": 0.8}}],
    "cues": [{"action": "nod", "at": 0.5}, {"action": "smile", "word": 1, "intensity": 0.3}],
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every container in it with every key that it has."""
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    inner = [content[key] for key in keys if isinstance(content[key], dict | list)]
    return [(content, key) for key in keys] + [place for part in inner for place in places(part)]


def checked(content: dict[str, Any]) -> dict[str, Any]:
    return checked_performance(content, "The performance")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"cues": [{"action": "fly", "at": 1}]},
            r'cues\.0\.action is "fly"; it may be \'nod\', \'shake\', .*\'still\'',
        ),
        ({"cues": [{"action": "nod", "at": 1, "speed": 2}]}, r'unknown key "speed" in cues\.0'),
        ({"cues": [{"at": 1}]}, r"cues\.0\.action is missing"),
        ({"cues": [{"action": "nod"}]}, r"cues\.0\.at is missing, and there is no word"),
        ({"cues": [{"action": "nod", "word": -1}]}, r"cues\.0\.word is -1; it must be at least 0"),
        ({"cues": [{"action": "nod", "word": 1.5}]}, r"cues\.0\.word is 1\.5, not a whole number"),
        ({"cues": [{"action": "nod", "at": True}]}, r"cues\.0\.at is true, not a number"),
        ({"cues": [{"action": "nod", "at": "1.5"}]}, r'cues\.0\.at is "1\.5", not a number'),
        ({"cues": [{"action": "nod", "word": "1"}]}, r'cues\.0\.word is "1", not a number'),
        ({"cues": {"action": "nod", "at": 1}}, r"cues is an object, not a list"),
        ({"cues": [{"action": "nod", "at": float("nan")}]}, r"cues\.0\.at is no number"),
        ({"controls": {"smile": float("inf")}}, r"controls\.smile is no number"),
        ({"controls": {"emotion": {"label": "bored"}}}, r'controls\.emotion\.label is "bored"; it may be \'neutral\''),
        ({"controls": [1]}, r"controls is a list, not an object"),
        ({"version": 2}, r"version is 2; it may be 1"),
        ({"segments": [{"start": 2, "end": 1, "controls": {}}]}, r"segments\.0 ends at 1 s and starts at 2 s"),
        ({"segments": [{"start": 2, "end": 3}]}, r"segments\.0\.controls is missing"),
    ],
)
def test_a_mistake_is_refused_with_its_place(content: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        checked(content)
    assert refusal.value.cure


def test_ranges_are_kept_and_the_note_names_what_was_changed() -> None:
    content = deepcopy(GOOD)
    content["controls"]["smile"] = 3
    content["cues"][1]["intensity"] = -0.5
    played = checked(content)

    assert played["controls"]["smile"] == 1.0
    assert range_notes(content, played, "The performance") == (
        "The performance had numbers out of range, which were brought into it: "
        "controls.smile 3 to 1; cues.1.intensity -0.5 to 0.",
    )


def test_what_is_in_range_has_no_note() -> None:
    assert range_notes(GOOD, checked(GOOD), "The performance") == ()
    assert range_notes({}, {}, "The controls") == ()
    assert range_notes(None, None, "The performance") == ()


def test_many_changes_are_counted() -> None:
    content = {"cues": [{"action": "nod", "at": 1, "intensity": 2} for _ in range(9)]}
    (note,) = range_notes(content, checked(content), "The performance")

    assert note.endswith("cues.5.intensity 2 to 1; and 3 more.")


def test_notes_do_not_make_a_reviewed_job_another_one(request_for: Requests, settings: Settings) -> None:
    jobs = [complete_job(request_for(review=True, performance=p), settings) for p in (None, {"controls": {"smile": 7}})]

    assert [len(job.given_notes) for job in jobs] == [0, 1]
    assert jobs[0].thread_id(settings) == jobs[1].thread_id(settings)


def test_notes_reach_the_result(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    content = deepcopy(GOOD)
    content["controls"]["smile"] = 3
    content["cues"] += [{"action": "nod", "at": 50.0}, {"action": "nod", "word": 9999}]
    result = run_job(request_for(performance=content, controls={"energy": 4}), settings)
    notes = "\n".join(result.notes)

    assert "The controls had numbers out of range" in notes
    assert "controls.smile 3 to 1" in notes
    assert "2 (nod) at 50.00 s" in notes
    assert "3 (nod), word 9999" in notes
    assert all("at" in cue for cue in result.performance["cues"])


@given(from_schema({name: value for name, value in performance_schema().items() if name != "$id"}))
def test_whatever_the_schema_allows_is_taken(content: dict[str, Any]) -> None:
    for segment in content.get("segments", []):
        segment["start"] = min(segment["start"], 86_000.0)
        segment["end"] = segment["start"] + 1.0
    played = checked(content)

    assert Performance.model_validate(played).model_dump(mode="json") == played


@examples(max_examples=400)
@given(st.data(), anything)
def test_a_good_performance_with_one_thing_changed_is_taken_or_refused(data: st.DataObject, value: Any) -> None:
    content = deepcopy(GOOD)
    container, key = data.draw(st.sampled_from(places(content)))
    if isinstance(container, dict) and data.draw(st.booleans()):
        key = data.draw(st.text(max_size=5)) or key
    container[key] = value
    try:
        played = checked(content)
    except InputError:
        return
    range_notes(content, played, "The performance")
    assert Performance.model_validate(played).model_dump(mode="json") == played
