"""What the network is to learn: levelled log-mel frames, and the lips that `audio_processor.phonemes` gives."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.articulation import ARTICULATIONS, articulation, letters
from audio_processor.phonemes import LEAD_SECONDS, viseme_track
from audio_processor.tts import Phoneme
from avatar.types import HOP_SAMPLES, HOP_SECONDS, Floats
from models.visemes.levelling import Levelling
from models.visemes.mel import HALF_WINDOW, MEL_BANDS, log_mel
from scripts.training.noises import Random
from scripts.training.scenes import Scene

LARGEST_WARP: Final = 0.08
"""Frequencies are stretched by up to this (natural logarithm): other lengths of the vocal tract at the same pitch."""

CLASSES: Final = tuple(dict.fromkeys(ARTICULATIONS.values()))
PAUSE_CLASS: Final = len(CLASSES)
OTHER_CLASS: Final = PAUSE_CLASS + 1
CLASS_COUNT: Final = PAUSE_CLASS + 2
CURVES: Final = ("opening", "width", "rounding", "closure")


class Example(NamedTuple):
    """`levelled` (n, 64) float16, `lips` (n, 15 + 4) float16 visemes and curves, `phones` (n,) classes."""

    levelled: NDArray[np.float16]
    lips: NDArray[np.float16]
    phones: NDArray[np.int8]


def example(scene: Scene, random: Random) -> Example:
    mel = log_mel(np.pad(scene.samples, (HALF_WINDOW, HALF_WINDOW + HOP_SAMPLES)))
    mel = _warped(mel, float(np.exp(random.uniform(-LARGEST_WARP, LARGEST_WARP))))
    levelling = Levelling()
    levelled = np.concatenate([levelling.push(mel), levelling.flush()])
    track = viseme_track(scene.phonemes, len(levelled))
    lips = np.column_stack([track.probabilities, *(getattr(track, name) for name in CURVES)])
    phones = phone_classes(scene.phonemes, len(levelled))
    return Example(levelled.astype(np.float16), lips.astype(np.float16), phones)


def _warped(mel: Floats, factor: float) -> Floats:
    """Every band takes the value of the band `factor` times as far up the mel scale."""
    at = np.clip(np.arange(MEL_BANDS) * factor, 0, MEL_BANDS - 1)
    low = np.minimum(at.astype(int), MEL_BANDS - 2)
    share = (at - low).astype(np.float32)
    result: Floats = mel[:, low] * (1 - share) + mel[:, low + 1] * share
    return result


def phone_classes(phonemes: Sequence[Phoneme], frames: int) -> NDArray[np.int8]:
    """The class of the letter that the lips are busy with at each frame (n,)."""
    classes = np.full(frames, PAUSE_CLASS, np.int8)
    for phoneme in phonemes:
        start = phoneme.start - LEAD_SECONDS
        for unit in letters(phoneme.symbol):
            end = start + unit.share * (phoneme.end - phoneme.start)
            shape = articulation(unit.letter)
            number = CLASSES.index(shape) if shape in CLASSES else OTHER_CLASS
            classes[max(0, round(start / HOP_SECONDS)) : max(0, round(end / HOP_SECONDS))] = number
            start = end
    return classes
