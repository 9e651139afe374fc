from dataclasses import replace

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.phonemes import viseme_track
from audio_processor.steering import steered
from audio_processor.tts import speak
from audio_processor.visemes import visemes_from_sound
from avatar.types import Transcript, VisemeTrack, Word
from tests.audio_processor.sounds import Said

CURVES = ("probabilities", "opening", "width", "rounding", "closure")


@pytest.fixture(scope="module")
def heard(said: Said) -> VisemeTrack:
    return visemes_from_sound(said.samples)


@pytest.fixture(scope="module")
def known(said: Said) -> VisemeTrack:
    return viseme_track(said.spoken.phonemes, -(-len(said.samples) // 160))


@pytest.fixture(scope="module")
def transcript(said: Said) -> Transcript:
    return Transcript(said.spoken.text, "en", said.spoken.words, "an engine")


def likeness(one: VisemeTrack, other: VisemeTrack, name: str) -> float:
    return float(np.corrcoef(getattr(one, name), getattr(other, name))[0, 1])


@pytest.mark.parametrize("name", ["opening", "width", "rounding", "closure"])
def test_known_words_bring_the_lips_nearer_to_the_sounds_spoken(
    heard: VisemeTrack, known: VisemeTrack, transcript: Transcript, name: str
) -> None:
    better = steered(heard, transcript)

    assert likeness(better, known, name) > likeness(heard, known, name)


def test_a_steered_track_keeps_its_ranges(heard: VisemeTrack, transcript: Transcript) -> None:
    track = steered(heard, transcript)

    assert np.allclose(track.probabilities.sum(axis=1), 1.0, atol=1e-4)
    for name in CURVES:
        assert getattr(track, name).dtype == np.float32
        assert getattr(track, name).shape == getattr(heard, name).shape
        assert 0.0 <= getattr(track, name).min() <= getattr(track, name).max() <= 1.0


def test_lips_outside_the_words_are_those_heard(heard: VisemeTrack, transcript: Transcript) -> None:
    word = transcript.words[3]
    track = steered(heard, replace(transcript, words=(word,)))

    far = np.abs(np.arange(len(heard.opening)) / 100 - (word.start + word.end) / 2) > 0.2 + (word.end - word.start) / 2
    assert np.allclose(track.opening[far], heard.opening[far], atol=1e-4)
    assert not np.allclose(track.opening[~far], heard.opening[~far], atol=0.02)


def test_words_that_are_not_sure_or_have_no_time_do_not_steer(heard: VisemeTrack, transcript: Transcript) -> None:
    doubted = replace(transcript, words=tuple(replace(word, confidence=0.1) for word in transcript.words))
    untimed = replace(transcript, words=(Word("Hello", 0.0, 0.0),))

    assert steered(heard, doubted) is heard
    assert steered(heard, untimed) is heard
    assert steered(heard, replace(transcript, words=())) is heard


@pytest.mark.parametrize("language", ["", "tlh-none", "xx"])
def test_a_language_that_nobody_speaks_leaves_the_lips_alone(
    heard: VisemeTrack, transcript: Transcript, language: str
) -> None:
    assert steered(heard, replace(transcript, language=language)) is heard


def test_words_without_spaces_between_them_steer_too(
    tmp_path_factory: pytest.TempPathFactory, heard: VisemeTrack
) -> None:
    spoken = speak("爸爸妈妈每天晚上在公园里散步。", language="zh", folder=tmp_path_factory.mktemp("zh"))
    words = tuple(replace(word, end=min(word.end, 4.0)) for word in spoken.words if word.start < 4.0)

    track = steered(heard, Transcript(spoken.text, "zh", words, "an engine"))
    assert not np.allclose(track.opening, heard.opening, atol=0.05)


def test_the_sounds_go_to_where_they_are_heard_inside_a_word(heard: VisemeTrack, transcript: Transcript) -> None:
    """Two words told as one: the first one's vowel is longer than the synthesiser's; edges follow the evidence."""
    long = Word("mother bought", transcript.words[1].start, transcript.words[2].end)
    track = steered(heard, replace(transcript, words=(long,)))
    plain = steered(heard, replace(transcript, words=transcript.words[1:3]))

    assert likeness(track, plain, "opening") > 0.95


def test_the_analysis_uses_a_transcript(said: Said, transcript: Transcript, heard: VisemeTrack) -> None:
    speech = analyse_speech(said.clip, transcript=transcript)

    assert speech.transcript == transcript
    assert not np.allclose(speech.visemes.opening, heard.opening, atol=0.05)
    assert np.allclose(speech.visemes.opening, steered(heard, transcript).opening, atol=1e-5)
