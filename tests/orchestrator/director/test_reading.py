"""What a model writes becomes what can be played, and every change is told."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from avatar.performance import Cue, Performance
from avatar.types import Speech
from orchestrator.director.placing import loudest_moment, placed
from orchestrator.director.reading import Reading, read_answer
from orchestrator.director.salvage import UnusableAnswerError, find_object
from orchestrator.director.stretches import stretches
from tests.orchestrator.director.scripted_chat import CONTROLS, answer_text
from tests.video_processor.speech_factory import make_speech

SPEECH = make_speech(20.0)
WORDS = SPEECH.transcript.words if SPEECH.transcript else ()
WORDLESS = replace(SPEECH, transcript=None)


def read(text: str, speech: Speech = SPEECH) -> Reading:
    return read_answer(text, stretches(speech)[0], speech)


def read_cues(*cues: Any, speech: Speech = SPEECH) -> tuple[tuple[Cue, ...], Mapping[str, int]]:
    performance, problems = read(answer_text(cues), speech)
    return performance.cues, problems.counts


def test_a_good_answer_is_played_as_it_is() -> None:
    cue = {"word": 4, "action": "nod", "intensity": 0.4, "duration": 0.7, "direction": 0}
    segment = {"first": 3, "last": 9, "controls": {"smile": -0.2}}
    performance, problems = read(answer_text([cue], [segment]))

    assert performance.controls.model_dump() == CONTROLS
    assert [(s.start, s.end) for s in performance.segments] == [(WORDS[3].start, WORDS[9].end)]
    assert performance.segments[0].controls.model_dump() == {**CONTROLS, "smile": -0.2}
    moment = loudest_moment(WORDS[4], SPEECH.prosody, SPEECH.duration)
    assert performance.cues == (Cue(action="nod", at=moment, word=4, intensity=0.4, duration=0.7),)
    assert (problems.counts, problems.told) == ({}, ())
    assert placed(performance, SPEECH) == (performance, ())


def test_numbers_are_clamped_and_told() -> None:
    performance, problems = read(answer_text(blink_rate=7, smile=-3.5, energy=1e308))

    assert (performance.controls.blink_rate, performance.controls.smile, performance.controls.energy) == (
        2.0,
        -1.0,
        1.0,
    )
    assert problems.counts == {"clamped": 3}
    assert problems.told[0] == "clamped: controls.blink_rate 7 is outside 0 to 2"


@pytest.mark.parametrize(
    ("value", "smile", "kind"),
    [
        ('"0.5"', 0.5, "converted"),
        ('" -0.25 "', -0.25, "converted"),
        ("NaN", 0.0, "dropped"),
        ('"nan"', 0.0, "dropped"),
        ("Infinity", 1.0, "clamped"),
        ("-Infinity", -1.0, "clamped"),
        ("1e999", 1.0, "clamped"),
        ("9" * 400, 1.0, "clamped"),
        ("null", 0.0, "dropped"),
        ("true", 0.0, "dropped"),
        ('"broad"', 0.0, "dropped"),
        ("[0.5]", 0.0, "dropped"),
        ('{"value": 0.5}', 0.0, "dropped"),
    ],
)
def test_any_value_in_place_of_a_number_is_read_or_left(value: str, smile: float, kind: str) -> None:
    performance, problems = read(f'{{"controls": {{"smile": {value}, "energy": 0.7}}, "cues": []}}')

    assert performance.controls.smile == smile
    assert performance.controls.energy == 0.7
    assert kind in problems.counts


def test_unknown_keys_are_ignored_and_told() -> None:
    text = json.dumps({"controls": {"smile": 0.2, "sparkle": 1}, "cues": [], "mood": "fine"})
    performance, problems = read(text)

    assert performance.controls.smile == 0.2
    assert problems.counts == {"ignored": 2}
    assert "ignored: controls has no sparkle" in problems.told


@pytest.mark.parametrize(
    ("emotion", "label", "valence"),
    [("Sad", "sad", -0.6), ({"label": "HAPPY"}, "happy", 0.8), ({"label": "smug", "valence": 0.4}, "neutral", 0.4)],
)
def test_emotion_may_be_a_label_alone(emotion: Any, label: str, valence: float) -> None:
    found = read(answer_text(emotion=emotion)).performance.controls.emotion

    assert (found.label, found.valence) == (label, valence)


@pytest.mark.parametrize("action", ["moonwalk", "", None, 4, ["nod"]])
def test_unknown_actions_are_dropped_and_told(action: Any) -> None:
    cues, problems = read_cues({"word": 2, "action": action, "intensity": 0.5}, {"word": 8, "action": "nod"})

    assert [cue.action for cue in cues] == ["nod"]
    assert problems == {"dropped": 1}


def test_spelling_of_actions_is_forgiven() -> None:
    cues, problems = read_cues({"word": 2, "action": " Brow-Raise"}, {"word": 8, "action": "eyes wide"})

    assert [cue.action for cue in cues] == ["brow_raise", "eyes_wide"]
    assert problems == {}


@pytest.mark.parametrize("word", [-1, 9999, 1e300, "x", None, True, [], 10**30])
def test_words_that_do_not_exist_are_dropped_and_told(word: Any) -> None:
    cues, problems = read_cues({"word": word, "action": "nod"}, {"word": 8, "action": "nod"})

    assert [cue.word for cue in cues] == [8]
    assert problems["dropped"] == 1


@pytest.mark.parametrize(("word", "index"), [("4", 4), (4.0, 4), (4.4, 4), ("w4", 4), ("W4!", 4)])
def test_words_are_found_by_index_or_by_their_text(word: Any, index: int) -> None:
    cues, _ = read_cues({"word": word, "action": "nod"})

    assert [cue.word for cue in cues] == [index]


def test_a_cue_after_a_word_is_in_its_pause() -> None:
    before, after = next((a, b) for a, b in pairwise(WORDS) if b.start - a.end > 0.4)
    (cue,), _ = read_cues({"word": WORDS.index(before), "when": "after", "action": "blink"})

    assert before.end < cue.at < after.start
    assert cue.word is None


def test_seconds_in_place_of_a_word_are_snapped_to_it() -> None:
    (cue,), problems = read_cues({"at": WORDS[5].start + 0.1, "action": "nod"})

    assert cue.word == 5
    assert problems == {"snapped": 1}


def test_without_words_cues_are_at_their_seconds() -> None:
    cues, problems = read_cues(
        {"at": 3.2, "action": "nod"}, {"at": 99, "action": "nod"}, {"word": 2, "action": "nod"}, speech=WORDLESS
    )

    assert [(cue.at, cue.word) for cue in cues] == [(3.2, None)]
    assert problems == {"dropped": 2}


def test_cues_and_segments_of_a_later_stretch_are_in_the_time_of_the_sound() -> None:
    speech = make_speech(100.0)
    second = stretches(speech)[1]
    segment = {"first": 2, "last": 30, "controls": {"energy": 0.9}}
    performance = read_answer(answer_text([{"word": 6, "action": "nod"}], [segment]), second, speech).performance
    assert speech.transcript is not None

    index = second.words[6]
    assert performance.cues[0].word == index
    assert performance.cues[0].at == loudest_moment(speech.transcript.words[index], speech.prosody, speech.duration)
    assert performance.segments[0].start == speech.transcript.words[second.words[2]].start


def test_a_cue_given_twice_is_played_once_and_the_stronger() -> None:
    twice = [{"word": 4, "action": "nod", "intensity": 0.3}, {"word": 4, "action": "nod", "intensity": 0.6}]
    cues, problems = read_cues(*twice)

    assert [cue.intensity for cue in cues] == [0.6]
    assert problems == {"dropped": 1}


@pytest.mark.parametrize(
    ("one", "other"), [("smile", "frown"), ("nod", "shake"), ("still", "turn"), ("blink", "eyes_wide")]
)
def test_of_contrary_cues_on_one_word_the_stronger_is_played(one: str, other: str) -> None:
    cues, _ = read_cues({"word": 4, "action": one, "intensity": 0.3}, {"word": 4, "action": other, "intensity": 0.5})

    assert [cue.action for cue in cues] == [other]


def test_what_moves_different_parts_is_played_together() -> None:
    cues, problems = read_cues(*({"word": 4, "action": action} for action in ("nod", "brow_raise", "smile")))

    assert {cue.action for cue in cues} == {"nod", "brow_raise", "smile"}
    assert problems == {}


def test_too_many_cues_are_thinned() -> None:
    actions = ("nod", "brow_raise", "blink", "look", "smile", "squint", "lean")
    given = [{"word": i % len(WORDS), "action": actions[i % 7], "intensity": 0.5} for i in range(1500)]
    cues, problems = read_cues(*given)

    assert 10 < len(cues) < 2.0 * SPEECH.duration
    assert problems["dropped"] > 1400
    assert [cue.at for cue in cues] == sorted(cue.at for cue in cues)


def test_segments_are_ordered_and_do_not_overlap() -> None:
    given = [
        {"first": 10, "last": 20, "controls": {"smile": 0.5}},
        {"first": 12, "last": 2, "smile": 0.1},
        {"first": 18, "last": 18, "controls": {"smile": 0.4}},
        {"first": 500, "last": 900, "controls": {"smile": 0.4}},
        {"first": 3, "last": 9, "controls": {"sparkle": 0.4}},
        "fast",
    ]
    performance, problems = read(answer_text(segments=given))

    assert [round(s.controls.smile, 2) for s in performance.segments] == [0.1, 0.5]
    assert all(a.end <= b.start for a, b in pairwise(performance.segments))
    assert problems.counts == {"dropped": 3, "ignored": 1}


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "Here is the performance {as asked}:\n{}\nI hope it helps!",
        '<think>maybe {{"controls": 1}}</think>{}',
        '{{"performance": {}}}',
    ],
)
def test_an_answer_is_found_in_what_stands_around_it(around: str) -> None:
    text = around.replace("{}", answer_text([{"word": 4, "action": "nod"}])).replace("{{", "{").replace("}}}}", "}}}")
    performance, problems = read(text)

    assert performance.controls.smile == CONTROLS["smile"]
    assert performance.cues[0].word == 4
    assert set(problems.counts) <= {"mended"}


def test_commas_too_many_and_a_broken_end_are_mended() -> None:
    whole = answer_text([{"word": 4, "action": "nod"}, {"word": 12, "action": "smile"}])
    assert len(read(whole.replace("}]", "},]").replace("}, {", "} , {")).performance.cues) == 2

    broken, problems = read(whole[: whole.index('"smile"}') - 10])
    assert [cue.word for cue in broken.cues] == [4]
    assert problems.counts == {"mended": 1}
    assert find_object('{"a": "x,]} \\" {", "b": [1, 2,],}').value == {"a": 'x,]} " {', "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON object"),
        ("I cannot do that.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"controls": {"smile": 0.', "not JSON"),
        ('{"controls": oops}', "Expecting value"),
        ("{}", "neither controls nor cues"),
        ('{"controls": {}, "cues": []}', "nothing that can be played"),
        ('{"controls": null, "cues": "nod on word 3"}', "controls is null, not an object; .*cues is nod on word 3"),
        ('{"answer": 42}', "nothing that can be played: ignored: the answer has no answer"),
        ('{"controls": {"smile": "wide"}, "cues": [{"action": "fly", "word": 1}]}', "there is no action fly"),
        ('{"a":' * 5000, "not JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested too deeply"),
        ("{" * 90_000, "not JSON"),
        ("x" * 200_000, "200000 characters"),
        ('{"controls": ' + "9" * 5000 + "}", "a number is too long"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words_for_the_model(text: str, said: str) -> None:
    with pytest.raises(UnusableAnswerError, match=said) as caught:
        read(text)
    assert len(caught.value.message) < 1500


def test_what_is_told_is_bounded() -> None:
    text = answer_text([{"word": 1, "action": "\x1b[31m" + "y" * 400}] * 150)
    problems = read(text).problems

    assert problems.counts == {"dropped": 150}
    assert len(problems.told) == 20
    assert max(map(len, problems.told)) < 120
    assert all(line.isprintable() for line in problems.told)


def test_an_answer_of_one_cue_stands_on_the_usual_controls() -> None:
    performance = read('{"cues": {"word": 4, "action": "nod"}}').performance

    assert performance.controls == Performance().controls
    assert len(performance.cues) == 1
