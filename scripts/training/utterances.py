"""Speech with the times of its phones, from every synthesiser of this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np

from audio_processor.tts import Phoneme
from avatar.types import SAMPLE_RATE_HZ, Floats

SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 16.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Mono sound (n,) at 16 kHz and its phones, in order, without overlap; `voice` names engine and voice."""

    voice: str
    language: str
    samples: Floats
    phonemes: tuple[Phoneme, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    @property
    def is_usable(self) -> bool:
        return SHORTEST_SECONDS <= self.seconds <= LONGEST_SECONDS and len(self.phonemes) > 3


def read_sound(path: Path) -> Floats:
    """A sound file as mono float32 at 16 kHz."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(path)) as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32)


def phones_from_ends(ends: list[tuple[str, float]]) -> tuple[Phoneme, ...]:
    """Phonemes from IPA symbols and the time at which each ends."""
    starts = [0.0, *(end for _, end in ends[:-1])]
    return tuple(Phoneme(ipa, start, end) for start, (ipa, end) in zip(starts, ends, strict=True) if end > start)
