"""What is measured of a sound every 10 ms, in blocks, so that its length costs no memory but the tracks'."""

from dataclasses import dataclass
from functools import lru_cache
from mmap import mmap
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import HOP_SAMPLES, SAMPLE_RATE_HZ, Floats

BLOCK_FRAMES: Final = 500
"""Frames measured at a time: 5 s."""

WINDOW_SAMPLES: Final = 400
"""25 ms, Hann."""

FFT_SAMPLES: Final = 512
MEL_BANDS: Final = 40
MEL_LOW_HZ: Final = 60.0
MEL_HIGH_HZ: Final = 7600.0
POWER_FLOOR: Final = 1e-12
"""Least power of a band: -120 dB of a full-scale sine."""

SPEECH_LOW_HZ: Final = 200.0
SPEECH_HIGH_HZ: Final = 4_000.0
TILT_SPLIT_HZ: Final = 1_000.0
TILT_HIGH_HZ: Final = 5_000.0
"""The alpha ratio of GeMAPS: F. Eyben and others (2016), *The Geneva minimalistic acoustic parameter set*."""

FLUX_BANDS: Final = slice(4, 34)
BAND_RANGE_NEPERS: Final = 6.9

LOUDNESS_FLOOR_DB: Final = -80.0
LOUDNESS_WINDOW_SAMPLES: Final = 640
"""40 ms."""


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """A stretch of sound: `count` frames from index `first`, and `margin` samples around them (zeros past the ends)."""

    first: int
    count: int
    samples: Floats
    margin: int

    def windows(self, size: int, context: int = 0) -> Floats:
        """A view (count + 2 context, size) of the samples around the centre of each frame and of `context` more."""
        count = self.count + 2 * context
        start = self.margin - size // 2 - context * HOP_SAMPLES
        sound = np.ascontiguousarray(self.samples[start : start + (count - 1) * HOP_SAMPLES + size])
        item = sound.itemsize
        return np.ndarray((count, size), sound.dtype, sound, strides=(HOP_SAMPLES * item, item))


def frames_of(samples: Floats) -> int:
    """Frames on the 10 ms grid: frame `i` is centred on sample `160 i`; never less than one."""
    return max(1, -(-len(samples) // HOP_SAMPLES))


def sound_block(samples: Floats, margin: int, first: int, block_frames: int) -> SoundBlock:
    """At most `block_frames` frames from index `first`, with `margin` samples around them."""
    count = min(block_frames, frames_of(samples) - first)
    begin, end = first * HOP_SAMPLES - margin, (first + count) * HOP_SAMPLES + margin
    inside = read_samples(samples, max(0, begin), min(len(samples), end))
    padding = (max(0, -begin), end - max(0, begin) - len(inside))
    return SoundBlock(first, count, np.pad(inside, padding), margin)


def read_samples(samples: Floats, begin: int, end: int) -> Floats:
    """A copy of some samples. Those of a mapped file are read, since pages once touched would stay in memory."""
    owner: object = samples.base
    if isinstance(samples, np.memmap) and isinstance(owner, mmap):
        at = samples.offset + begin * samples.itemsize
        return np.fromfile(str(samples.filename), np.float32, max(0, end - begin), offset=at)
    return np.array(samples[begin:end], np.float32)


def log_mel(block: SoundBlock, context: int = 0) -> Floats:
    """Natural logarithm of the power in each mel band (count + 2 context, 40); a full-scale sine gives about 0."""
    spectrum = np.fft.rfft(block.windows(WINDOW_SAMPLES, context) * _hann(WINDOW_SAMPLES), FFT_SAMPLES)
    power = np.square(np.abs(spectrum)) * np.float32((4.0 / WINDOW_SAMPLES) ** 2)
    result: Floats = np.log(power.astype(np.float32) @ mel_filters() + np.float32(POWER_FLOOR))
    return result


def loudness_db(block: SoundBlock) -> Floats:
    """RMS level (count,) of 40 ms in dB of full scale, at least -80."""
    windows = block.windows(LOUDNESS_WINDOW_SAMPLES)
    power = np.vecdot(windows, windows) / np.float32(LOUDNESS_WINDOW_SAMPLES)
    result: Floats = np.maximum(10.0 * np.log10(power + 1e-12), LOUDNESS_FLOOR_DB)
    return result


def band_energy_db(mel: Floats) -> Floats:
    """Energy (n,) of 200 to 4000 Hz in dB."""
    centres = mel_edges_hz()[1:-1]
    inside = (centres >= SPEECH_LOW_HZ) & (centres <= SPEECH_HIGH_HZ)
    return np.asarray(10.0 * np.log10(np.exp(mel[:, inside]).sum(axis=1)), np.float32)


def tilt_db(mel: Floats) -> Floats:
    """Energy (n,) of 1 to 5 kHz over that below 1 kHz in dB: higher where a voice is pressed or sharp."""
    centres, power = mel_edges_hz()[1:-1], np.exp(mel)
    low, high = centres <= TILT_SPLIT_HZ, (centres > TILT_SPLIT_HZ) & (centres < TILT_HIGH_HZ)
    ratio = power[:, high].sum(axis=1) / power[:, low].sum(axis=1)
    return np.asarray(10.0 * np.log10(ratio), np.float32)


def flux(mel: Floats, context: int) -> Floats:
    """Mean absolute change of the bands over twice `context` frames, for the frames that have them (n - 2 context,)."""
    change = np.abs(mel[2 * context :] - mel[: -2 * context])
    return np.asarray(change[:, FLUX_BANDS].mean(axis=1), np.float32)


def overtones(mel: Floats) -> Floats:
    """Bands (n,) within 30 dB of the strongest."""
    near = mel > mel.max(axis=1, keepdims=True) - BAND_RANGE_NEPERS
    result: Floats = near.sum(axis=1).astype(np.float32)
    return result


def cepstrum(mel: Floats, count: int) -> Floats:
    """Coefficients 1 to `count` (n, count) of the cosine transform (DCT-II, orthonormal) over the bands."""
    bands = mel.shape[1]
    angles = np.pi / bands * np.arange(1, count + 1)[:, None] * (np.arange(bands) + 0.5)
    return np.asarray(mel @ (np.cos(angles) * np.sqrt(2.0 / bands)).T, np.float32)


def mel_of(hz: float) -> float:
    """O'Shaughnessy's mel scale (1987), as HTK has it."""
    return float(2595.0 * np.log10(1.0 + hz / 700.0))


@lru_cache(maxsize=1)
def mel_edges_hz() -> NDArray[np.float64]:
    """Edges and centres (42,) of the triangular bands: band `b` rises from `b`, peaks at `b + 1`, ends at `b + 2`."""
    mels = np.linspace(mel_of(MEL_LOW_HZ), mel_of(MEL_HIGH_HZ), MEL_BANDS + 2)
    result: NDArray[np.float64] = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    return result


@lru_cache(maxsize=1)
def mel_filters() -> Floats:
    """Triangles (257, 40) over the bins of the spectrum; each peaks at 1."""
    edges = mel_edges_hz()
    bins = np.arange(FFT_SAMPLES // 2 + 1)[:, None] * (SAMPLE_RATE_HZ / FFT_SAMPLES)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@lru_cache(maxsize=4)
def _hann(size: int) -> Floats:
    return np.hanning(size + 1)[:-1].astype(np.float32)
