"""Long speech is cut at the ends of phrases, with an overlap on either side."""

from dataclasses import replace
from itertools import pairwise

import pytest

from avatar.types import Span, Speech, Transcript, Word
from orchestrator.director.stretches import (
    LONGEST_SECONDS,
    OVERLAP_SECONDS,
    SHORTEST_SECONDS,
    stretches,
)
from tests.video_processor.speech_factory import make_silence, make_speech, make_tone


@pytest.mark.parametrize("seconds", [0.05, 3.0, 30.0, 40.0])
def test_short_speech_is_one_stretch_with_all_its_words(seconds: float) -> None:
    speech = make_speech(seconds)
    (only,) = stretches(speech)

    assert only.own == only.heard == Span(0.0, speech.duration)
    assert only.words == range(len(speech.transcript.words if speech.transcript else ()))


@pytest.mark.parametrize("seed", range(4))
def test_stretches_follow_one_another_between_phrases(seed: int) -> None:
    speech = make_speech(300.0, seed=seed)
    parts = stretches(speech)

    assert parts[0].own.start == 0.0
    assert parts[-1].own.end == speech.duration
    for before, after in pairwise(parts):
        assert before.own.end == after.own.start
        assert not any(phrase.start < after.own.start < phrase.end for phrase in speech.prosody.phrases)
        assert SHORTEST_SECONDS <= before.own.end - before.own.start <= LONGEST_SECONDS
        assert after.heard.start == pytest.approx(before.own.end - OVERLAP_SECONDS)
        assert set(before.words) & set(after.words)


def test_speech_without_a_pause_is_cut_all_the_same() -> None:
    parts = stretches(make_tone(100.0, 0.3))

    assert [round(part.own.end - part.own.start) for part in parts] == [30, 30, 40]


def test_without_pauses_no_word_is_cut() -> None:
    words = tuple(Word("so", 0.37 * index, 0.37 * index + 0.36) for index in range(320))
    run = replace(make_tone(120.0, 0.3), transcript=Transcript("", "en", words, "test"))
    parts = stretches(run)

    assert len(parts) > 2
    for part in parts[1:]:
        assert not any(word.start < part.own.start < word.end for word in words)


@pytest.mark.parametrize("speech", [make_silence(90.0), make_speech(3600.0)], ids=["silence", "an hour"])
def test_any_length_is_covered(speech: Speech) -> None:
    parts = stretches(speech)

    assert sum(part.own.end - part.own.start for part in parts) == pytest.approx(speech.duration)
    assert [part.number for part in parts] == list(range(len(parts)))
