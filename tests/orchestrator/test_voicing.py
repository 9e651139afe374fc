"""A video's text, spoken by any engine: what the engine does not tell is found in the sound."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audio_processor.analysis import load_speech
from audio_processor.tts import speak
from avatar.errors import AudioError, InputError
from avatar.settings import Settings
from orchestrator.completing import complete_job
from orchestrator.request import JobRequest
from orchestrator.run import run_job
from orchestrator.voicing import batch_speaker, speaker_for
from tests.audio_processor.speaking.speaker_fakes import engine as hummer
from tests.audio_processor.speaking.speaker_fakes import timeless, use_speakers
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]

TEXT = "My mother bought a balloon. We laughed."
WORDS = TEXT.split()


@pytest.mark.parametrize(
    ("words", "phonemes", "heard", "source"),
    [(True, True, "text", "text"), (True, False, "own", "text"), (False, False, "own", "aligned")],
)
def test_lips_and_words_come_from_what_the_engine_tells(
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    monkeypatch: pytest.MonkeyPatch,
    words: bool,
    phonemes: bool,
    heard: str,
    source: str,
) -> None:
    use_speakers(monkeypatch, timeless(words=words, phonemes=phonemes))
    result = run_job(request_for(audio=None, text=TEXT, speaker="timeless"), settings)
    speech = load_speech(Path(result.speech or ""))

    assert result.speaker is not None
    assert result.speaker.name == "timeless"
    assert result.hearing is not None
    assert (result.hearing.name, speech.heard_by) == (heard, heard)
    assert speech.transcript is not None
    assert speech.transcript.source == source
    assert [word.text for word in speech.transcript.words] == WORDS
    assert all(
        a.end <= b.start + 1e-6 for a, b in zip(speech.transcript.words, speech.transcript.words[1:], strict=False)
    )
    assert speech.transcript.words[-1].end <= speech.duration
    assert speech.visemes.opening.max() > 0.2


def test_the_batch_pipeline_speaks_with_espeak_as_it_did(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    result = run_job(request_for(audio=None, text="Hello there."), settings)
    direct = speak("Hello there.", language="en", folder=tmp_path / "direct")

    assert result.speaker is not None
    assert (result.speaker.name, result.speaker.why) == ("espeak", "it was asked for")
    assert Path(result.speech or "").with_name("speech.wav").read_bytes() == direct.path.read_bytes()


def test_a_sound_has_no_speaker(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    assert run_job(request_for(), settings).speaker is None
    with pytest.raises(InputError, match="A speaker is for a text"):
        complete_job(request_for(speaker="espeak"), settings)


def test_the_settings_name_the_usual_speaker(request_for: Requests, settings: Settings) -> None:
    spoken = request_for(audio=None, text="Hi")

    assert batch_speaker(settings) == complete_job(spoken, settings).speaker == "espeak"
    with pytest.raises(InputError, match="no speaker 'nobody'"):
        complete_job(spoken, settings.model_copy(update={"default_speaker": "nobody"}))


def test_another_speaker_or_recording_makes_another_video(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_speakers(monkeypatch, hummer("cloner", clones=True))
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    spoken = {"audio": None, "text": "Hi"}
    jobs = [
        complete_job(request_for(**spoken, **more), settings)
        for more in ({}, {"speaker": "cloner"}, {"voice_sample": one}, {"voice_sample": two})
    ]

    assert len({job.thread_id(settings) for job in jobs}) == 4
    assert len({str([job.sound, job.speaker]) for job in jobs}) == 4
    assert [job.speaker for job in jobs] == ["espeak", "cloner", "auto", "auto"]
    chosen = speaker_for(jobs[2], settings)
    assert chosen is not None
    assert chosen[1].name == "cloner"


def test_a_recording_stands_in_place_of_a_voice(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "me.wav").write_bytes(b"me")
    with pytest.raises(InputError, match="in place of a voice"):
        complete_job(request_for(audio=None, text="Hi", voice="f2", voice_sample=tmp_path / "me.wav"), settings)
    with pytest.raises(AudioError, match="no recording of the voice"):
        complete_job(request_for(audio=None, text="Hi", voice_sample=tmp_path / "gone.wav"), settings)


def test_a_text_that_takes_too_long_is_not_spoken_to_its_end(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_speakers(monkeypatch, hummer("hummer"))
    short = settings.model_copy(update={"max_audio_minutes": 0.01})

    with pytest.raises(AudioError, match=r"minutes to speak; at most 0\.01"):
        run_job(request_for(audio=None, text="This is said. " * 20 + "Now raise.", speaker="hummer"), short)
