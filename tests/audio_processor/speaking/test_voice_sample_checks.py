import wave
from pathlib import Path

import numpy as np
import pytest

from audio_processor.speaking.samples import keep_sample
from audio_processor.tts import speak
from avatar.errors import AudioError
from avatar.types import Floats

RATE = 22_050
TEXT = "I am the person who reads this text, and I agree that my voice is used for it. The weather is fine today."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Floats:
    return samples_of(speak(TEXT, voice="f2", folder=tmp_path_factory.mktemp("f2")).path)


def samples_of(path: Path) -> Floats:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32_768)


def written(path: Path, samples: Floats) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


def test_a_good_recording_is_kept_as_mono_wav_for_its_owner_alone(tmp_path: Path, spoken: Floats) -> None:
    facts = keep_sample(written(tmp_path / "me.wav", spoken), tmp_path / "kept.wav", max_megabytes=10)

    assert facts.duration == pytest.approx(len(spoken) / RATE, abs=0.01)
    assert 4 < facts.spoken <= facts.duration
    assert -40 < facts.level_db < -10
    assert (tmp_path / "kept.wav").stat().st_mode & 0o077 == 0
    with wave.open(str(tmp_path / "kept.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 24_000, 2)
        assert file.getnframes() / 24_000 == pytest.approx(facts.duration, abs=0.01)


def other_voice(tmp_path: Path) -> Floats:
    return samples_of(speak(TEXT, voice="m3", folder=tmp_path / "m3").path)


def test_a_recording_that_no_engine_could_use_is_refused(tmp_path: Path, spoken: Floats) -> None:
    gap = np.zeros(RATE // 2, np.float32)
    bad = {
        "has 3.0 s; at least 6 s": spoken[: 3 * RATE],
        "has 0.0 s of speech": np.zeros(7 * RATE, np.float32),
        "too quiet": spoken * 0.02,
        "overdriven": spoken * 30,
        "2 voices": np.concatenate([spoken, gap, other_voice(tmp_path)]),
    }
    for message, samples in bad.items():
        with pytest.raises(AudioError, match=message) as caught:
            keep_sample(written(tmp_path / "bad.wav", samples), tmp_path / "kept.wav", max_megabytes=10)
        assert "one person" in caught.value.cure
        assert not (tmp_path / "kept.wav").exists()


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "me.wav").write_bytes(b"no sound at all")

    with pytest.raises(AudioError, match=r"me\.wav"):
        keep_sample(tmp_path / "me.wav", tmp_path / "kept.wav", max_megabytes=10)
