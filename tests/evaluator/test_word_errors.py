from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from audio_processor.tracks import SoundTracks
from avatar.types import AudioClip, Transcript
from evaluator.words import heard, primary, word_error_rate, words

CLIP = AudioClip(np.zeros(16_000, np.float32), Path("speech.wav"))


@dataclass(frozen=True)
class Hearing:
    """A recogniser that always hears the same."""

    text: str
    language: str

    source = "test"

    def transcribe(
        self,
        clip: AudioClip,
        language: str | None = None,
        *,
        tracks: SoundTracks | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Transcript:
        check()
        assert clip is CLIP
        return Transcript(self.text, self.language, (), "test")


@pytest.mark.parametrize(
    ("wanted", "found", "rate"),
    [
        ("the cat sat", "the cat sat", 0.0),
        ("The cat, sat!", "the CAT sat", 0.0),
        ("the cat sat", "the bat sat", 1 / 3),
        ("the cat sat", "the cat", 1 / 3),
        ("the cat sat", "the cat sat down", 1 / 3),
        ("one two three four", "two three four five", 0.5),
        ("a", "b c d", 3.0),
        ("", "", 0.0),
        ("...", "word", 1.0),
        ("word", "", 1.0),
        ("大家早上好", "大家早上坏", 0.2),
    ],
)
def test_word_error_rate_counts_what_must_be_changed(wanted: str, found: str, rate: float) -> None:
    assert word_error_rate(wanted, found) == pytest.approx(rate)


def test_words_have_no_case_and_no_punctuation() -> None:
    assert words("Don’t — 'stop', Ärger; naïve") == ["don't", "stop", "ärger", "naïve"]
    assert words("नमस्ते।") == ["नमस्ते"]
    assert words("e\u0301te\u0301") == words("été")


@pytest.mark.parametrize(("tag", "language"), [("pt-BR", "pt"), ("cmn", "zh"), ("zh_TW", "zh"), ("EN", "en")])
def test_dialects_count_as_their_language(tag: str, language: str) -> None:
    assert primary(tag) == language


def test_a_recogniser_tells_language_and_errors() -> None:
    found = heard(CLIP, "good morning", "en-us", Hearing("good evening", "en"))
    assert (found["language_correct"].value, found["word_error_rate"].value) == (1.0, 0.5)
    assert heard(CLIP, "good morning", "de", Hearing("good morning", "en"))["language_correct"].value == 0.0


def test_without_a_recogniser_a_text_or_a_language_the_reason_is_told() -> None:
    missing = heard(CLIP, "good", "en", None)
    assert {value.value for value in missing.values()} == {None}
    assert all("not installed" in value.why for value in missing.values())
    unknown = heard(CLIP, None, None, Hearing("good", "en"))
    assert all(value.value is None and "not given" in value.why for value in unknown.values())
