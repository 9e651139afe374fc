"""Sounds made up for tests, and what a player hears of a file."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]


def melody(seconds: float, rate: int, channels: int = 1) -> Sound:
    """A rising tone with a rhythm (channels, n): its place in time cannot be mistaken."""
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.4 * np.sin(2 * np.pi * (150 * t + 400 * t**2)) * (0.6 + 0.4 * np.sin(2 * np.pi * 3.3 * t))
    return np.stack([tone, 0.5 * np.cos(2 * np.pi * 300 * t)][:channels])


def write_wav(path: Path, sound: Sound, rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(sound))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound.T * 32_000).astype("<i2").tobytes())
    return path


def heard(path: Path) -> tuple[Sound, int]:
    """All samples (channels, n) that a player is given, and their rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = [frame.to_ndarray().astype(np.float64) for frame in container.decode(stream)]
        return np.concatenate(blocks, axis=1), stream.rate


def samples_declared(path: Path) -> tuple[int, int]:
    """Samples by the stream's duration, and by its packets without the priming."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.duration is not None
        assert stream.time_base == Fraction(1, stream.rate)
        packets = [packet for packet in container.demux(stream) if packet.dts is not None]
        assert packets[0].pts == -1024
        return stream.duration, sum(packet.duration or 0 for packet in packets) - 1024


def lag(sound: Sound, reference: Sound) -> int:
    """Samples by which `sound` comes after `reference`, where their correlation is greatest."""
    size = 2 * max(len(sound), len(reference))
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(reference, size))
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    return best if best < size // 2 else best - size
