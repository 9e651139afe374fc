"""Sources are asked, their answers kept, and what they say reaches result, trace and files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.settings import Settings
from avatar.telemetry import read_spans
from avatar.types import EMOTION_LABELS, Portrait, Speech, Transcript
from models.emotion.ferplus import FER_PLUS
from models.emotion.hubert import VOICE_EMOTION
from models.weights import WeightStore
from orchestrator import emotion_sources
from orchestrator.emotion_sources import detect_emotions, installed_models
from orchestrator.nodes.emotion_detection import load_emotions, save_emotions
from orchestrator.run import SPANS_FILE, JobRequest, run_job
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from tests.models.test_emotion_models import write_ferplus, write_hubert
from tests.orchestrator.pipeline_fakes import CountingEngine
from tests.video_processor.speech_factory import make_silence
from video_processor.portrait import analyse_portrait

Requests = Callable[..., JobRequest]


class Weights(WeightStore):
    """A store that has those files, wherever they lie."""

    def __init__(self, folder: Path, **files: Path) -> None:
        super().__init__(folder)
        self._there = {key.replace("_", "-"): path for key, path in files.items()}

    def is_present(self, key: str) -> bool:
        return key in self._there

    def path(self, key: str) -> Path:
        return self._there[key]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """About five seconds of somebody whose words nobody knows."""
    folder = tmp_path_factory.mktemp("said")
    spoken = speak("Look at the river, and at all the boats that come and go on it every day.", folder=folder)
    return analyse_speech(decode_audio(spoken.path, folder, max_minutes=1, max_megabytes=10))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)


def detect(speech: Speech, portrait: Portrait, weights: WeightStore, models: Sequence[str] = ()) -> Any:
    sound = weights.folder / "sound.f32"
    np.zeros(round(speech.duration * 16_000), np.float32).tofile(sound)
    return detect_emotions(speech, portrait, sound, models, weights)


def test_voice_and_face_are_asked_and_words_where_they_are_known(
    speech: Speech, portrait: Portrait, tmp_path: Path
) -> None:
    emotions = detect(speech, portrait, WeightStore(tmp_path))

    assert len(emotions) >= 2
    for timed in emotions:
        assert [reading.source for reading in timed.sources] == ["voice", "face"]


def test_silence_feels_nothing(portrait: Portrait, tmp_path: Path) -> None:
    assert detect(make_silence(3.0), portrait, WeightStore(tmp_path)) == ()


def test_learned_models_are_asked_where_they_are_installed(speech: Speech, portrait: Portrait, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    files = {"face_emotion": write_ferplus(tmp_path / "f", favourite=1), "voice_emotion": write_hubert(tmp_path / "v")}
    weights = Weights(tmp_path, **files)
    installed = installed_models(weights)
    emotions = detect(speech, portrait, weights, installed.keys)

    assert installed == ((FER_PLUS, VOICE_EMOTION), ())
    assert emotions
    for timed in emotions:
        found = {reading.source: reading for reading in timed.sources}
        assert list(found) == ["voice", "face", "voice_model", "face_model"]
        assert found["face_model"].scores["happy"] > 0.9


def test_a_model_without_what_runs_it_is_passed_over_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emotion_sources, "find_spec", lambda name: None)
    keys, notes = installed_models(Weights(tmp_path, face_emotion=tmp_path))

    assert keys == ()
    assert len(notes) == 1
    assert "avatar-orchestrator[learned]" in notes[0]
    assert installed_models(WeightStore(tmp_path)) == ((), ())


def test_emotions_come_back_from_their_file_as_they_were(speech: Speech, portrait: Portrait, tmp_path: Path) -> None:
    emotions = detect(speech, portrait, WeightStore(tmp_path))
    save_emotions(tmp_path / "emotions.json", emotions)
    loaded = load_emotions(tmp_path / "emotions.json")

    assert len(loaded) == len(emotions)
    assert loaded[0].span == pytest.approx(emotions[0].span, abs=1e-4)
    assert [timed.emotion for timed in loaded] == [timed.emotion for timed in emotions]
    assert loaded[0].sources[0].scores == pytest.approx(emotions[0].sources[0].scores, abs=1e-4)


def test_the_words_of_a_text_are_felt(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    found = {}
    for text in ("I am so happy, I love it, hooray!", "This is outrageous, I hate it, damned liar!"):
        result = run_job(request_for(audio=None, text=text), settings)
        found[text[:5]] = result.emotion
        assert [source["source"] for source in result.emotion_sources][:2] == ["voice", "words"]
    assert found == {"I am ": "happy", "This ": "angry"}


def test_what_each_source_said_is_in_result_trace_and_file(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result = run_job(request_for(audio=None, text="I am so happy to be here today."), settings)
    told = json.loads(json.dumps(result.to_json()))
    (span,) = [
        span
        for span in read_spans(settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)
        if span.name == "emotion_detection"
    ]
    over_time = json.loads(Path(result.emotions or "").read_text(encoding="utf-8"))

    assert {source["source"] for source in told["emotion_sources"]} >= {"voice", "words"}
    assert set(told["emotion_sources"][0]["scores"]) == set(EMOTION_LABELS)
    assert span.attributes["emotion"] == told["emotion"]
    assert span.attributes["emotion_sources"] == told["emotion_sources"]
    assert -1 <= told["valence"] <= 1
    assert all({"span", "emotion", "sources"} == set(timed) for timed in over_time)


def test_another_portrait_is_another_emotion(tmp_path: Path, speech: Speech, portrait: Portrait) -> None:
    smiling = analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)
    calm, happy = (detect(speech, face, WeightStore(tmp_path))[0].emotion for face in (portrait, smiling))

    assert happy.valence > calm.valence + 0.05


def test_a_voice_that_the_program_speaks_with_counts_less(tmp_path: Path, speech: Speech, portrait: Portrait) -> None:
    own = replace(speech, transcript=Transcript("Hm.", "fi", (), "text"))
    given = replace(speech, transcript=Transcript("Hm.", "fi", (), "whisper"))
    heard = [detect(said, portrait, WeightStore(tmp_path))[0].sources[0].confidence for said in (own, given)]

    assert heard[0] < 0.5 * heard[1]
