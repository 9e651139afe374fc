from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.detectors import (
    BLOCK_SAMPLES,
    OwnDetector,
    SileroDetector,
    SpeechDetector,
    build_detector,
    choose_detector,
    lacking,
)
from audio_processor.tracks import measure
from avatar.errors import InputError, MissingExtraError, WeightsError
from avatar.types import Floats
from models.silero import FRAME_SAMPLES, KEY, SileroNetwork, SileroState
from models.weights import WeightStore
from tests.audio_processor.sounds import Said, noise, silence, sine, tones
from tests.face_models import face_store

Frames = list[Floats]


class ScriptedNetwork(SileroNetwork):
    """Answers with what `say` makes of each frame's level, and keeps the lengths that it was given."""

    def __init__(self, say: Callable[[Floats], Floats]) -> None:
        self.say = say
        self.lengths: list[int] = []

    def __call__(self, samples: Floats, state: SileroState) -> tuple[Floats, SileroState]:
        self.lengths.append(len(samples))
        levels = np.sqrt(np.mean(np.square(samples.reshape(-1, FRAME_SAMPLES)), axis=1))
        return np.asarray(self.say(levels), np.float32), state


def mask_of(detector: SpeechDetector, samples: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return detector.mask(samples, measure(samples), lambda: None)


@pytest.fixture(scope="module")
def silero() -> SpeechDetector:
    pytest.importorskip("onnxruntime")
    return build_detector("silero", face_store(KEY))


@pytest.mark.parametrize("gain", [1.0, 0.05, 0.003])
def test_silero_hears_speech_at_any_level(silero: SpeechDetector, said: Said, gain: float) -> None:
    samples = np.concatenate([silence(1), (said.samples * np.float32(gain)).astype(np.float32), silence(1)])
    mask = mask_of(silero, samples)

    assert mask[100:-100].mean() > 0.75
    assert not mask[:80].any()
    assert not mask[-80:].any()


@pytest.mark.parametrize("samples", [silence(2), noise(2), tones(3), sine(220, 2), np.ones(1, np.float32), silence(0)])
def test_silero_hears_no_speech_where_there_is_none(silero: SpeechDetector, samples: Floats) -> None:
    assert not mask_of(silero, samples).any()


def test_silero_hears_through_noise_that_hides_speech_from_the_own_rule(silero: SpeechDetector, said: Said) -> None:
    level = float(np.sqrt(np.mean(np.square(said.samples))))
    hiss = np.convolve(noise(len(said.samples) / 16_000 + 1), 0.93 ** np.arange(100), "same")[: len(said.samples)]
    samples = (said.samples + hiss * level / np.std(hiss)).astype(np.float32)

    assert mask_of(silero, samples).mean() > 0.75


def test_the_network_gets_whole_blocks_and_the_last_one_filled_up() -> None:
    network = ScriptedNetwork(np.zeros_like)
    SileroDetector(network).probabilities(np.zeros(2 * BLOCK_SAMPLES + 700, np.float32), np.zeros(1003, np.float32))

    assert network.lengths == [BLOCK_SAMPLES, BLOCK_SAMPLES, 2 * FRAME_SAMPLES]


def test_quiet_sound_is_brought_to_one_level() -> None:
    network = ScriptedNetwork(lambda levels: levels)
    tone = sine(300, 2.0, level=0.001)
    loud = SileroDetector(network).probabilities(tone, measure(tone).loudness_db)

    assert np.median(loud) == pytest.approx(10 ** (-20 / 20), rel=0.1)


def test_probabilities_begin_high_and_last_until_they_are_low() -> None:
    steps = np.array([0.0, 0.3, 0.0, 0.0, 0.3, 0.9, 0.3, 0.3, 0.0, 0.0], np.float32).repeat(8)
    tone = sine(300, len(steps) * FRAME_SAMPLES / 16_000)
    mask = mask_of(SileroDetector(ScriptedNetwork(lambda levels: steps[: len(levels)])), tone)
    found = np.flatnonzero(mask) * 160 / FRAME_SAMPLES / 8

    assert found.min() == pytest.approx(4.0, abs=0.8)
    assert found.max() == pytest.approx(8.0, abs=0.8)


def test_margins_leave_a_tenth_of_a_second_of_every_gap() -> None:
    steps = np.ones(60, np.float32)
    steps[30:35] = 0.0
    tone = sine(300, 60 * FRAME_SAMPLES / 16_000)
    tone[30 * FRAME_SAMPLES : 35 * FRAME_SAMPLES] = 0.0
    mask = mask_of(SileroDetector(ScriptedNetwork(lambda levels: steps[: len(levels)])), tone)

    assert 10 <= (~mask[90:120]).sum() <= 14


def test_the_work_ends_with_what_the_check_raises() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        SileroDetector(ScriptedNetwork(np.zeros_like)).mask(noise(1), measure(noise(1)), stop)


def store_with(folder: Path, *, present: bool) -> WeightStore:
    store = WeightStore(folder)
    if present:
        file = store.entry(KEY)
        with (folder / file.file).open("wb") as out:
            out.truncate(file.size)
    return store


def test_auto_takes_silero_where_it_can_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.silero.has_runtime", lambda: True)

    assert choose_detector("auto", store_with(tmp_path, present=True)).name == "silero"


@pytest.mark.parametrize(("runtime", "present", "what"), [(False, True, "onnxruntime"), (True, False, "silero_vad")])
def test_auto_says_what_silero_lacks(
    runtime: bool, present: bool, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.silero.has_runtime", lambda: runtime)
    choice = choose_detector("auto", store_with(tmp_path, present=present))

    assert choice.name == "own"
    assert what in choice.passed_over[0]
    assert what in lacking("silero", store_with(tmp_path, present=present))
    assert lacking("own", store_with(tmp_path, present=present)) == ""


def test_who_is_asked_for_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"'ears'.*auto, silero, own"):
        choose_detector("ears", store_with(tmp_path, present=False))
    with pytest.raises(WeightsError, match="silero-vad"):
        choose_detector("silero", store_with(tmp_path, present=False))
    monkeypatch.setattr("models.silero.has_runtime", lambda: False)
    with pytest.raises(MissingExtraError, match="onnxruntime"):
        choose_detector("silero", store_with(tmp_path, present=True))
    assert choose_detector("own", store_with(tmp_path, present=True)).why == "asked for"


def test_speech_says_who_heard_it(said: Said) -> None:
    assert analyse_speech(said.clip).heard_by == OwnDetector().name == "own"
    assert analyse_speech(said.clip, said.spoken).heard_by == "text"
    quiet = SileroDetector(ScriptedNetwork(np.zeros_like))
    assert analyse_speech(said.clip, detector=quiet).heard_by == "silero"
    assert analyse_speech(said.clip, detector=quiet).is_silent
