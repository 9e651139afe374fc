"""What Wav2Lip hears for each frame of a chunk, the same however the video is cut into chunks."""

from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from avatar.types import SAMPLE_RATE_HZ, Floats, RenderChunk
from models.wav2lip.mel import COLUMNS_PER_SECOND, FFT_SAMPLES, HOP_SAMPLES, WINDOW_COLUMNS, mel_spectrogram

MARGIN_COLUMNS: Final = FFT_SAMPLES // 2 // HOP_SAMPLES + 1
"""So many columns from where sound is cut on, its spectrogram is that of the whole: none mirrors the cut, and the
sample before each is known."""

TAIL_COLUMNS: Final = FFT_SAMPLES // 2 // HOP_SAMPLES
LEAST_SAMPLES: Final = (WINDOW_COLUMNS - 1) * HOP_SAMPLES
"""The shortest sound that fills a window."""

WINDOW_SECONDS: Final = (WINDOW_COLUMNS - 1 + TAIL_COLUMNS) * HOP_SAMPLES / SAMPLE_RATE_HZ
"""How far past its start a frame's window and the spectrogram of its last column reach."""

HEARD_SECONDS: Final = (0.06, 0.14)
BLOCK_SAMPLES: Final = 320
"""A frame sounds by the loudest 20 ms from the first before its start to the second after it."""

SILENT_DB, LOUD_DB = -45.0, -35.0
"""Levels under the first are silence, over the second sound, in dB of full scale."""


class ChunkSound:
    """The sound of a chunk with its context, by absolute samples.

    A window is made of its own stretch of sound alone, always of the same length, so that its numbers do not depend on
    what else is computed with it.
    """

    def __init__(self, chunk: RenderChunk) -> None:
        self.fps = chunk.motion.fps
        first = chunk.first - chunk.lead
        self.start = sample_at(first, self.fps)
        self.end = max(sample_at(first + len(chunk.motion), self.fps), self.start + LEAST_SAMPLES)
        self.samples = np.zeros(self.end - self.start, np.float32)
        heard = chunk.audio[: len(self.samples)]
        self.samples[: len(heard)] = heard
        self._power = np.square(self.samples, dtype=np.float64)

    def window(self, frame: int) -> Floats:
        """The mel columns (80, 16) of frame `frame` of the video: those of the original, from the frame's start on.

        At the end of the sound they are its last 16.
        """
        column = min(int(frame * (COLUMNS_PER_SECOND / float(self.fps))), self.end // HOP_SAMPLES + 1 - WINDOW_COLUMNS)
        begin = max(column - MARGIN_COLUMNS, ceil(self.start / HOP_SAMPLES))
        stop = (column + WINDOW_COLUMNS - 1 + TAIL_COLUMNS) * HOP_SAMPLES
        mel = mel_spectrogram(self._between(begin * HOP_SAMPLES, stop))
        window = mel[:, column - begin :][:, :WINDOW_COLUMNS]
        return np.ascontiguousarray(window)

    def loudness(self, frame: int) -> float:
        """How much sound there is around a frame: 0 in silence, 1 where somebody may speak."""
        middle = sample_at(frame, self.fps)
        before, after = (round(seconds * SAMPLE_RATE_HZ) for seconds in HEARD_SECONDS)
        starts = range(middle - before, middle + after, BLOCK_SAMPLES)
        blocks = (self._power[self._part(at, at + BLOCK_SAMPLES)] for at in starts)
        power = max((float(np.add.reduce(block)) / len(block) for block in blocks if len(block)), default=0.0)
        decibels = 10 * np.log10(max(power, 1e-12))
        return float(np.clip((decibels - SILENT_DB) / (LOUD_DB - SILENT_DB), 0, 1))

    def _between(self, begin: int, stop: int) -> Floats:
        return self.samples[self._part(begin, stop)]

    def _part(self, begin: int, stop: int) -> slice:
        return slice(max(begin - self.start, 0), max(stop - self.start, 0))


def sample_at(frame: int, fps: Fraction) -> int:
    """The sample with which a frame begins."""
    return round(Fraction(frame * SAMPLE_RATE_HZ) / fps)
