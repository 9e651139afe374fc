"""Sound that comes in pieces, at another rate."""

from fractions import Fraction
from typing import Final

import av
import numpy as np

from avatar.types import Floats

EMPTY: Final[Floats] = np.zeros(0, np.float32)


class Resampler:
    """Mono float32 from `source` to `target` Hz, piece by piece without a seam."""

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._inner = None if source == target else av.AudioResampler("flt", "mono", target)
        self._given = 0

    def push(self, samples: Floats) -> Floats:
        """What is sure with these samples (n,); the filter holds back some milliseconds."""
        if self._inner is None or not len(samples):
            return np.asarray(samples, np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32)[None], "flt", "mono")
        frame.sample_rate, frame.time_base, frame.pts = self._source, Fraction(1, self._source), self._given
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
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]) if frames else EMPTY
