import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from audio_processor.decode import decode_audio
from audio_processor.features import frames_of, log_mel, sound_block
from audio_processor.tracks import SoundTracks, measure
from avatar.types import Floats
from tests.audio_processor.sounds import Said, harmonics, noise, silence, sine

NAMES = [name for name in SoundTracks.__dataclass_fields__ if name != "f0_hz"]


@pytest.mark.parametrize("block_frames", [1, 37, 250])
def test_measuring_in_blocks_is_measuring_the_whole(said: Said, block_frames: int) -> None:
    samples = said.samples[:48_000]
    whole = measure(samples, block_frames=10_000)
    parts = measure(samples, block_frames=block_frames)

    for name in NAMES:
        assert np.allclose(getattr(parts, name), getattr(whole, name), atol=1e-3), name
    assert np.allclose(parts.f0_hz, whole.f0_hz, rtol=1e-3)


def test_a_mapped_file_measures_like_memory(tmp_path: Path, said: Said) -> None:
    clip = decode_audio(said.spoken.path, tmp_path, max_minutes=1, max_megabytes=10)
    mapped, in_memory = measure(clip.samples), measure(np.array(clip.samples))

    assert isinstance(clip.samples, np.memmap)
    assert all(np.array_equal(getattr(mapped, name), getattr(in_memory, name)) for name in NAMES)


def test_a_part_of_a_mapped_file_measures_as_that_part(tmp_path: Path, said: Said) -> None:
    clip = decode_audio(said.spoken.path, tmp_path, max_minutes=1, max_megabytes=10)
    part = clip.samples[16_000:32_000]

    assert np.array_equal(measure(part).loudness_db, measure(np.array(part)).loudness_db)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (160, 1), (161, 2), (16_000, 100)])
def test_all_curves_have_one_length(samples: int, frames: int) -> None:
    tracks = measure(np.full(samples, 0.1, np.float32))

    assert frames_of(np.zeros(samples, np.float32)) == frames
    assert {len(getattr(tracks, name)) for name in SoundTracks.__dataclass_fields__} == {frames}


def test_a_longer_sound_takes_no_more_memory_than_its_curves() -> None:
    def overhead(seconds: float) -> int:
        samples = np.tile(harmonics(150, 1.0), round(seconds))
        tracemalloc.start()
        tracks = measure(samples)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - sum(int(getattr(tracks, name).nbytes) for name in SoundTracks.__dataclass_fields__)

    assert overhead(240) - overhead(60) < 8e6


def test_loudness_is_the_rms_level_in_db_of_full_scale() -> None:
    loud = measure(sine(440, 1.0, level=0.5)).loudness_db[10:90]

    assert loud == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.2)
    assert measure(silence(0.5)).loudness_db == pytest.approx(-80.0)


def test_a_frame_describes_the_sound_around_it() -> None:
    samples = silence(1.0)
    samples[8000:] = sine(440, 0.5)
    loudness = measure(samples).loudness_db

    assert loudness[46] < -79
    assert loudness[53] > -15


@pytest.mark.parametrize("hz", [80.0, 130.0, 220.0, 330.0, 450.0])
def test_the_pitch_of_a_buzz_is_found(hz: float) -> None:
    f0 = measure(harmonics(hz, 1.0)).f0_hz[10:90]

    assert f0 == pytest.approx(hz, rel=0.01)


def test_a_glide_is_followed() -> None:
    t = np.arange(16_000) / 16_000
    phase = 2 * np.pi * (120 * t + 60 * t**2)
    samples = np.asarray(0.2 * np.sum([np.sin(k * phase) / k for k in range(1, 10)], axis=0), np.float32)

    f0 = measure(samples).f0_hz[10:90]

    assert f0 == pytest.approx(120 + 120 * np.arange(10, 90) / 100, rel=0.02)


@pytest.mark.parametrize("samples", [silence(0.5), noise(0.5)])
def test_silence_and_noise_have_no_pitch(samples: Floats) -> None:
    assert (measure(samples).f0_hz > 0).mean() < 0.05


def test_pitch_does_not_depend_on_the_level() -> None:
    loud, quiet = measure(harmonics(150, 0.5)), measure(harmonics(150, 0.5) * 0.003)

    assert np.allclose(loud.f0_hz, quiet.f0_hz, rtol=1e-3)


def test_a_tone_lights_the_mel_band_that_holds_it() -> None:
    block = sound_block(sine(1000, 0.2, level=1.0), 400, 0, 20)
    mel = log_mel(block)[10]

    assert mel.argmax() == 13
    assert mel.max() == pytest.approx(0.0, abs=1.0)
    assert mel[30] < -9.0


def test_the_pitch_of_speech_stays_in_the_range_of_the_voice(said: Said) -> None:
    f0 = measure(said.samples).f0_hz
    voiced = f0[f0 > 0]

    assert (f0 > 0).mean() > 0.4
    assert 65 < np.percentile(voiced, 5) < np.percentile(voiced, 95) < 180
