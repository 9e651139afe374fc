from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_processor.decode import decode_audio
from audio_processor.tracks import measure
from audio_processor.tts import speak
from audio_processor.vad import phrases, speech_mask
from avatar.types import Floats, Span
from tests.audio_processor.sounds import Said, harmonics, noise, silence, sine, times, tones


def dark_noise(seconds: float) -> Floats:
    return np.asarray(0.3 * np.convolve(noise(seconds), np.exp(-np.arange(400) / 100), "same"), np.float32)


def warbling(seconds: float) -> Floats:
    """A whistle with vibrato."""
    t = times(seconds)
    return np.asarray(0.3 * np.sin(2 * np.pi * 330 * t + 3 * np.sin(2 * np.pi * 5.5 * t)), np.float32)


def clapping(seconds: float) -> Floats:
    decay = np.exp(-((times(seconds) % 0.5) * 80))
    return np.asarray(noise(seconds, level=0.3) * decay, np.float32)


def throbbing(seconds: float) -> Floats:
    return np.asarray(noise(seconds) * (1 + 0.9 * np.sin(2 * np.pi * 3 * times(seconds))), np.float32)


NOT_SPEECH = {
    "silence": silence(3),
    "a single sample": np.ones(1, np.float32),
    "white noise": noise(3),
    "faint noise": noise(3, level=1e-4),
    "dark noise": dark_noise(3),
    "throbbing noise": throbbing(3),
    "a tone": sine(220, 3),
    "a high tone": sine(3000, 3),
    "a hum": harmonics(50, 3),
    "a buzz": harmonics(150, 3),
    "a warble": warbling(3),
    "a tune": tones(3),
    "claps": clapping(3),
    "a click": np.where(np.arange(48_000) == 24_000, 0.9, 0.0).astype(np.float32),
}


def mask_of(samples: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return speech_mask(measure(samples))


@pytest.mark.parametrize("samples", NOT_SPEECH.values(), ids=NOT_SPEECH.keys())
def test_what_is_not_speech_does_not_speak(samples: Floats) -> None:
    assert not mask_of(samples).any()


def spoken_frames(said: Said) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    frames = np.zeros(-(-len(said.samples) // 160), bool)
    for sound in said.spoken.phonemes:
        frames[round(sound.start * 100) : round(sound.end * 100)] |= bool(sound.symbol)
    return frames


@pytest.mark.parametrize("gain", [1.0, 0.05, 0.003])
def test_speech_is_found_at_any_level(said: Said, gain: float) -> None:
    mask = mask_of((said.samples * np.float32(gain)).astype(np.float32))

    truth = spoken_frames(said)
    assert mask[truth].mean() > 0.97
    assert (mask == truth).mean() > 0.9


def test_speech_is_found_in_noise_and_the_noise_around_it_is_not(said: Said) -> None:
    samples = np.concatenate([silence(2), said.samples, silence(2)])
    power = float(np.mean(np.square(said.samples)))
    mask = mask_of(samples + noise(len(samples) / 16_000, level=np.sqrt(power * 10**-0.5)))

    truth = np.concatenate([np.zeros(200, bool), spoken_frames(said), np.zeros(200, bool)])
    mask = mask[: len(truth)]
    assert mask[truth[: len(mask)]].mean() > 0.85
    assert mask[:150].mean() < 0.05
    assert mask[-150:].mean() < 0.05


def test_speech_after_a_tune_is_told_apart(said: Said) -> None:
    mask = mask_of(np.concatenate([tones(4), silence(1), said.samples]))

    assert mask[:380].mean() < 0.05
    assert mask[500:].mean() > 0.8


def test_a_whisper_is_speech(tmp_path: Path) -> None:
    text = "I am whispering now so that nobody else can hear what I say to you."
    spoken = speak(text, voice="whisper", folder=tmp_path)
    clip = decode_audio(spoken.path, tmp_path, max_minutes=1, max_megabytes=10)

    assert mask_of(clip.samples).mean() > 0.8


def test_phrases_lie_between_pauses(said: Said) -> None:
    found = phrases(mask_of(np.concatenate([silence(1), said.samples, silence(1.5), said.samples, silence(1)])))

    assert found[0].start == pytest.approx(1.0, abs=0.1)
    assert all(a.end + 0.3 <= b.start + 1e-6 for a, b in pairwise(found))
    gap = next(b.start - a.end for a, b in pairwise(found) if b.start - a.end > 1)
    assert gap == pytest.approx(1.7, abs=0.4)


def test_a_gap_of_less_than_a_fifth_of_a_second_is_no_pause() -> None:
    mask = np.ones(300, bool)
    mask[100:115] = False
    mask[200:240] = False

    assert phrases(mask) == (Span(0.0, 2.0), Span(2.4, 3.0))
