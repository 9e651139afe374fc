"""Noise that never ends and never comes again: white noise under a kernel, block after block without a border."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.curves import NOISE_STEP_SECONDS, Doubles, noise_kernel

BLOCK_STEPS: Final = 400
"""20 s."""


class _Layer:
    """One noise, made in blocks from a stream of white noise that goes on."""

    def __init__(self, random: np.random.Generator, deviation: float) -> None:
        self._random, self._kernel = random, noise_kernel(deviation)
        self._white = random.standard_normal(len(self._kernel) - 1)

    def block(self) -> Doubles:
        white = np.concatenate([self._white, self._random.standard_normal(BLOCK_STEPS)])
        self._white = white[BLOCK_STEPS:]
        return np.convolve(white, self._kernel, "valid")


class EndlessNoise:
    """Band noises of unit variance (see `band_noise`), one for each smoothing in seconds, with a stream for each."""

    def __init__(self, streams: Sequence[tuple[np.random.Generator, float]]) -> None:
        self._layers = [_Layer(random, deviation) for random, deviation in streams]
        self._first = 0
        self._steps = np.concatenate([self._block(), self._block()])

    def at(self, time: float) -> Floats:
        """The noises (k,) at a time in seconds; times only grow."""
        place = time / NOISE_STEP_SECONDS - self._first
        while place >= BLOCK_STEPS:
            self._steps = np.concatenate([self._steps[BLOCK_STEPS:], self._block()])
            self._first += BLOCK_STEPS
            place -= BLOCK_STEPS
        index = int(place)
        low, high = self._steps[index], self._steps[index + 1]
        return np.asarray(low + (high - low) * (place - index), np.float32)

    def _block(self) -> Doubles:
        return np.stack([layer.block() for layer in self._layers], axis=1)
