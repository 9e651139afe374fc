"""Who finds the speech of a job, and what is told of it."""

from pathlib import Path

import numpy as np
import pytest

from avatar.errors import WeightsError
from avatar.settings import Settings
from avatar.types import Choice, Prosody, Span
from models.silero import KEY
from models.weights import WeightStore
from orchestrator.hearing import hearing_detector, voice_notes, who_heard
from orchestrator.run import run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, write_sound
from tests.orchestrator.test_run import Requests
from tests.video_processor.speech_factory import make_speech


def prosody_with(speakers: tuple[int, ...], f0_hz: float = 100.0) -> Prosody:
    """Phrases of 0.8 s, one a second; each voice twice as high as the one before it."""
    frames = 100 * len(speakers)
    phrases = tuple(Span(float(i), i + 0.8) for i in range(len(speakers)))
    pitch = np.repeat([f0_hz * (1 + speaker) for speaker in speakers], 100).astype(np.float32)
    return Prosody(np.zeros(frames, np.float32), pitch, np.ones(frames, bool), phrases, (), 4.0, speakers=speakers)


@pytest.fixture
def damaged(tmp_path: Path) -> WeightStore:
    """A store where the network lies in its full size, and is none."""
    store = WeightStore(tmp_path)
    file = store.entry(KEY)
    (tmp_path / file.file).write_bytes(bytes(file.size or 0))
    return store


def test_several_voices_are_told_with_their_lengths_and_pitches() -> None:
    assert voice_notes(prosody_with((0, 1, 0, 1, 0))) == [
        "2 voices are heard: 2 s at about 100 Hz and 2 s at about 200 Hz. One face speaks for all of them."
    ]
    assert voice_notes(prosody_with((0, 1, 2)))[0].startswith("3 voices are heard: 1 s at about 100 Hz, 1 s at")
    assert "Hz" not in voice_notes(prosody_with((0, 1), 0.0))[0]


def test_one_voice_or_none_is_no_news() -> None:
    assert voice_notes(prosody_with((0, 0, 0))) == []
    assert voice_notes(prosody_with(())) == []


def test_a_network_that_does_not_load_gives_way_to_the_own_rule(settings: Settings, damaged: WeightStore) -> None:
    pytest.importorskip("onnxruntime")
    choice = Choice("silero", "the best")
    auto = settings.model_copy(update={"speech_detector": "auto"})

    assert hearing_detector(choice, auto, damaged).name == "own"
    assert who_heard(choice, make_speech(2.0)).why == "takes over, since silero could not be loaded"
    assert who_heard(Choice("own", "asked for"), make_speech(2.0)).why == "asked for"


def test_a_network_that_was_asked_for_and_does_not_load_is_an_error(settings: Settings, damaged: WeightStore) -> None:
    pytest.importorskip("onnxruntime")
    asked = settings.model_copy(update={"speech_detector": "silero"})

    with pytest.raises(WeightsError, match=r"silero_vad.*cannot be used"):
        hearing_detector(Choice("silero", "asked for"), asked, damaged)


def test_the_result_tells_who_heard(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    result = run_job(request_for(), settings)

    assert result.hearing == Choice("own", "asked for")
    assert run_job(request_for(), settings).hearing == result.hearing


def test_where_the_text_is_known_nobody_needs_to_listen(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result = run_job(request_for(audio=None, text="Good morning. How are you today?"), settings)

    assert result.hearing is not None
    assert result.hearing.name == "text"
    assert result.voices == 1


def test_silence_has_no_voices(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    result = run_job(request_for(audio=write_sound(tmp_path / "silence.wav", 1.0, level=0.0)), settings)

    assert result.voices == 0
    assert result.notes == ()
