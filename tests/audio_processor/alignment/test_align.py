"""Words that are given are found in the sound: within hundredths of a second on speech whose times are known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio_processor.alignment.align import align
from audio_processor.alignment.scripts import language_of
from audio_processor.alignment.warping import warp
from audio_processor.captions.given import read_transcript
from audio_processor.decode import decode_audio
from audio_processor.tts import SpokenText, speak
from avatar.errors import InputError
from avatar.types import AudioClip, Transcript
from tests.audio_processor.sounds import noise, silence, write_wav

TEXT = "The old harbour was quiet that morning, and nobody expected the storm. Seven men walked along the pier."
GERMAN = "Der alte Hafen lag am Morgen still da, und niemand rechnete mit einem Sturm."


def recorded(
    text: str, folder: Path, *, language: str, voice: str, before: float = 0.0
) -> tuple[SpokenText, AudioClip]:
    """The text in another voice than that of the alignment, after a pause, with a little noise."""
    spoken = speak(text, language=language, voice=voice, folder=folder)
    samples = decode_audio(spoken.path, folder / "plain", max_minutes=1, max_megabytes=99).samples
    whole = np.concatenate([silence(before), samples])
    path = write_wav(folder / "recorded.wav", whole + noise(len(whole) / 16_000, level=0.001))
    return spoken, decode_audio(path, folder / "noisy", max_minutes=1, max_megabytes=99)


def onset_errors(found: Transcript, spoken: SpokenText, before: float = 0.0) -> NDArray[np.float64]:
    assert [word.text for word in found.words] == [word.text for word in spoken.words]
    return np.array([abs(a.start - b.start - before) for a, b in zip(found.words, spoken.words, strict=True)])


@pytest.mark.parametrize(("text", "language", "voice"), [(TEXT, "en-gb", "f2"), (GERMAN, "de", "m3")])
def test_words_in_another_voice_are_found(text: str, language: str, voice: str, tmp_path: Path) -> None:
    spoken, clip = recorded(text, tmp_path, language=language, voice=voice, before=1.3)
    found = align(read_transcript(text), clip, language=language[:2])
    errors = onset_errors(found, spoken, 1.3)
    assert np.median(errors) < 0.025
    assert np.percentile(errors, 90) < 0.1
    assert (found.source, found.text) == ("aligned", text)
    assert found.confidence > 0.5


def test_words_of_captions_stay_inside_their_cues(tmp_path: Path) -> None:
    spoken, clip = recorded(TEXT, tmp_path, language="en", voice="f2")
    middle = spoken.words[12].start - 0.05
    srt = (
        f"1\n00:00:00,000 --> 00:00:0{middle:.3f}\n{' '.join(w.text for w in spoken.words[:12])}\n\n"
        f"2\n00:00:0{middle:.3f} --> 00:00:09,000\n{' '.join(w.text for w in spoken.words[12:])}\n"
    )
    found = align(read_transcript(srt), clip, language="en")
    assert len(found.words) == len(spoken.words)
    assert found.words[11].end <= middle + 1e-3
    assert found.words[12].start >= middle - 1e-3
    assert np.median(onset_errors(found, spoken)) < 0.025


def test_other_words_are_given_little_confidence(tmp_path: Path) -> None:
    _, clip = recorded(TEXT, tmp_path, language="en", voice="f2")
    wrong = "Completely different sentences stand here, which no person in this recording has ever said."
    assert align(read_transcript(wrong), clip).confidence < 0.5


def test_more_words_than_the_speech_has_room_for_are_refused(tmp_path: Path) -> None:
    _, clip = recorded("Hello there.", tmp_path, language="en", voice="f2", before=4.0)
    with pytest.raises(InputError, match=r"too long for the sound: saying 'The old harbour"):
        align(read_transcript(TEXT), clip)


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    clip = AudioClip(silence(9.0), tmp_path / "none.wav")
    with pytest.raises(InputError, match="no language 'klingon'"):
        align(read_transcript("Hello"), clip, language="klingon")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今天天气很好", "zh"),
        ("今日はいい天気", "ja"),
        ("Привет", "ru"),
        ("नमस्ते", "hi"),
        ("Hello 世 there", None),
        ("", None),
    ],
)
def test_a_script_of_its_own_tells_the_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("count", [40, 4500, 6501])
def test_a_warped_curve_is_followed_through_all_levels(count: int) -> None:
    random = np.random.default_rng(3)
    columns = np.cumsum(random.normal(size=(count, 4)), axis=0).astype(np.float32)
    at = np.clip(np.arange(count) + 60 * np.sin(np.arange(count) / 400), 0, count - 1)
    path, distances = warp(columns[at.astype(int)], columns)
    assert np.median(np.abs(path - at)) <= 1.0
    assert np.all(np.diff(path) >= 0)
    assert path[-1] == count - 1
    assert distances.shape == (count,)
