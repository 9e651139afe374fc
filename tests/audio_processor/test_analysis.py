import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech, load_speech, save_speech
from audio_processor.decode import decode_audio
from avatar.types import AudioClip, Floats, Prosody, Speech, VisemeTrack
from tests.audio_processor.sounds import Said, noise, silence, tones


@pytest.fixture(scope="module")
def heard(said: Said) -> Speech:
    return analyse_speech(said.clip)


@pytest.fixture(scope="module")
def known(said: Said) -> Speech:
    return analyse_speech(said.clip, said.spoken)


def same(one: Prosody | VisemeTrack, other: Prosody | VisemeTrack) -> bool:
    values = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in values)


def test_all_tracks_have_one_length_that_covers_the_sound(heard: Speech, known: Speech, said: Said) -> None:
    for speech in (heard, known):
        curves = [speech.prosody.loudness_db, speech.prosody.f0_hz, speech.prosody.speech, speech.prosody.rates]
        lips = speech.visemes
        curves += [lips.probabilities, lips.opening, lips.width, lips.rounding, lips.closure]
        assert {len(curve) for curve in curves} == {-(-len(said.clip.samples) // 160)}
        assert speech.duration == said.clip.duration


def test_a_sound_alone_has_no_transcript(heard: Speech) -> None:
    assert heard.transcript is None
    assert not heard.is_silent


def test_a_spoken_text_brings_its_words_and_its_own_lips(known: Speech, heard: Speech, said: Said) -> None:
    assert known.transcript is not None
    assert known.transcript.source == "text"
    assert known.transcript.text == said.spoken.text
    assert known.transcript.words == said.spoken.words
    assert not np.array_equal(known.visemes.opening, heard.visemes.opening)


def test_the_mask_of_a_spoken_text_is_that_of_its_sounds(known: Speech, heard: Speech) -> None:
    assert (known.prosody.speech == heard.prosody.speech).mean() > 0.88
    assert len(known.prosody.phrases) == len(heard.prosody.phrases)


@pytest.mark.parametrize("samples", [silence(1), noise(1), tones(2), np.zeros(1, np.float32)])
def test_what_is_no_speech_is_silent(samples: Floats, said: Said) -> None:
    speech = analyse_speech(AudioClip(samples, said.clip.source))

    assert speech.is_silent
    assert speech.visemes.opening.mean() < 0.05


def test_speech_comes_back_from_its_file(tmp_path: Path, heard: Speech, known: Speech) -> None:
    for speech in (heard, known):
        save_speech(tmp_path / "speech.npz", speech)
        again = load_speech(tmp_path / "speech.npz")

        assert again.duration == speech.duration
        assert again.transcript == speech.transcript
        assert again.heard_by == speech.heard_by
        assert same(again.prosody, speech.prosody)
        assert same(again.visemes, speech.visemes)


def test_the_file_holds_no_pickle_and_a_readable_transcript(tmp_path: Path, known: Speech) -> None:
    save_speech(tmp_path / "speech.npz", known)

    with np.load(tmp_path / "speech.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
        assert json.loads(file["told"].tobytes())["transcript"]["words"][0]["text"] == "My"


def test_saving_leaves_only_the_finished_file(tmp_path: Path, heard: Speech) -> None:
    save_speech(tmp_path / "speech.npz", heard)

    assert [path.name for path in tmp_path.iterdir()] == ["speech.npz"]


def test_the_same_sound_gives_the_same_speech(tmp_path: Path, said: Said, heard: Speech) -> None:
    again = analyse_speech(decode_audio(said.spoken.path, tmp_path, max_minutes=1, max_megabytes=10))

    assert same(again.visemes, heard.visemes)
    assert same(again.prosody, heard.prosody)
