"""Log-mel frames, what the network sees of a sound."""

from functools import lru_cache
from typing import Final

import numpy as np

from avatar.types import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats

WINDOW_SAMPLES: Final = 400
"""25 ms, Hann."""

HALF_WINDOW: Final = WINDOW_SAMPLES // 2
FFT_SAMPLES: Final = 512
MEL_BANDS: Final = 64
MEL_LOW_HZ: Final = 60.0
MEL_HIGH_HZ: Final = 7600.0
POWER_FLOOR: Final = 1e-10
"""Least power of a band: -100 dB of a full-scale sine."""


def log_mel(samples: Floats) -> Floats:
    """Natural logarithm of the power of each band (n, 64); frame `i` sees samples `160 i` to `160 i + 400`.

    A full-scale sine gives about 0. Frames that the sound does not fill are left out.
    """
    if len(samples) < WINDOW_SAMPLES:
        return np.empty((0, MEL_BANDS), np.float32)
    sound = np.ascontiguousarray(samples, np.float32)
    count = 1 + (len(sound) - WINDOW_SAMPLES) // HOP_SAMPLES
    item = sound.itemsize
    windows = np.ndarray((count, WINDOW_SAMPLES), np.float32, sound, strides=(HOP_SAMPLES * item, item))
    parts: Floats = np.fft.rfft(windows * _window(), FFT_SAMPLES).view(np.float32)
    np.square(parts, out=parts)
    result: Floats = np.add(parts[:, ::2], parts[:, 1::2]) @ mel_filters()
    result += np.float32(POWER_FLOOR)
    np.log(result, out=result)
    return result


@lru_cache(maxsize=1)
def mel_filters() -> Floats:
    """Triangles (257, 64) over the bins of the spectrum, each peaking at 1: O'Shaughnessy's scale (1987)."""
    low, high = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in (MEL_LOW_HZ, MEL_HIGH_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(low, high, MEL_BANDS + 2) / 2595.0) - 1.0)
    bins = np.arange(FFT_SAMPLES // 2 + 1)[:, None] * (SAMPLE_RATE_HZ / FFT_SAMPLES)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@lru_cache(maxsize=1)
def _window() -> Floats:
    scaled: Floats = (np.hanning(WINDOW_SAMPLES + 1)[:-1] * (4.0 / WINDOW_SAMPLES)).astype(np.float32)
    return scaled
