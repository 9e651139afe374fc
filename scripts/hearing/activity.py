"""How well each detector finds where somebody speaks, in good and in bad sound, and what it hears where nobody does."""

import time
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import widened
from audio_processor.detectors import SpeechDetector
from audio_processor.tracks import measure
from avatar.types import SAMPLE_RATE_HZ, Floats
from scripts.hearing.material import CONDITIONS, Heard, dark_noise, said, tune, white_noise

MARGIN_SECONDS: Final = 0.12
"""So near to speech a detector may hear it: both add a margin of up to 0.1 s."""

Mask = NDArray[np.bool_]


def heard_by(detector: SpeechDetector, samples: Floats) -> Mask:
    return detector.mask(samples, measure(samples), lambda: None)


def in_conditions(detectors: Mapping[str, SpeechDetector], material: list[Heard]) -> list[list[str]]:
    """Rows: a condition, and for each detector the share of speech found and of silence taken for speech."""
    rows = [["condition", *(f"{name}: {what}" for name in detectors for what in ("found", "false"))]]
    sums = {name: np.zeros(2) for name in detectors}
    for condition, spoil in CONDITIONS.items():
        shares = {
            name: np.mean([found_and_false(d, h, spoil(h)) for h in material], axis=0) for name, d in detectors.items()
        }
        rows.append([condition, *(f"{share:.1%}" for pair in shares.values() for share in pair)])
        sums = {name: sums[name] + shares[name] / len(CONDITIONS) for name in detectors}
    return [*rows, ["mean", *(f"{share:.1%}" for pair in sums.values() for share in pair)]]


def found_and_false(detector: SpeechDetector, heard: Heard, samples: Floats) -> tuple[float, float]:
    mask = heard_by(detector, samples)
    silence = ~widened(heard.speech, MARGIN_SECONDS, MARGIN_SECONDS)
    return float(mask[heard.speech].mean()), float(mask[silence].mean())


def without_speech() -> dict[str, Floats]:
    """Sounds in which nobody speaks, 4 s each."""
    count = 4 * SAMPLE_RATE_HZ
    at = np.arange(count) / SAMPLE_RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * at) / k for k in range(1, 80))
    claps = white_noise(count) * np.exp(-(at % 0.5) * 80)
    warble = np.sin(2 * np.pi * 330 * at + 3 * np.sin(2 * np.pi * 5.5 * at))
    sounds = {
        "silence": np.zeros(count),
        "white noise": 0.1 * white_noise(count),
        "faint noise": 1e-4 * white_noise(count),
        "dark noise": 0.1 * dark_noise(count) / np.std(dark_noise(count)),
        "throbbing noise": 0.1 * white_noise(count) * (1 + 0.9 * np.sin(2 * np.pi * 3 * at)),
        "a hum": 0.1 * hum,
        "a whistle that warbles": 0.3 * warble,
        "a tune": 0.1 * tune(count),
        "claps": 0.3 * claps,
    }
    return {name: np.asarray(samples, np.float32) for name, samples in sounds.items()}


def hard_speech() -> dict[str, Floats]:
    """Sounds of a voice that are hardly words."""
    whisper = "I am whispering now so that nobody else can hear what I say to you."
    return {
        "a whisper": said(whisper, voice="whisper")[1],
        "laughter, as synthetic speech has it": said("ha ha ha ha ha ha ha, ha ha ha ha!", voice="f2")[1],
    }


def shares(detectors: Mapping[str, SpeechDetector], sounds: Mapping[str, Floats]) -> list[list[str]]:
    """Rows: a sound, and the share of it that each detector takes for speech."""
    rows = [["sound", *detectors]]
    for name, samples in sounds.items():
        rows.append([name, *(f"{heard_by(detector, samples).mean():.0%}" for detector in detectors.values())])
    return rows


def speeds(detectors: Mapping[str, SpeechDetector], material: list[Heard]) -> list[list[str]]:
    """Rows: each detector's speed alone, times real time in processor time."""
    samples = np.concatenate([heard.samples for heard in material])
    tracks = measure(samples)
    rows = [["detector", "times real time"]]
    for name, detector in detectors.items():
        started = time.process_time()
        detector.mask(samples, tracks, lambda: None)
        rows.append([name, f"{len(samples) / SAMPLE_RATE_HZ / (time.process_time() - started):.0f}"])
    return rows
