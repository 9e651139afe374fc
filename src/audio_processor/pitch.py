"""Pitch by autocorrelation: P. Boersma (1993), *Accurate short-term analysis of the fundamental frequency*."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, runs
from audio_processor.features import SoundBlock
from avatar.types import SAMPLE_RATE_HZ, Floats

LOWEST_HZ: Final = 65.0
HIGHEST_HZ: Final = 500.0
RATE_HZ: Final = 8_000
WINDOW: Final = 384
"""48 ms: three periods of the lowest pitch."""

FFT: Final = 1024
CANDIDATES: Final = 4
VOICING_THRESHOLD: Final = 0.5
OCTAVE_COST: Final = 0.01
OCTAVE_JUMP_COST: Final = 0.35
VOICING_CHANGE_COST: Final = 0.14
"""Boersma's values for steps of 10 ms, but for a slightly higher threshold."""

FARTHEST_SEMITONES: Final = 14.0
VOICE_SECONDS: Final = 10.0
"""A stretch of pitch this far from the voice's median over the seconds around it is a consonant or an echo."""

SILENCE_BELOW_PEAK_DB: Final = 27.0
"""A frame this far under the loudest is not voiced."""

PATH_BLOCK_FRAMES: Final = 4096
LOW_PASS_HZ: Final = 1_000.0
LOW_PASS_TAPS: Final = 81
MARGIN_SAMPLES: Final = WINDOW + LOW_PASS_TAPS + 15


class PitchCandidates(NamedTuple):
    """The best periods of each frame: `hz` and `strength` (n, 4), strength about 0..1, 0 where there is none.

    `level_db` (n,): level of the band in which they were sought.
    """

    hz: Floats
    strength: Floats
    level_db: Floats


def pitch_candidates(block: SoundBlock) -> PitchCandidates:
    """The block needs a margin of `MARGIN_SAMPLES`."""
    correlation, power = _autocorrelation(block)
    first, last = int(RATE_HZ / HIGHEST_HZ), int(np.ceil(RATE_HZ / LOWEST_HZ)) + 1
    lags = np.arange(first, last + 1)
    left, middle, right = (correlation[:, lags + step] for step in (-1, 0, 1))
    is_peak = (middle > left) & (middle >= right) & (middle > VOICING_THRESHOLD / 2)
    curvature = np.maximum(left - 2 * middle + right, -np.inf) - 1e-9
    shift = np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)
    height = np.minimum(middle - 0.25 * (left - right) * shift, 1.0)
    hz = RATE_HZ / (lags + shift)
    score = np.where(is_peak, height - OCTAVE_COST * np.log2(LOWEST_HZ / hz), 0.0)
    score = np.where((hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ), score, 0.0)
    best = np.argpartition(-score, CANDIDATES, axis=1)[:, :CANDIDATES]
    strength = np.take_along_axis(score, best, axis=1)
    return PitchCandidates(
        np.where(strength > 0, np.take_along_axis(hz, best, axis=1), 0.0).astype(np.float32),
        strength.astype(np.float32),
        (10.0 * np.log10(power + 1e-12)).astype(np.float32),
    )


def track_pitch(candidates: PitchCandidates) -> Floats:
    """The smoothest path through the candidates: Hz (n,), 0 where unvoiced."""
    hz, strength, level_db = candidates
    quiet = level_db.max() - SILENCE_BELOW_PEAK_DB - level_db
    unvoiced = VOICING_THRESHOLD + np.clip(quiet / 10.0, 0.0, 1.0)
    scores = np.concatenate([strength, unvoiced[:, None]], axis=1)
    octaves = np.concatenate([np.log2(np.maximum(hz, 1.0)), np.zeros((len(hz), 1), np.float32)], axis=1)
    octaves[octaves == 0.0] = np.nan
    path = _best_path(scores, octaves)
    voiced = path < hz.shape[1]
    picked = hz[np.arange(len(hz)), np.minimum(path, hz.shape[1] - 1)]
    return _without_strays(np.where(voiced, picked, 0.0).astype(np.float32))


