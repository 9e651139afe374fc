"""Speech as it is met: other speakers' sizes and speeds, pauses around it, rooms, noises, levels, telephones."""

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.tts import Phoneme
from avatar.types import SAMPLE_RATE_HZ, Floats
from scripts.training.noises import Random, coloured, fast_size, filtered, inhaled, music, nobody_speaks, noise
from scripts.training.utterances import Utterance

LARGEST_STRETCH: Final = 0.17
"""Speakers are made larger and slower, or smaller and faster, by up to this (natural logarithm)."""

LEVELS_DB: Final = (-45.0, -12.0)
"""Of the speech's root mean square against full scale."""

BREATH: Final = "ʬ"
"""A letter that `audio_processor.articulation` does not know: lips half apart, and a phone class of its own."""

BREATH_SHARE: Final = 0.35
BREATH_SECONDS: Final = (0.2, 0.7)
BREATH_UNDER_DB: Final = (10.0, 32.0)

NEGATIVE_SECONDS: Final = (3.0, 8.0)
NOISE_UNDER_DB: Final = (10.0, 50.0)


class Scene(NamedTuple):
    """Mono sound (n,) at 16 kHz, and the phones in it."""

    samples: Floats
    phonemes: tuple[Phoneme, ...]


def spoken_scene(utterance: Utterance, random: Random) -> Scene:
    """One utterance among other sounds; the phones keep their times."""
    stretch = float(np.exp(random.uniform(-LARGEST_STRETCH, LARGEST_STRETCH)))
    speech = _stretched(utterance.samples, stretch)
    speech = speech / max(float(np.sqrt(np.mean(np.square(speech)))), 1e-6)
    before, breath = _lead(random)
    sound = np.concatenate([before, speech, _gap(random)])
    shift = len(before) / SAMPLE_RATE_HZ
    phonemes = [replace(p, start=p.start * stretch + shift, end=p.end * stretch + shift) for p in utterance.phonemes]
    sound = _in_a_room(sound, random)
    sound = _over_a_line(sound + _background(len(sound), random), random)
    level = 10 ** (random.uniform(*LEVELS_DB) / 20)
    return Scene(_recorded(sound * level, random), (*breath, *phonemes))


def silent_scene(random: Random) -> Scene:
    """Sounds without speech at any level."""
    sound = nobody_speaks(random.uniform(*NEGATIVE_SECONDS), random)
    if random.random() < 0.3:
        sound = sound + random.uniform(0.003, 0.1) * coloured(len(sound), random, 0.5)
    if random.random() < 0.3:
        sound = _over_a_line(_in_a_room(sound, random), random)
    level = 10 ** (random.uniform(-50.0, -3.0) / 20)
    return Scene(_recorded(sound * level, random), ())


def _stretched(samples: Floats, stretch: float) -> NDArray[Any]:
    at = np.arange(int(len(samples) * stretch)) / stretch
    return np.interp(at, np.arange(len(samples)), samples)


def _lead(random: Random) -> tuple[NDArray[Any], tuple[Phoneme, ...]]:
    """What comes before an utterance: often a breath through the open mouth, and the phone that stands for it."""
    gap = _gap(random)
    if random.random() > BREATH_SHARE:
        return gap, ()
    seconds = random.uniform(*BREATH_SECONDS)
    breath = inhaled(int(seconds * SAMPLE_RATE_HZ), random) * 10 ** (-random.uniform(*BREATH_UNDER_DB) / 20)
    pause = np.zeros(int(random.uniform(0.0, 0.12) * SAMPLE_RATE_HZ))
    start = len(gap) / SAMPLE_RATE_HZ
    return np.concatenate([gap, breath, pause]), (Phoneme(BREATH, start, start + seconds),)


def _gap(random: Random) -> NDArray[Any]:
    """Silence around an utterance of root mean square 1, or something else that is no speech."""
    seconds = random.choice([0.0, random.uniform(0.0, 0.6), random.uniform(0.5, 2.0)])
    if seconds > 0.4 and random.random() < 0.35:
        return nobody_speaks(seconds, random) * random.uniform(0.1, 3.0)
    return np.zeros(int(seconds * SAMPLE_RATE_HZ))


def _background(count: int, random: Random) -> NDArray[Any]:
    """Noise or music under speech of root mean square 1; in a third of all scenes next to none."""
    kind, under = random.random(), random.uniform(*NOISE_UNDER_DB)
    if kind < 0.3:
        under = 60.0
    sound = music(count, random) if kind > 0.85 else noise(count, random)
    rms = max(float(np.sqrt(np.mean(np.square(sound)))), 1e-6)
    return sound / rms * 10 ** (-under / 20)


def _in_a_room(sound: NDArray[Any], random: Random) -> NDArray[Any]:
    """Two of five scenes: an echo that decays, 60 dB in 0.1 to 0.6 s, with the direct sound over it."""
    if random.random() < 0.6:
        return sound
    seconds = random.uniform(0.1, 0.6)
    count = int(seconds * SAMPLE_RATE_HZ)
    tail = random.normal(size=count) * 10 ** (-3 * np.arange(count) / count)
    tail[: int(random.uniform(0.001, 0.015) * SAMPLE_RATE_HZ)] = 0.0
    tail /= np.sqrt(np.sum(np.square(tail)))
    tail *= 10 ** (-random.uniform(3.0, 20.0) / 20)
    tail[0] = 1.0
    size = fast_size(len(sound) + count)
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)
    return wet[: len(sound)]


def _over_a_line(sound: NDArray[Any], random: Random) -> NDArray[Any]:
    """A quarter of all scenes: a telephone's band, or a lower limit than 8 kHz; a mild tilt in half."""
    tilt = random.uniform(-0.35, 0.35) if random.random() < 0.5 else 0.0
    low, high, kind = 0.0, SAMPLE_RATE_HZ / 2, random.random()
    if kind < 0.12:
        low, high = random.uniform(150, 350), random.uniform(3200, 3800)
    elif kind < 0.25:
        high = random.uniform(3500, 7500)
    heard = filtered(sound, lambda hz: (hz >= low) * (hz <= high) * (np.maximum(hz, 50.0) / 1000.0) ** tilt)
    rms = float(np.sqrt(np.mean(np.square(heard))))
    return heard * (float(np.sqrt(np.mean(np.square(sound)))) / max(rms, 1e-9))


def _recorded(sound: NDArray[Any], random: Random) -> Floats:
    """16-bit samples within full scale."""
    steps = np.round(np.clip(sound, -1.0, 1.0) * 32767.0 + random.uniform(-0.5, 0.5, size=len(sound)))
    result: Floats = (steps / 32768.0).astype(np.float32)
    return result
