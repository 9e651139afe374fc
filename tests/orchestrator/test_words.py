"""The words of a sound: given, recognised, or known to nobody; told in the result, and shown as captions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from audio_processor.analysis import load_speech
from audio_processor.captions.formats import read_captions
from audio_processor.tracks import SoundTracks, measure
from audio_processor.transcription.registry import ENGINES, Recogniser
from audio_processor.transcription.sizes import checkpoint
from audio_processor.tts import speak
from avatar.errors import InputError
from avatar.settings import Settings
from avatar.types import AudioClip, Choice, Floats, Transcript, Word
from models.weights import WeightStore
from orchestrator.run import JobRequest, run_job
from tests.audio_processor.whisper_checkpoint import store_with_checkpoint
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]
SRT = "1\n00:00:00,200 --> 00:00:01,000\nGood morning.\n\n2\n00:00:01,300 --> 00:00:01,900\nGood night.\n"


class Parrot:
    """A transcriber that hears one word, or breaks."""

    source = "parrot tiny"

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.heard: list[str | None] = []

    def transcribe(
        self,
        clip: AudioClip,
        language: str | None = None,
        *,
        tracks: SoundTracks | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Transcript:
        check()
        self.heard.append(language)
        if self.failure:
            raise self.failure
        return Transcript("Polly", language or "en", (Word("Polly", 0.5, clip.duration - 0.5, 0.8),), self.source)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Parrot:
    """The engine that every choice takes."""
    found = Parrot()
    choice = Recogniser(Choice("parrot", "it was asked for"), checkpoint=checkpoint("tiny"))
    monkeypatch.setattr("orchestrator.wording.choose_transcriber", lambda *_, **__: choice)
    monkeypatch.setattr(Recogniser, "open", lambda _self, _weights, _device: found)
    return found


def words_of(result_artifact: Path) -> list[Word]:
    [path] = (result_artifact.parent).glob("speech-*/speech.npz")
    transcript = load_speech(path).transcript
    return list(transcript.words) if transcript else []


def bottom_of(video: Path, time: float) -> NDArray[np.uint8]:
    """The lower half of the frame that is shown then, without the engine's mark."""
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    return np.asarray(frames[round(time * 25)].to_ndarray(format="rgb24"), np.uint8)[64:]


