"""A performance that knows words only is laid onto the speech that it is played to."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.performance import ACTIONS, ControlParameters, Cue, Performance, Segment
from avatar.types import HOP_SECONDS, Speech, Word
from orchestrator.director.placing import loudest_moment, placed
from tests.video_processor.speech_factory import make_speech, make_tone

SPEECH = replace(make_speech(6.0), duration=6.0)
TOLERANCE = 1e-6


def waved(speech: Speech) -> Speech:
    """With a loudness that has many peaks."""
    t = np.arange(len(speech.prosody.loudness_db)) * HOP_SECONDS
    level = (-30.0 + 8.0 * np.sin(17.0 * t) + 3.0 * np.sin(3.1 * t)).astype(np.float32)
    return replace(speech, prosody=replace(speech.prosody, loudness_db=level))


WAVED = waved(SPEECH)


def words_of(speech: Speech) -> tuple[Word, ...]:
    assert speech.transcript
    return speech.transcript.words


def only_cue(cue: Cue, speech: Speech = WAVED) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    performance, notes = placed(Performance(cues=(cue,)), speech)
    return performance.cues, notes


@st.composite
def cues(draw: st.DrawFn) -> Cue:
    word = draw(st.none() | st.integers(0, 40))
    moment = st.floats(0.0, 12.0)
    values = {"action": draw(st.sampled_from(ACTIONS)), "word": word, "intensity": draw(st.floats(0.0, 1.0))}
    if word is None or draw(st.booleans()):
        values["at"] = draw(moment)
    return Cue.model_validate(values)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    start = draw(st.floats(0.0, 10.0))
    return Segment(start=start, end=start + draw(st.floats(0.01, 5.0)), controls=ControlParameters())


performances = st.builds(
    lambda c, s: Performance(cues=tuple(c), segments=tuple(s)), st.lists(cues(), max_size=8), st.lists(segments())
)


@pytest.mark.parametrize("index", [0, 3, 7])
def test_a_cue_of_a_word_peaks_where_that_word_is_loudest(index: int) -> None:
    word = words_of(WAVED)[index]
    (cue,), _ = only_cue(Cue(action="nod", word=index))
    level = WAVED.prosody.loudness_db
    inside = [i for i in range(len(level)) if word.start + 0.0099 <= i * HOP_SECONDS <= word.end - 0.0099]

    assert cue.at == pytest.approx(max(inside, key=lambda i: level[i]) * HOP_SECONDS)
    assert word.start < cue.at < word.end


def test_a_cue_that_only_has_a_word_is_placed_without_a_note() -> None:
    (cue,), notes = only_cue(Cue(action="smile", word=2))

    assert cue.is_placed
    assert notes == ()


def test_a_cue_that_lies_beside_its_word_is_moved_and_the_note_says_where() -> None:
    word = words_of(WAVED)[4]
    (cue,), (note,) = only_cue(Cue(action="nod", word=4, at=word.end + 1.0))

    assert word.start < cue.at < word.end
    assert f"0 (nod) from {word.end + 1.0:.2f} s to “w4” at {cue.at:.2f} s" in note


def test_a_cue_within_its_word_is_moved_silently() -> None:
    word = words_of(WAVED)[4]

    assert only_cue(Cue(action="nod", word=4, at=word.start))[1] == ()


def test_a_moment_without_a_word_stays_to_the_digit() -> None:
    assert only_cue(Cue(action="nod", at=1.23456)) == ((Cue(action="nod", at=1.23456),), ())


def test_a_word_that_does_not_exist_is_taken_off_a_cue_with_a_moment() -> None:
    (cue,), (note,) = only_cue(Cue(action="nod", at=1.5, word=99))

    assert (cue.at, cue.word) == (1.5, None)
    assert f"(the speech has {len(words_of(WAVED))}): 0 (nod), word 99" in note


def test_a_cue_with_neither_a_word_that_exists_nor_a_moment_is_dropped() -> None:
    kept, (note,) = only_cue(Cue(action="blink", word=99))

    assert kept == ()
    assert "dropped" in note
    assert "0 (blink), word 99" in note


def test_without_a_transcript_the_note_says_that_no_words_are_known() -> None:
    _, (note,) = only_cue(Cue(action="blink", word=0), replace(WAVED, transcript=None))

    assert "the words of the speech are not known" in note


def test_cues_beyond_the_sound_are_dropped() -> None:
    performance = Performance(cues=(Cue(action="nod", at=6.0), Cue(action="smile", at=6.01)))
    found, (note,) = placed(performance, WAVED)

    assert [cue.action for cue in found.cues] == ["nod"]
    assert "ends at 6.00 s: 1 (smile) at 6.01 s" in note


def test_segments_end_with_the_sound() -> None:
    spans = ((0.0, 2.0), (2.0, 6.04), (5.0, 9.0), (7.0, 8.0))
    given_segments = tuple(Segment(start=a, end=b, controls=ControlParameters()) for a, b in spans)
    found, notes = placed(Performance(segments=given_segments), WAVED)

    assert [(s.start, s.end) for s in found.segments] == [(0.0, 2.0), (2.0, 6.0), (5.0, 6.0)]
    assert [note.split(":")[-1].strip() for note in notes] == ["2 at 9.00 s.", "3 from 7.00 s."]


def test_a_long_list_is_cut_short() -> None:
    _, (note,) = placed(Performance(cues=tuple(Cue(action="nod", at=9.0) for _ in range(50))), WAVED)

    assert note.endswith("; and 45 more.")


def test_an_even_sound_has_its_loudest_moment_in_the_middle_of_the_word() -> None:
    tone = make_tone(4.0, 0.5)

    assert loudest_moment(Word("a", 1.0, 2.0), tone.prosody, 4.0) == pytest.approx(1.5, abs=HOP_SECONDS)


@pytest.mark.parametrize(("start", "end"), [(1.003, 1.008), (5.995, 6.4), (7.0, 8.0), (2.0, 2.0)])
def test_words_too_short_or_beyond_the_sound_have_a_moment_in_the_sound(start: float, end: float) -> None:
    moment = loudest_moment(Word("a", start, end), WAVED.prosody, 6.0)

    assert 0.0 <= moment <= 6.0
    assert min(start, 6.0) - 0.01 <= moment <= end


@given(performances)
def test_whatever_was_written_lies_within_the_sound_and_on_words_that_exist(performance: Performance) -> None:
    found, notes = placed(performance, WAVED)
    words = words_of(WAVED)

    assert all(0.0 <= cue.at <= WAVED.duration for cue in found.cues)
    assert all(0.0 <= s.start < s.end <= WAVED.duration for s in found.segments)
    for cue in found.cues:
        assert cue.word is None or words[cue.word].start - TOLERANCE <= cue.at <= words[cue.word].end + TOLERANCE
    dropped = len(found.cues) < len(performance.cues) or len(found.segments) < len(performance.segments)
    assert notes or not dropped


@given(performances)
def test_what_is_placed_is_placed_again_without_a_change(performance: Performance) -> None:
    found, _ = placed(performance, WAVED)

    assert placed(found, WAVED) == (found, ())


@given(performances)
def test_placing_changes_nothing_but_moments_and_words(performance: Performance) -> None:
    found, _ = placed(performance, WAVED)
    kept = [(cue.action, cue.intensity, cue.duration, cue.direction) for cue in found.cues]
    offered = iter((cue.action, cue.intensity, cue.duration, cue.direction) for cue in performance.cues)

    assert all(cue in offered for cue in kept)
    assert found.controls == performance.controls
