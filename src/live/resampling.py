"""Sound that comes in pieces, at another rate."""

from fractions import Fraction
from typing import Final

import av
import numpy as np

from avatar.types import SAMPLE_RATE_HZ, Floats
from live.contract import SOUND_RATE_HZ, Samples

EMPTY: Final[Floats] = np.zeros(0, np.float32)

THINNING: Final = SOUND_RATE_HZ // SAMPLE_RATE_HZ
THINNING_REACH: Final = 96
"""Samples of what is played on either side of one that is heard."""

_PASSED: Final = 0.96
"""Share of the band of the lower rate that passes the filter whole."""


def _filter() -> Floats:
    """Low-pass taps (2 reach + 1,): a sinc within a Kaiser window (Oppenheim and Schafer, 7.5.3), of sum 1."""
    at = np.arange(-THINNING_REACH, THINNING_REACH + 1)
    taps = np.sinc(at * _PASSED / THINNING) * np.kaiser(len(at), 6.0)
    return np.asarray(taps / taps.sum(), np.float32)


TAPS: Final = _filter()


def thinned(samples: Samples) -> Floats:
    """Sound at 48 kHz (3 (n - 1) + 1 + 2 reach,) as mono float32 at 16 kHz (n,), without the reach on either side."""
    count = (len(samples) - 2 * THINNING_REACH - 1) // THINNING + 1
    if not samples.any():
        return np.zeros(count, np.float32)
    sound = samples.astype(np.float32) / np.float32(32_768)
    phases = (np.correlate(sound[phase::THINNING], TAPS[phase::THINNING], "valid")[:count] for phase in range(THINNING))
    return np.asarray(sum(phases), np.float32)


class Resampler:
    """Mono float32 from `source` to `target` Hz, piece by piece without a seam."""

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._inner = None if source == target else av.AudioResampler("flt", "mono", target)
        self._time_base = Fraction(1, source)
        self._given = 0

    def push(self, samples: Floats) -> Floats:
        """What is sure with these samples (n,); the filter holds back some milliseconds."""
        if self._inner is None or not len(samples):
            return np.asarray(samples, np.float32)
        frame = av.AudioFrame("flt", "mono", len(samples))
        frame.planes[0].update(np.asarray(samples, np.float32).tobytes())
        frame.sample_rate, frame.time_base, frame.pts = self._source, self._time_base, self._given
        self._given += len(samples)
        return _joined(self._inner.resample(frame))

    def flush(self) -> Floats:
        """The rest; the next piece begins anew."""
        if self._inner is None or not self._given:
            return EMPTY
        rest = _joined(self._inner.resample(None))
        self._inner, self._given = av.AudioResampler("flt", "mono", self._target), 0
        return rest


def _joined(frames: list[av.AudioFrame]) -> Floats:
    parts = [np.frombuffer(bytes(frame.planes[0]), np.float32, frame.samples) for frame in frames]
    return np.concatenate(parts) if parts else EMPTY
