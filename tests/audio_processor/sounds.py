"""Sounds made up for tests, and files of them in real formats."""

import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audio_processor.tts import SpokenText
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Floats

SENTENCE = "My mother bought a big blue balloon, and we laughed. Why would you leave so early?"


@dataclass(frozen=True)
class Said:
    """A sentence, spoken and decoded; `samples` in memory."""

    spoken: SpokenText
    clip: AudioClip
    samples: Floats


def times(seconds: float, rate: int = SAMPLE_RATE_HZ) -> NDArray[np.float64]:
    return np.arange(round(seconds * rate)) / rate


def sine(hz: float, seconds: float, *, level: float = 0.3, rate: int = SAMPLE_RATE_HZ) -> Floats:
    return (level * np.sin(2 * np.pi * hz * times(seconds, rate))).astype(np.float32)


def harmonics(hz: float, seconds: float) -> Floats:
    """A buzz with overtones up to 4 kHz, like a voice without vowels."""
    t = times(seconds)
    waves = [np.sin(2 * np.pi * hz * k * t) / k for k in range(1, int(4000 / hz))]
    return np.asarray(0.2 * np.sum(waves, axis=0), np.float32)


def noise(seconds: float, *, level: float = 0.1, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return (level * random.normal(size=round(seconds * SAMPLE_RATE_HZ))).astype(np.float32)


def silence(seconds: float) -> Floats:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)


def tones(seconds: float) -> Floats:
    """A tune of held notes, four a second, each with a few overtones and a short fade."""
    notes = [262, 330, 392, 523, 440, 349, 294, 247]
    parts = []
    for i in range(round(seconds * 4)):
        note = sum(sine(notes[i % 8] * k, 0.25, level=0.2 / k) for k in (1, 2, 3))
        fade = np.minimum(1.0, np.minimum(times(0.25), times(0.25)[::-1]) / 0.02)
        parts.append((np.asarray(note) * fade).astype(np.float32))
    return np.concatenate(parts)


def write_wav(path: Path, samples: NDArray[np.floating], *, rate: int = SAMPLE_RATE_HZ) -> Path:
    """`samples`: (n,) or (n, channels) in [-1, 1], as 16-bit PCM."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return path


def write_sound(
    path: Path, samples: Floats, *, codec: str, rate: int = 48_000, layout: str = "mono", picture: bool = False
) -> Path:
    """Mono `samples` at `rate` Hz, encoded by FFmpeg; with `picture` beside a video stream of black frames."""
    channels = 2 if layout == "stereo" else 1
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10) if picture else None
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        if video is not None:
            assert isinstance(video, av.VideoStream)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            for _ in range(round(len(samples) / rate * 10)):
                container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
            container.mux(video.encode())
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=1024)
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, channels)[None], format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode())
    return path


def write_silent_video(path: Path) -> Path:
    """A video that has no sound stream."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(video.encode())
    return path


def level_db(samples: NDArray[np.floating]) -> float:
    """RMS in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))
