"""A decoded sound becomes a file that every player plays."""

import wave
from pathlib import Path

import numpy as np
import pytest

from audio_processor.wave_file import write_wave
from avatar.types import SAMPLE_RATE_HZ


def test_a_sound_is_the_same_to_16_bits(tmp_path: Path) -> None:
    seconds = 31.5
    samples = 0.8 * np.sin(np.arange(int(seconds * SAMPLE_RATE_HZ)) * 0.05).astype(np.float32)
    samples[:3] = (1.5, -1.5, 0.25)
    samples.astype(np.float32).tofile(tmp_path / "sound.f32")
    write_wave(tmp_path / "sound.f32", tmp_path / "sound.wav")
    with wave.open(str(tmp_path / "sound.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, SAMPLE_RATE_HZ, 2)
        read = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32_767
    assert read == pytest.approx(np.clip(samples, -1, 1), abs=1 / 32_000)


def test_a_sound_that_is_gone_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_wave(tmp_path / "nothing.f32", tmp_path / "sound.wav")
    assert list(tmp_path.iterdir()) == []
