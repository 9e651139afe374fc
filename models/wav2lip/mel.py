"""The sound as Wav2Lip hears it: the mel spectrogram of its `audio.py`, padded as the librosa of its time did.

librosa 0.7 continues the sound at both ends by its mirror image; since 0.10 it does so by zeros, which changes the two
outer columns at either end by up to 1.5.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from avatar.types import SAMPLE_RATE_HZ, Floats

FFT_SAMPLES: Final = 800
HOP_SAMPLES: Final = 200
COLUMNS_PER_SECOND: Final = SAMPLE_RATE_HZ / HOP_SAMPLES
MEL_BANDS: Final = 80
MEL_LOW_HZ: Final = 55.0
MEL_HIGH_HZ: Final = 7600.0
PRE_EMPHASIS: Final = 0.97
WINDOW_COLUMNS: Final = 16
"""What the network hears for a frame."""

AMPLITUDE_FLOOR: Final = 1e-5
REFERENCE_DB: Final = 20.0
RANGE_DB: Final = 100.0
LARGEST: Final = 4.0
"""Values lie in -4..4, for -100 to 0 dB under the reference."""

LINEAR_HZ_PER_MEL: Final = 200.0 / 3.0
LOG_FROM_HZ: Final = 1000.0
LOG_STEP: Final = math.log(6.4) / 27.0
"""Slaney's scale (Auditory Toolbox, 1998): linear up to 1 kHz, logarithmic above it."""


def mel_spectrogram(samples: Floats) -> Floats:
    """(80, 1 + n // 200) in -4..4 of mono sound (n,) at 16 kHz in -1..1; column `i` is centred on sample `200 i`.

    Sound of 400 samples or fewer is continued by zeros to 401, the least that can be mirrored.
    """
    sound = np.asarray(samples, np.float64)
    columns = 1 + len(sound) // HOP_SAMPLES
    sound = np.pad(sound, (0, max(0, FFT_SAMPLES // 2 + 1 - len(sound))))
    sound = np.concatenate([sound[:1], sound[1:] - PRE_EMPHASIS * sound[:-1]])
    mirrored = np.pad(sound, FFT_SAMPLES // 2, mode="reflect")
    windows = sliding_window_view(mirrored, FFT_SAMPLES)[::HOP_SAMPLES][:columns]
    amplitude = np.abs(np.fft.rfft(windows * _hann()).astype(np.complex64))
    decibels = 20.0 * np.log10(np.maximum(AMPLITUDE_FLOOR, mel_filters() @ amplitude.T)) - REFERENCE_DB
    scaled = 2.0 * LARGEST * ((decibels + RANGE_DB) / RANGE_DB) - LARGEST
    result: Floats = np.clip(scaled, -LARGEST, LARGEST).astype(np.float32)
    return result


def mel_window_starts(frames: int, fps: Fraction, columns: int) -> tuple[int, ...]:
    """The first column of each frame's window in a spectrogram of `columns`.

    As the original takes them: `int(i * (80 / fps))` in floating point; windows that would reach past the end are the
    last 16 columns. The original ends with the first of these; here the frames after it see the same.
    """
    step = COLUMNS_PER_SECOND / float(fps)
    last = max(0, columns - WINDOW_COLUMNS)
    return tuple(min(int(frame * step), last) for frame in range(frames))


def frames_heard(columns: int, fps: Fraction) -> int:
    """How many frames the original makes of a spectrogram: those whose windows lie within it, and one more."""
    step, frames = COLUMNS_PER_SECOND / float(fps), 0
    while int(frames * step) + WINDOW_COLUMNS <= columns:
        frames += 1
    return frames + 1


def mel_windows(mel: Floats, starts: Sequence[int]) -> Floats:
    """(n, 80, 16): the windows of `mel` (80, columns) that begin at `starts`; silence where it is shorter than one."""
    short = max(0, WINDOW_COLUMNS - mel.shape[1])
    padded = np.pad(mel, ((0, 0), (0, short)), constant_values=-LARGEST)
    every = sliding_window_view(padded, WINDOW_COLUMNS, axis=1)
    return np.ascontiguousarray(every[:, list(starts)].transpose(1, 0, 2))


@lru_cache(maxsize=1)
def mel_filters() -> Floats:
    """Triangles (80, 401) over the bins of the spectrum, each of the area 1 over hertz."""
    edges = _hz(np.linspace(_mel(MEL_LOW_HZ), _mel(MEL_HIGH_HZ), MEL_BANDS + 2))
    bins = np.fft.rfftfreq(FFT_SAMPLES, 1.0 / SAMPLE_RATE_HZ)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def _mel(hz: float) -> float:
    if hz < LOG_FROM_HZ:
        return hz / LINEAR_HZ_PER_MEL
    return LOG_FROM_HZ / LINEAR_HZ_PER_MEL + math.log(hz / LOG_FROM_HZ) / LOG_STEP


def _hz(mel: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    log_from = LOG_FROM_HZ / LINEAR_HZ_PER_MEL
    hz: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.where(
        mel < log_from, mel * LINEAR_HZ_PER_MEL, LOG_FROM_HZ * np.exp(LOG_STEP * (mel - log_from))
    )
    return hz


@lru_cache(maxsize=1)
def _hann() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Periodic."""
    return np.hanning(FFT_SAMPLES + 1)[:-1]
