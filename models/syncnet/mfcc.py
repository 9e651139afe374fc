"""Cepstra as SyncNet hears them: those of python_speech_features 0.6 with its usual settings, of 16-bit samples.

S. Davis and P. Mermelstein (1980); the windows are rectangular, the first coefficient is the logarithm of the energy.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from avatar.types import SAMPLE_RATE_HZ, Floats

Doubles = NDArray[np.float64]

WINDOW_SAMPLES: Final = 400
HOP_SAMPLES: Final = 160
FFT_SAMPLES: Final = 512
FILTERS: Final = 26
COEFFICIENTS: Final = 13
LIFTER: Final = 22
PRE_EMPHASIS: Final = 0.97
LARGEST_SAMPLE: Final = 32767


def int16_samples(samples: Floats) -> NDArray[np.int16]:
    """Sound in -1..1 as a file of 16 bits holds it."""
    return np.round(np.clip(samples, -1.0, 1.0) * LARGEST_SAMPLE).astype(np.int16)


def mfcc(samples: NDArray[np.int16]) -> Doubles:
    """(steps, 13) of mono sound at 16 kHz; a step is 10 ms, the last is filled up with zeros."""
    sound = samples.astype(np.float64)
    sound = np.concatenate([sound[:1], sound[1:] - PRE_EMPHASIS * sound[:-1]])
    steps = 1 + max(0, -(-(len(sound) - WINDOW_SAMPLES) // HOP_SAMPLES))
    sound = np.pad(sound, (0, max(0, (steps - 1) * HOP_SAMPLES + WINDOW_SAMPLES - len(sound))))
    windows = sliding_window_view(sound, WINDOW_SAMPLES)[::HOP_SAMPLES][:steps]
    power = np.square(np.abs(np.fft.rfft(windows, FFT_SAMPLES))) / FFT_SAMPLES
    cepstra = np.log(_positive(power @ _filters().T)) @ _cosines().T
    cepstra[:, 0] = np.log(_positive(power.sum(axis=1)))
    return cepstra


def _positive(values: Doubles) -> Doubles:
    return np.where(values == 0.0, np.finfo(np.float64).eps, values)


@lru_cache(maxsize=1)
def _filters() -> Doubles:
    """Triangles (26, 257) whose corners lie on bins of the spectrum: O'Shaughnessy's scale (1987)."""
    highest = 2595.0 * np.log10(1.0 + SAMPLE_RATE_HZ / 2.0 / 700.0)
    hz = 700.0 * (10.0 ** (np.linspace(0.0, highest, FILTERS + 2) / 2595.0) - 1.0)
    corners: NDArray[Any] = np.floor((FFT_SAMPLES + 1) * hz / SAMPLE_RATE_HZ)[:, None]
    bins = np.arange(FFT_SAMPLES // 2 + 1)
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising = np.where((bins >= low) & (bins < middle), (bins - low) / (middle - low), 0.0)
    falling = np.where((bins >= middle) & (bins < high), (high - bins) / (high - middle), 0.0)
    return rising + falling


@lru_cache(maxsize=1)
def _cosines() -> Doubles:
    """(13, 26): the orthonormal cosine transform (type 2), and the lifter that raises the higher coefficients."""
    order = np.arange(COEFFICIENTS)[:, None]
    waves = np.cos(np.pi * order * (2.0 * np.arange(FILTERS) + 1.0) / (2.0 * FILTERS))
    length = np.where(order == 0, np.sqrt(1.0 / FILTERS), np.sqrt(2.0 / FILTERS))
    lifter = 1.0 + (LIFTER / 2.0) * np.sin(np.pi * order / LIFTER)
    scaled: Doubles = waves * length * lifter
    return scaled
