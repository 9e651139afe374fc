import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from avatar.performance import ACTIONS, ControlParameters, Cue, Performance, Segment

RANGES = {
    "blink_rate": (0.0, 2.0),
    "head_tilt": (-1.0, 1.0),
    "expression_intensity": (0.0, 1.0),
    "mouth_openness": (0.0, 1.0),
    "eyebrow_raise": (-1.0, 1.0),
    "head_motion": (0.0, 1.0),
    "gaze_contact": (0.0, 1.0),
    "smile": (-1.0, 1.0),
    "energy": (0.0, 1.0),
}


def test_every_control_but_the_emotion_is_a_number_with_a_range() -> None:
    assert {*RANGES, "emotion"} == set(ControlParameters.model_fields)


@given(st.sampled_from(sorted(RANGES)), st.floats(allow_nan=False, allow_infinity=True))
def test_numbers_out_of_range_are_clamped(name: str, value: float) -> None:
    low, high = RANGES[name]
    found = getattr(ControlParameters.model_validate({name: value}), name)
    assert found == min(max(value, low), high)


@pytest.mark.parametrize("value", [math.nan, "much", True, None, [1]])
def test_what_is_not_a_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        ControlParameters.model_validate({"smile": {"value": value} if value is True else value})


def test_unknown_fields_are_ignored() -> None:
    found = Performance.model_validate({"controls": {"smile": 0.5, "halo": 1}, "soundtrack": "x"})
    assert found == Performance(controls=ControlParameters(smile=0.5))


def test_unknown_actions_and_negative_words_are_refused() -> None:
    assert Cue.model_validate({"action": ACTIONS[0], "at": 1}).action == "nod"
    for wrong in ({"action": "fly", "at": 1}, {"action": "nod", "at": 1, "word": -1}, {"action": "nod"}):
        with pytest.raises(ValidationError):
            Cue.model_validate(wrong)


def test_cues_are_clamped_too() -> None:
    cue = Cue.model_validate({"action": "look", "at": -5, "intensity": 7, "duration": 0, "direction": -3})
    assert (cue.at, cue.intensity, cue.duration, cue.direction) == (0.0, 1.0, 0.05, -1.0)


def test_overriding_reaches_the_clip_and_every_segment_and_nothing_else() -> None:
    segment = Segment(start=0, end=1, controls=ControlParameters(smile=-1, energy=0.9))
    performance = Performance(controls=ControlParameters(energy=0.2), segments=(segment,))
    found = performance.overridden({"smile": 5})
    assert (found.controls.smile, found.controls.energy) == (1.0, 0.2)
    assert (found.segments[0].controls.smile, found.segments[0].controls.energy) == (1.0, 0.9)
    assert performance.controls.smile == 0.0


def test_overriding_nothing_changes_nothing() -> None:
    performance = Performance()
    assert performance.overridden({}) is performance


def test_a_performance_survives_json() -> None:
    performance = Performance(
        controls=ControlParameters(smile=0.25),
        segments=(Segment(start=0.5, end=2, controls=ControlParameters()),),
        cues=(Cue(action="wink", at=1.5, direction=-1),),
    )
    assert Performance.model_validate_json(performance.model_dump_json()) == performance


def test_a_cue_has_a_moment_or_a_word() -> None:
    cue = Cue(action="nod", word=3)

    assert not cue.is_placed
    assert cue.model_copy(update={"at": 0.0}).is_placed
    for wrong in ({"action": "nod"}, {"action": "nod", "word": None}, {"action": "nod", "word": 3, "at": None}):
        with pytest.raises(ValidationError):
            Cue.model_validate(wrong)


def test_a_cue_without_a_moment_has_none_in_json_either() -> None:
    performance = Performance(cues=(Cue(action="nod", word=3), Cue(action="nod", word=3, at=0.0)))
    first, second = performance.model_dump(mode="json")["cues"]

    assert "at" not in first
    assert second["at"] == 0.0
    assert Performance.model_validate_json(performance.model_dump_json()) == performance
