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

FFT: Final = 512
"""A window and the longest lag."""

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
STRIP: Final = 16
"""So many samples at half the rate are filtered at once: a whole number of them in a hop, and in a window."""

MARGIN_SAMPLES: Final = WINDOW + LOW_PASS_TAPS + 15

_FIRST_LAG: Final = int(RATE_HZ / HIGHEST_HZ)
_LAST_LAG: Final = -int(-RATE_HZ // LOWEST_HZ) + 1

Doubles = NDArray[np.float64]


class PitchCandidates(NamedTuple):
    """The best periods of each frame: `hz` and `strength` (n, 4), strength about 0..1, 0 where there is none.

    `level_db` (n,): level of the band in which they were sought.
    """

    hz: Floats
    strength: Floats
    level_db: Floats


class PitchPeaks(NamedTuple):
    """The periods (m,) of a block's frames, frame after frame: the frame, `hz` and `strength` as in `PitchCandidates`.

    `level_db` (n,) as there.
    """

    rows: NDArray[np.intp]
    hz: Doubles
    strength: Doubles
    level_db: Floats


def pitch_candidates(block: SoundBlock) -> PitchCandidates:
    """The block needs a margin of `MARGIN_SAMPLES`."""
    rows, peaks_hz, score, level_db = pitch_peaks(block)
    order = np.lexsort((-score, rows))
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    order, rank = order[rank < CANDIDATES], rank[rank < CANDIDATES]
    hz, strength = np.zeros((2, block.count, CANDIDATES), np.float32)
    hz[rows[order], rank], strength[rows[order], rank] = peaks_hz[order], score[order]
    return PitchCandidates(hz, strength, level_db)


def pitch_peaks(block: SoundBlock) -> PitchPeaks:
    """The block needs a margin of `MARGIN_SAMPLES`."""
    correlation, power = _autocorrelation(block)
    flat, width = correlation.reshape(-1), correlation.shape[1]
    middle = flat[1:-1]
    is_peak = middle > flat[:-2]
    is_peak &= middle >= flat[2:]
    is_peak &= middle > VOICING_THRESHOLD / 2
    at = np.flatnonzero(is_peak) + 1
    rows, places = np.divmod(at, width)
    inside = (places > 0) & (places < width - 1)
    if not inside.all():
        at, rows, places = at[inside], rows[inside], places[inside]
    hz, score = _peaks(flat[at - 1], flat[at], flat[at + 1], _FIRST_LAG - 1 + places)
    return PitchPeaks(rows, hz, score, 10.0 * np.log10(power + np.float32(1e-12)))


def _peaks(left: Floats, middle: Floats, right: Floats, lags: NDArray[np.intp]) -> tuple[Doubles, Doubles]:
    """Hz and score (n,) of peaks of the correlation, by a parabola through their neighbours; 0 for a pitch too far."""
    slope = left - right
    shift = np.maximum(0.5 * slope / (left - 2 * middle + right - np.float32(1e-9)), -0.5)
    shift = np.minimum(shift, 0.5)
    height = np.minimum(middle - 0.25 * slope * shift, 1.0)
    hz: Doubles = RATE_HZ / (lags + shift)
    score = height - OCTAVE_COST * np.log2(LOWEST_HZ / hz)
    is_near = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    return hz * is_near, score * is_near


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
    """Of each frame at the lags from before the first to after the last, and its power.

    Over the correlation of the window, so that a steady period scores 1.
    """
    frames = _halved_frames(block)
    mean = np.add.reduce(frames, axis=1, keepdims=True) / np.float32(WINDOW)
    frames = np.multiply(frames - mean, _window())
    parts: Floats = np.fft.rfft(frames, FFT).view(np.float32)
    np.square(parts, out=parts)
    raw = np.asarray(np.fft.irfft(np.add(parts[:, ::2], parts[:, 1::2])), np.float32)
    zero = raw[:, :1]
    correlation = np.divide(raw[:, _FIRST_LAG - 1 : _LAST_LAG + 2], np.maximum(zero, np.float32(1e-9)))
    correlation *= _window_gains()
    return correlation, zero[:, 0] / _window_autocorrelation()[0]


@lru_cache(maxsize=1)
def _window_gains() -> Floats:
    own = _window_autocorrelation()
    gains: Floats = own[0] / own[_FIRST_LAG - 1 : _LAST_LAG + 2]
    return gains


@lru_cache(maxsize=1)
def _window_autocorrelation() -> Floats:
    return np.asarray(np.fft.irfft(np.square(np.abs(np.fft.rfft(_window(), FFT)))), np.float32)


def _halved_frames(block: SoundBlock) -> Floats:
    """A window (count, 384) around each frame of the sound at half the rate, low-passed."""
    hop = RATE_HZ // 100
    strips = ((block.count - 1) * hop + WINDOW) // STRIP
    first = 2 * (block.margin // 2 - WINDOW // 2) - LOW_PASS_TAPS // 2
    filters = _strip_filters()
    sound = np.ascontiguousarray(block.samples[first : first + 2 * STRIP * (strips - 1) + len(filters)])
    item = sound.itemsize
    windows = np.ndarray((strips, len(filters)), np.float32, sound, strides=(2 * STRIP * item, item))
    halved = np.ascontiguousarray(windows) @ filters
    return np.ndarray((block.count, WINDOW), np.float32, halved, strides=(hop * item, item))


@lru_cache(maxsize=1)
def _strip_filters() -> Floats:
    """The low-pass (111, 16) of a strip of samples at half the rate: its taps, two samples on for each."""
    filters = np.zeros((LOW_PASS_TAPS + 2 * (STRIP - 1), STRIP), np.float32)
    for place in range(STRIP):
        filters[2 * place : 2 * place + LOW_PASS_TAPS, place] = _low_pass()
    return filters


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