def _without_strays(f0_hz: Floats) -> Floats:
    result = f0_hz.copy()
    reach = frames_in(VOICE_SECONDS) // 2
    for first, last in runs(f0_hz > 0):
        around = f0_hz[max(0, first - reach) : last + reach]
        interval = 12.0 * np.log2(np.median(f0_hz[first:last]) / np.median(around[around > 0]))
        if abs(interval) > FARTHEST_SEMITONES:
            result[first:last] = 0.0
    return result


def _best_path(scores: NDArray[np.float64], octaves: NDArray[np.float32]) -> NDArray[np.intp]:
    """Viterbi over (n, k) states; those whose octave is NaN are unvoiced."""
    n, k = scores.shape
    back = np.zeros((n, k), np.int8)
    total = scores[0].astype(np.float64)
    for first in range(1, n, PATH_BLOCK_FRAMES):
        last = min(first + PATH_BLOCK_FRAMES, n)
        reach = -_transition_costs(octaves[first - 1 : last])
        for step, score in zip(reach, scores[first:last], strict=True):
            np.add(step, total, out=step)
            total = np.maximum.reduce(step, axis=1) + score
            total -= np.maximum.reduce(total)
        back[first:last] = reach.argmax(axis=2)
    path = np.zeros(n, np.intp)
    path[-1] = state = int(total.argmax())
    for last in range(n, 1, -PATH_BLOCK_FRAMES):
        first = max(1, last - PATH_BLOCK_FRAMES)
        for i, came_from in zip(range(last - 2, first - 2, -1), reversed(back[first:last].tolist()), strict=True):
            path[i] = state = came_from[state]
    return path


def _transition_costs(octaves: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cost (n - 1, k, k) of coming to each state of a frame (second axis) from each of the frame before (third)."""
    jump = OCTAVE_JUMP_COST * np.abs(octaves[1:, :, None] - octaves[:-1, None, :])
    unvoiced = np.isnan(octaves)
    still = unvoiced[1:, :, None] & unvoiced[:-1, None, :]
    return np.where(still, 0.0, np.where(np.isnan(jump), VOICING_CHANGE_COST, jump)).astype(np.float64)


def _autocorrelation(block: SoundBlock) -> tuple[Floats, Floats]:
    """Of each frame (count, FFT / 2), over that of its window, so that a steady period scores 1; and its power."""
    halved = _halved(block.samples)
    centres = block.margin // 2 + np.arange(block.count) * (RATE_HZ // 100)
    frames = halved[centres[:, None] + np.arange(-(WINDOW // 2), WINDOW // 2)]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * _window()
    power = np.square(np.abs(np.fft.rfft(frames, FFT)))
    raw = np.fft.irfft(power)[:, : FFT // 2]
    own = _window_autocorrelation()
    floor = np.maximum(raw[:, :1], 1e-9)
    normalised = raw / floor * (own[0] / np.maximum(own, 1e-3 * own[0]))
    return normalised.astype(np.float32), (raw[:, 0] / own[0]).astype(np.float32)


@lru_cache(maxsize=1)
def _window_autocorrelation() -> NDArray[np.float64]:
    return np.fft.irfft(np.square(np.abs(np.fft.rfft(_window(), FFT))))[: FFT // 2]


def _halved(samples: Floats) -> Floats:
    """The sound at half the rate, low-passed."""
    result: Floats = np.convolve(samples, _low_pass(), "same")[::2].astype(np.float32)
    return result


@lru_cache(maxsize=1)
def _low_pass() -> Floats:
    """Windowed sinc that lets the first harmonics pass, and nothing of the hiss of consonants."""
    x = np.arange(-(LOW_PASS_TAPS // 2), LOW_PASS_TAPS // 2 + 1) * (2 * LOW_PASS_HZ / SAMPLE_RATE_HZ)
    taps = np.sinc(x) * np.hamming(LOW_PASS_TAPS)
    result: Floats = (taps / taps.sum()).astype(np.float32)
    return result


@lru_cache(maxsize=1)
def _window() -> Floats:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)