def test_without_a_recogniser_the_result_says_so_and_the_video_is_made(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    empty = settings.model_copy(update={"checkpoints_dir": tmp_path / "empty"})
    result = run_job(request_for(captions=("srt",), burn_captions=True), empty)
    assert (result.status, result.transcribed_text, result.captions, result.caption_files) == ("finished", "", None, ())
    assert result.transcriber is not None
    assert result.transcriber.name == "none"
    assert "models download whisper-base" in result.transcriber.why
    assert "no captions in the picture" in result.notes[0]
    assert json.loads(json.dumps(result.to_json()))["transcriber"]["name"] == "none"


def test_a_transcript_with_times_reaches_speech_result_and_captions(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result = run_job(request_for(transcript=SRT, language="en", captions=("srt", "vtt")), settings)
    assert result.transcriber == Choice("aligned", "the transcript that was given was aligned with the sound")
    assert (result.transcribed_text, result.language) == ("Good morning.\nGood night.", "en-us")
    words = words_of(Path(result.artifact or ""))
    assert [word.text for word in words] == ["Good", "morning.", "Good", "night."]
    assert words[0].start >= 0.2
    assert words[1].end <= 1.0
    assert words[2].start >= 1.3
    assert words[3].end <= 1.9
    for path in result.caption_files:
        cues = read_captions(Path(path).read_text(encoding="utf-8"))
        assert " ".join(cue.text for cue in cues) == "Good morning. Good night."
    assert [Path(path).name for path in result.caption_files] == ["video.srt", "video.vtt"]


def test_captions_come_with_a_video_that_was_there_already(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    run_job(request_for(transcript=SRT), settings)
    again = run_job(request_for(transcript=SRT, captions=("srt",), output=tmp_path / "again.mp4"), settings)
    assert again.served
    assert again.caption_files == (str(tmp_path / "again.srt"),)


def test_another_transcript_is_another_video(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    first = run_job(request_for(transcript="Good morning"), settings)
    other = run_job(request_for(transcript="Good evening"), settings)
    assert (first.transcribed_text, other.transcribed_text) == ("Good morning", "Good evening")
    assert not other.served


def test_captions_are_drawn_while_they_are_said_and_only_then(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    plain = Path(run_job(request_for(transcript=SRT), settings).video or "").read_bytes()
    (tmp_path / "plain.mp4").write_bytes(plain)
    burnt = run_job(request_for(transcript=SRT, burn_captions=True), settings)
    assert not burnt.served
    for time, is_shown in ((0.0, False), (0.6, True), (1.6, True)):
        change = np.abs(
            bottom_of(Path(burnt.video or ""), time).astype(int) - bottom_of(tmp_path / "plain.mp4", time).astype(int)
        )
        assert (change.max() > 60) == is_shown
    spoken = run_job(request_for(audio=None, text="Hi", burn_captions=True), settings)
    assert spoken.captions is not None


def test_a_recogniser_is_told_the_language_and_its_words_are_kept(
    request_for: Requests, settings: Settings, engine: CountingEngine, parrot: Parrot
) -> None:
    result = run_job(request_for(language="pt-br"), settings)
    assert parrot.heard == ["pt"]
    assert (result.transcribed_text, result.language) == ("Polly", "pt")
    assert "transcription" in result.seconds
    assert run_job(request_for(seed=3, language="pt-br"), settings).transcribed_text == "Polly"
    assert parrot.heard == ["pt"]


def test_a_recogniser_that_breaks_costs_only_the_words(
    request_for: Requests, settings: Settings, engine: CountingEngine, parrot: Parrot
) -> None:
    parrot.failure = RuntimeError("out of memory")
    result = run_job(request_for(), settings)
    assert (result.status, result.transcribed_text) == ("finished", "")
    assert result.transcriber is not None
    assert result.transcriber.name == "none"
    [error] = result.errors
    assert (error["stage"], error["engine"]) == ("transcription", "parrot")
    assert "out of memory" in error["message"]
    parrot.failure = None
    assert run_job(request_for(seed=1), settings).transcribed_text == "Polly"


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_a_real_checkpoint_tells_the_words(
    name: str,
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small and random, made here; what it hears is nonsense, but in its place."""
    if lacking := ENGINES[name].lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    store_with_checkpoint(folder)
    monkeypatch.setattr("models.weights.REGISTRY_FILE", folder / "weights.yaml")
    spoken = speak("One two three.", language="en", folder=tmp_path / "spoken")
    result = run_job(
        request_for(audio=spoken.path, transcriber=name, language="en", captions=("vtt",)),
        settings.model_copy(update={"checkpoints_dir": folder}),
    )
    assert result.transcriber is not None
    assert result.transcriber.name == name
    assert result.errors == ()
    assert result.language == "en"
    words = words_of(Path(result.artifact or ""))
    assert all(0 <= word.start <= word.end <= result.duration + 1e-3 for word in words)
    assert len(result.caption_files) == bool(words)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"transcript": "  "}, "no word"),
        ({"transcript": "1\n00:00:00 --> 00:01\nHi"}, "times that cannot be read"),
        ({"transcript": SRT, "text": "Hi", "audio": None}, "belongs to a sound"),
        ({"transcript": SRT, "language": "klingon"}, "no language 'klingon'"),
        ({"language": "klingon"}, "no language 'klingon'"),
        ({"transcriber": "siri"}, "no transcriber 'siri'"),
        ({"transcriber_size": "huge"}, "no Whisper checkpoint 'huge'"),
        ({"transcript": SRT.replace("01,", "31,")}, "a cue starts at 31.3 s"),
        ({"transcript": "many words " * 40}, "too long for the sound"),
    ],
)
def test_what_cannot_be_used_is_refused(
    changes: dict[str, str | None], told: str, request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    with pytest.raises(InputError, match=told):
        run_job(request_for(**changes), settings)


def test_a_named_engine_without_a_checkpoint_is_refused(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    empty = settings.model_copy(update={"checkpoints_dir": tmp_path / "empty"})
    with pytest.raises(InputError, match="whisper"):
        run_job(request_for(transcriber="whisper"), empty)
    assert WeightStore(tmp_path / "empty").state("whisper-tiny").value == "missing"


def test_the_curves_of_a_sound_are_measured_once(
    settings: Settings, request_for: Requests, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def counting(samples: Floats, **arguments: Any) -> SoundTracks:
        measured.append(len(samples))
        return measure(samples, **arguments)

    for place in ("orchestrator.nodes.audio_processing", "audio_processor.analysis", "audio_processor.alignment.align"):
        monkeypatch.setattr(f"{place}.measure", counting)
    run_job(request_for(transcript=SRT), settings)
    assert len(measured) == 1
