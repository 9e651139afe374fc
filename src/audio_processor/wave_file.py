"""A decoded sound as a file that every player plays."""

import wave
from pathlib import Path
from typing import Final

import numpy as np

from audio_processor.decode import BLOCK_SAMPLES
from avatar.files import atomic_file
from avatar.types import SAMPLE_RATE_HZ, Floats

SAMPLE_BYTES: Final = 2
FULL_SCALE: Final = 32_767


def write_wave(decoded: Path, path: Path) -> None:
    """Mono float32 at 16 kHz, as `decode_audio` keeps it, becomes a WAV file of 16 bits a sample.

    Memory is flat in its length. Raises `FileNotFoundError` where `decoded` is not there, and `DiskSpaceError`.
    """
    samples: Floats = np.memmap(decoded, np.float32, mode="r")
    with atomic_file(path) as partial, wave.open(str(partial), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(SAMPLE_RATE_HZ)
        for first in range(0, len(samples), BLOCK_SAMPLES):
            block = np.clip(samples[first : first + BLOCK_SAMPLES], -1.0, 1.0)
            sound.writeframes((block * FULL_SCALE).astype("<i2").tobytes())
