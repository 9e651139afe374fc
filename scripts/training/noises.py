"""Sounds in which nobody speaks, at 16 kHz, peak about 1."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import SAMPLE_RATE_HZ, Floats

Samples = NDArray[np.floating[Any]]
Random = np.random.Generator

FAST_SIZE_STEP: Final = 4800
"""A product of small primes."""


def coloured(count: int, random: Random, tilt: float) -> Samples:
    """Noise whose amplitude falls as frequency to the power `tilt`: 0 white, 0.5 pink, 1 brown."""
    return _peak_one(filtered(random.normal(size=count), lambda hz: np.maximum(hz, 30.0) ** -tilt))


def filtered(sound: Samples, gain: Callable[[Samples], Samples]) -> Samples:
    """`sound` with the amplitude of each frequency (Hz) multiplied by `gain` of it."""
    size = fast_size(len(sound))
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    result: Samples = np.fft.irfft(np.fft.rfft(sound, size) * gain(frequency), size)[: len(sound)]
    return result


def fast_size(count: int) -> int:
    """A length, not under `count`, whose Fourier transform is quick."""
    return -(-count // FAST_SIZE_STEP) * FAST_SIZE_STEP


def noise(count: int, random: Random) -> Samples:
    return coloured(count, random, random.choice([0.0, 0.0, 0.25, 0.5, 0.75, 1.0]))


def hum(count: int, random: Random) -> Samples:
    """Mains hum with its overtones and some noise."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    base = random.choice([50.0, 60.0, 100.0, 120.0])
    partials = [np.sin(2 * np.pi * base * n * time) * random.uniform(0.1, 1.0) / n for n in range(1, 12)]
    return _peak_one(np.sum(partials, axis=0)) + random.uniform(0, 0.1) * coloured(count, random, 0.5)


def music(count: int, random: Random) -> Samples:
    """Notes, alone or in chords, of a random timbre, held, plucked or swelling, some with vibrato and drums."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    beat = random.uniform(0.12, 1.2)
    voices = int(random.integers(1, 5))
    timbre = random.uniform(0.2, 1.0, size=14) / np.arange(1, 15) ** random.uniform(0.4, 2.5)
    timbre[int(random.integers(1, 15)) :] = 0.0
    style = int(random.integers(3))
    total = np.zeros(count)
    for start in np.arange(0.0, count / SAMPLE_RATE_HZ, beat):
        first, last = int(start * SAMPLE_RATE_HZ), min(count, int((start + beat) * SAMPLE_RATE_HZ))
        local = time[first:last] - start
        for note in random.integers(40, 86, size=voices):
            total[first:last] += _envelope(local, beat, style) * _note(local, float(note), timbre, random)
    if random.random() < 0.3:
        total = _peak_one(total) + random.uniform(0.2, 1.0) * clicks(count, random)
    return _peak_one(total)


def _note(time: Samples, midi: float, timbre: Samples, random: Random) -> Samples:
    pitch = 440.0 * 2 ** ((midi - 69) / 12)
    vibrato = random.choice([0.0, 0.0, 0.003, 0.01]) * np.sin(2 * np.pi * random.uniform(4, 7) * time) / 5.0
    phase = 2 * np.pi * pitch * (time + vibrato)
    partials = [a * np.sin(n * phase) for n, a in enumerate(timbre, 1) if a > 0 and n * pitch < 7800]
    return np.sum(partials, axis=0) if partials else np.zeros(len(time))


def _envelope(time: Samples, length: float, style: int) -> Samples:
    if style == 0:
        plucked: Samples = np.minimum(1.0, time / 0.005) * np.exp(-time / (0.4 * length))
        return plucked
    edge = 0.01 if style == 1 else 0.3 * length
    held: Samples = np.clip(np.minimum(time, length - time) / edge, 0.0, 1.0)
    return held


def sweep(count: int, random: Random) -> Samples:
    """A whistle that wanders."""
    points = np.exp(random.uniform(np.log(150), np.log(5000), size=6))
    pitch = np.interp(np.linspace(0, 5, count), np.arange(6), points)
    return np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ)


def clicks(count: int, random: Random) -> Samples:
    """Taps, keys, drums: short decaying bursts at random or at a beat."""
    total = np.zeros(count)
    beat = random.uniform(0.08, 0.8) * SAMPLE_RATE_HZ
    places = np.arange(random.integers(1, 4000), count, beat)
    if random.random() < 0.5:
        places = random.integers(0, count, size=max(1, len(places)))
    decay = random.uniform(0.002, 0.08) * SAMPLE_RATE_HZ
    pitch = random.uniform(60, 1500)
    for place in places.astype(int):
        time = np.arange(min(int(6 * decay), count - place))
        tone = np.sin(2 * np.pi * pitch * time / SAMPLE_RATE_HZ)
        burst = random.normal(size=len(time)) * random.uniform(0.2, 1.0) + tone
        total[place : place + len(time)] += burst * np.exp(-time / decay) * random.uniform(0.3, 1.0)
    return _peak_one(total)


def inhaled(count: int, random: Random) -> Samples:
    """One breath through the mouth: a swell of noise with a broad resonance, of root mean square about 1."""
    centre, width = random.uniform(700, 3000), random.uniform(0.4, 1.2)
    sound = filtered(
        random.normal(size=count), lambda hz: np.exp(-np.square(np.log(np.maximum(hz, 20.0) / centre) / width))
    )
    swell = np.sin(np.pi * np.linspace(0.0, 1.0, count) ** random.uniform(0.6, 1.6)) ** random.uniform(0.4, 1.2)
    breath: Samples = sound * swell
    return breath / max(float(breath.std()), 1e-9)


def quiet(count: int, _random: Random) -> Samples:
    """Digital silence."""
    return np.zeros(count)


KINDS: Final[tuple[Callable[[int, Random], Samples], ...]] = (
    music, music, music, music, noise, noise, noise, hum, sweep, clicks, quiet,
)  # fmt: skip


def nobody_speaks(seconds: float, random: Random) -> Floats:
    """One of all these."""
    kind = KINDS[random.integers(len(KINDS))]
    return kind(int(seconds * SAMPLE_RATE_HZ), random).astype(np.float32)


def _peak_one(sound: Samples) -> Samples:
    return sound / max(float(np.abs(sound).max(initial=0.0)), 1e-9)
