"""What two voices that say the same have in common, every 10 ms: cepstra freed of the voice's own colour."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.features import BLOCK_FRAMES, MEL_BANDS, WINDOW_SAMPLES, frames_of, log_mel, sound_block
from avatar.types import Floats

COEFFICIENTS: Final = 13
DELTA_FRAMES: Final = 3
DELTA_WEIGHT: Final = 1.0
RANGE_NEPERS: Final = 9.0
"""Bands further under the sound's loudest are taken to be at this depth: noise floors differ, speech does not."""


def cepstra(samples: Floats, *, check: Callable[[], None] = lambda: None) -> Floats:
    """Mel cepstra (n, 13) on the 10 ms grid, the first of them the level; Davis and Mermelstein (1980)."""
    parts = []
    loudest = -np.inf
    for mel in _mels(samples, check):
        loudest = max(loudest, float(np.percentile(mel, 99.5)))
        parts.append(mel.astype(np.float16))
    basis = _cosines()
    floor = np.float32(loudest - RANGE_NEPERS)
    return np.concatenate([np.maximum(part.astype(np.float32), floor) @ basis for part in parts])


def comparable(found: Floats) -> Floats:
    """The cepstra of one voice (n, 13) and their change (n, 26), each with mean 0 and deviation 1 over the sound."""
    padded = np.pad(found, [(DELTA_FRAMES, DELTA_FRAMES), (0, 0)], mode="edge")
    change = padded[2 * DELTA_FRAMES :] - padded[: -2 * DELTA_FRAMES]
    return np.concatenate([_standard(found), DELTA_WEIGHT * _standard(change)], axis=1)


def _standard(curves: Floats) -> Floats:
    spread = curves.std(axis=0) + np.float32(1e-3)
    return np.asarray((curves - curves.mean(axis=0)) / spread, np.float32)


def _mels(samples: Floats, check: Callable[[], None]) -> Iterator[Floats]:
    for first in range(0, frames_of(samples), BLOCK_FRAMES):
        check()
        yield log_mel(sound_block(samples, WINDOW_SAMPLES, first, BLOCK_FRAMES))


def _cosines() -> Floats:
    """The discrete cosine transform (40, 13), type II, orthonormal."""
    bands = np.arange(MEL_BANDS) + 0.5
    basis: NDArray[np.float64] = np.cos(np.pi / MEL_BANDS * np.outer(bands, np.arange(COEFFICIENTS)))
    scale = np.full(COEFFICIENTS, np.sqrt(2.0 / MEL_BANDS))
    scale[0] = np.sqrt(1.0 / MEL_BANDS)
    return np.asarray(basis * scale, np.float32)
