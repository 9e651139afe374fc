"""What the rules play to words, feelings and sentences, and how sparingly."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.emotions import shares
from avatar.performance import ACTIONS, Cue, Performance
from avatar.types import Emotion, EmotionReading, Emphasis, Span, Speech, TimedEmotion, Transcript, Word
from orchestrator.director.placing import placed
from orchestrator.director.rules import direct
from orchestrator.director.thinning import (
    CROWD_SECONDS,
    HEAD_ACTIONS,
    HEAD_CROWD,
    HEAD_SPACING_SECONDS,
    OPPOSED,
    OPPOSED_SECONDS,
    SAME_SPACING_SECONDS,
    Idea,
    apart,
    thinned,
)
from tests.video_processor.speech_factory import make_speech, make_tone

WORD_SECONDS = 0.5


def said(text: str, *, stressed: tuple[int, ...] = (), language: str = "en", strength: float = 0.5) -> Speech:
    """Words of half a second from 0.5 s on, each loudest in its last quarter; a stress lies there."""
    tokens = text.split()
    seconds = 1.5 + WORD_SECONDS * len(tokens)
    tone = make_tone(seconds, 0.4)
    words = tuple(
        Word(token.strip(".,?!"), 0.5 + WORD_SECONDS * i, 0.5 + WORD_SECONDS * (i + 1))
        for i, token in enumerate(tokens)
    )
    level = np.full_like(tone.prosody.loudness_db, -30.0)
    for word in words:
        level[round(100 * (word.start + 0.38))] = -10.0
    emphases = tuple(Emphasis(words[i].start + 0.2, strength) for i in stressed)
    phrase = Span(0.5, 0.5 + WORD_SECONDS * len(tokens))
    prosody = replace(tone.prosody, phrases=(phrase,), emphases=emphases, loudness_db=level)
    return replace(tone, prosody=prosody, transcript=Transcript(text, language, words, "test"))


def played(speech: Speech, *emotions: TimedEmotion) -> dict[int, list[str]]:
    """The actions on each word."""
    found: dict[int, list[str]] = {}
    for cue in direct(speech, emotions).cues:
        if cue.word is not None:
            found.setdefault(cue.word, []).append(cue.action)
    return found


def mood(label: str, *sources: EmotionReading, seconds: float = 60.0) -> TimedEmotion:
    return TimedEmotion(Span(0.0, seconds), Emotion(label, confidence=0.9), sources)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "language", "word", "actions"),
    [
        ("Hello there my friends", "en", 0, {"smile", "brow_raise", "nod"}),
        ("wir sagen danke schön", "de", 2, {"nod", "smile"}),
        ("no it was him", "en", 0, {"shake"}),
        ("yes it was him", "en", 0, {"nod"}),
        ("oui je le sais", "fr", 0, {"nod"}),
        ("and then maybe we go", "en", 2, {"tilt", "look"}),
        ("he said um something else", "en", 2, {"look"}),
        ("it starts here firstly", "en", 3, {"tilt"}),
    ],
)
def test_words_are_played(text: str, language: str, word: int, actions: set[str]) -> None:
    assert set(played(said(text, language=language)).get(word, [])) >= actions


def test_common_words_are_played_where_they_are_stressed_or_open_a_sentence() -> None:
    text = "it is not here"

    assert "shake" not in played(said(text)).get(2, [])
    assert "shake" in played(said(text, stressed=(2,)))[2]
    assert "shake" in played(said("It is so. Not here"))[3]


def test_every_cue_of_a_word_peaks_where_the_word_is_loudest() -> None:
    speech = said("Hello there! Is it not wonderful? Yes, firstly we were very sad.", stressed=(5, 7, 11))
    cues = [cue for cue in direct(speech, ()).cues if cue.word is not None]

    assert len(cues) >= 6
    for cue in cues:
        assert cue.at == pytest.approx(0.5 + WORD_SECONDS * (cue.word or 0) + 0.38, abs=0.011)


def test_items_of_a_list_go_from_side_to_side() -> None:
    text = "first you open the box then you wait second you close the box then you wait third you go"
    tilts = [cue for cue in direct(said(text), ()).cues if cue.action == "tilt"]

    assert [cue.word for cue in tilts] == [0, 8, 16]
    assert {cue.direction for cue in tilts} == {-1.0, 1.0}


def test_a_number_that_is_stressed_weighs_more() -> None:
    plain, number = (direct(said(f"we have {n} of them", stressed=(2,)), ()).cues for n in ("many", "42"))

    (one,), (other,) = ([cue.intensity for cue in cues if cue.action == "nod"] for cues in (plain, number))
    assert other > one


def test_words_of_feeling_come_up_in_the_face() -> None:
    assert "smile" in played(said("and then we were happy again"))[4]
    assert "frown" in played(said("and then he was furious again"))[4]
    assert "eyes_wide" in played(said("and then it was shocking again"))[4]
    assert "smile" in played(said("und dann war er glücklich", language="de"))[4]


def test_a_face_does_not_go_against_the_mood() -> None:
    assert "smile" not in played(said("and then we were happy again"), mood("sad")).get(4, [])
    assert "frown" not in played(said("and then he was furious again"), mood("happy")).get(4, [])


def test_a_goodbye_is_not_sad() -> None:
    assert "frown" not in played(said("now we say goodbye"))[3]
    assert "smile" in played(said("now we say goodbye"))[3]


def test_a_change_of_mood_comes_up_at_the_first_stress_in_it() -> None:
    speech = said("one two three four five six seven eight nine ten", stressed=(1, 6, 9))
    neutral = TimedEmotion(Span(0.0, 3.0), Emotion("neutral", confidence=0.9))
    angry = TimedEmotion(Span(3.0, 9.0), Emotion("angry", confidence=0.9))

    assert "frown" in played(speech, neutral, angry)[6]
    assert "frown" not in played(speech, neutral, angry).get(9, [])
    assert "frown" not in played(speech, neutral).get(6, [])


def test_a_portrait_that_smiles_smiles_less_again() -> None:
    beaming = EmotionReading("face", shares({"happy": 4.0}), 0.0, 0.0, 1.0)
    smiles = [
        next(cue.intensity for cue in direct(said("Hello there my friends"), (feeling,)).cues if cue.action == "smile")
        for feeling in (mood("neutral"), mood("neutral", beaming))
    ]

    assert smiles[1] < 0.6 * smiles[0]


def test_whoever_has_asked_looks_at_the_viewer_while_waiting() -> None:
    speech = said("and now is it you? yes it is so")
    pause = (Span(0.5, 3.0), Span(4.2, 5.0))
    words = tuple(
        replace(word, start=word.start + 1.2, end=word.end + 1.2) if i > 4 else word
        for i, word in enumerate(speech.transcript.words if speech.transcript else ())
    )
    prosody = replace(speech.prosody, phrases=pause)
    looks = {}
    for text in ("and now is it you? yes it is so", "and now it is you yes it is so"):
        heard = replace(speech, prosody=prosody, transcript=Transcript(text, "en", words, "test"))
        looks[text] = [cue for cue in direct(heard, ()).cues if cue.action == "look"]

    assert [len(found) for found in looks.values()] == [0, 1]


def test_a_mood_changes_in_the_pause_that_is_near() -> None:
    speech = make_tone(12.0, 0.4)
    phrases = (Span(0.5, 5.2), Span(5.6, 11.0))
    heard = replace(speech, prosody=replace(speech.prosody, phrases=phrases))
    feelings = (
        TimedEmotion(Span(0.0, 6.0), Emotion("happy", confidence=0.9)),
        TimedEmotion(Span(6.0, 12.0), Emotion("sad", confidence=0.9)),
    )
    first, second = direct(heard, feelings).segments

    assert (first.end, second.start) == (5.4, 5.4)
    assert (first.start, second.end) == (0.0, 12.0)


def cues_keep_their_distances(performance: Performance) -> None:
    times: dict[str, list[float]] = {}
    for cue in performance.cues:
        times.setdefault(cue.action, []).append(cue.at)
    for action, own in times.items():
        assert all(b - a >= apart(action) - 1e-6 for a, b in pairwise(own)), action  # type: ignore[arg-type]
    heads = sorted(at for action in HEAD_ACTIONS for at in times.get(action, []))
    assert all(b - a >= HEAD_SPACING_SECONDS - 1e-6 for a, b in pairwise(heads))
    for at in heads:
        assert sum(abs(at - other) < CROWD_SECONDS / 4.0 for other in heads) <= HEAD_CROWD
    for action, others in OPPOSED.items():
        for other in others:
            assert all(abs(a - b) >= OPPOSED_SECONDS for a in times.get(action, []) for b in times.get(other, []))


@pytest.mark.parametrize("seed", range(3))
def test_nobody_overacts(seed: int) -> None:
    speech = make_speech(120.0, seed=seed)
    cues = direct(speech, ()).cues
    minutes = speech.duration / 60.0
    counts = Counter(cue.action for cue in cues)

    cues_keep_their_distances(Performance(cues=cues))
    assert sum(counts[action] for action in HEAD_ACTIONS) <= 24 * minutes
    assert counts["nod"] <= 15 * minutes
    assert counts["brow_raise"] <= 20 * minutes
    assert len(cues) <= 70 * minutes


@pytest.mark.parametrize("seed", range(3))
def test_nothing_repeats_mechanically(seed: int) -> None:
    cues = direct(make_speech(120.0, seed=seed), ()).cues
    for action in ("nod", "brow_raise", "tilt"):
        own = [cue for cue in cues if cue.action == action]
        assert len({cue.intensity for cue in own}) > 0.8 * len(own)
        assert len({cue.duration for cue in own}) > 0.8 * len(own)
        assert np.std(np.diff([cue.at for cue in own])) > 0.4
    strokes = [cue.action for cue in cues if cue.action in HEAD_ACTIONS]
    assert all(
        len(set(three)) > 1 or three[0] == "nod" for three in zip(strokes, strokes[1:], strokes[2:], strict=False)
    )


def test_another_speech_is_played_otherwise() -> None:
    first, second = (direct(make_speech(60.0, seed=seed), ()).cues for seed in (1, 2))

    assert [cue.intensity for cue in first] != [cue.intensity for cue in second]


def test_what_the_rules_write_is_in_its_place() -> None:
    for speech in (make_speech(60.0), said("Hello there! Is it you? Yes, and maybe not.", stressed=(1, 6))):
        performance = direct(speech, ())

        assert placed(performance, speech) == (performance, ())
        assert [cue.at for cue in performance.cues] == sorted(cue.at for cue in performance.cues)


texts = st.lists(
    st.sampled_from(["hello", "no", "yes", "first", "maybe", "um", "very", "all", "sad", "happy", "42", "is?", "it."]),
    min_size=1,
    max_size=40,
).map(" ".join)


@given(texts, st.data())
def test_whatever_is_said_is_played_within_bounds(text: str, data: st.DataObject) -> None:
    count = len(text.split())
    stressed = tuple(sorted(data.draw(st.sets(st.integers(0, count - 1), max_size=count))))
    speech = said(text, stressed=stressed, strength=data.draw(st.floats(0.05, 1.0)))
    performance = direct(speech, ())

    cues_keep_their_distances(performance)
    assert placed(performance, speech) == (performance, ())
    assert Performance.model_validate(performance.model_dump()) == performance


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.floats(0.0, 60.0), st.floats(0.0, 1.0)), max_size=40))
def test_thinning_keeps_what_matters_most(given_ideas: list[tuple[str, float, float]]) -> None:
    ideas = [Idea(Cue.model_validate({"action": action, "at": at}), weight) for action, at, weight in given_ideas]
    kept = thinned(ideas)

    cues_keep_their_distances(Performance(cues=tuple(idea.cue for idea in kept)))
    assert all(idea in ideas for idea in kept)
    if ideas:
        assert max(ideas, key=lambda idea: idea.weight) in kept


def test_every_spacing_is_of_an_action() -> None:
    assert set(SAME_SPACING_SECONDS) <= set(ACTIONS)
