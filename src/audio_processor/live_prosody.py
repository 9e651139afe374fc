"""Prosody of a live sound as it comes: level and pitch every 10 ms, and stresses when their syllables are past.

The measures are those of whole sounds; what looks ahead there looks back here: the pitch goes on from the row before,
and a syllable is held against the speaker's last ones.
"""

from collections import deque
from math import isnan, log2
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from audio_processor.features import SoundBlock, loudness_db
from audio_processor.nuclei import NUCLEUS_DIP_DB, NUCLEUS_UNDER_PEAK_DB
from audio_processor.pitch import (
    CANDIDATES,
    MARGIN_SAMPLES,
    OCTAVE_JUMP_COST,
    SILENCE_BELOW_PEAK_DB,
    VOICING_CHANGE_COST,
    VOICING_THRESHOLD,
    PitchPeaks,
    pitch_peaks,
)
from audio_processor.prosody import (
    EMPHASIS_APART_SECONDS,
    EMPHASIS_FULL,
    EMPHASIS_LEAST,
    LEAST_LEVEL_SD_DB,
    LEAST_PITCH_SD,
    LOUDNESS_WEIGHT,
    PITCH_WEIGHT,
)
from avatar.types import HOP_SAMPLES, HOP_SECONDS, Emphasis, Floats, LiveProsody

PEAK_FALL_DB_PER_SECOND: Final = 0.5
"""How fast the loudest level is forgotten."""
LOWEST_PEAK_DB: Final = -50.0
BASELINE_SYLLABLES: Final = 60
LEAST_SYLLABLES: Final = 4
"""Syllables that are remembered, and that there must be before one can stand out."""

VOICED_REACH_ROWS: Final = 3
WEAKEST: Final = 0.05


class _Syllable(NamedTuple):
    level_db: float
    semitones: float


class LiveProsodyStream:
    """Turns mono sound at 16 kHz, pushed in pieces of any length, into rows that end 30 ms before the sound does.

    The first sample is heard at `at` seconds of the media clock.
    """

    def __init__(self, at: float = 0.0) -> None:
        self._at = at
        self._samples: Floats = np.zeros(MARGIN_SAMPLES, np.float32)
        self._rows = 0
        self._peak_db = LOWEST_PEAK_DB
        self._f0_hz = 0.0
        self._syllables = _Syllables()

    def push(self, samples: Floats) -> LiveProsody:
        """The rows that these samples (n,) make known, if there are any."""
        self._samples = np.concatenate([self._samples, np.asarray(samples, np.float32)])
        count = max((len(self._samples) - 2 * MARGIN_SAMPLES) // HOP_SAMPLES, 0)
        first, at = self._rows, self._at + self._rows * HOP_SECONDS
        if not count:
            return LiveProsody(at, np.zeros(0, np.float32), np.zeros(0, np.float32))
        block = SoundBlock(first, count, self._samples[: 2 * MARGIN_SAMPLES + count * HOP_SAMPLES], MARGIN_SAMPLES)
        level = loudness_db(block)
        pitch = self._pitch(pitch_peaks(block))
        self._samples = self._samples[count * HOP_SAMPLES :]
        self._rows += count
        return LiveProsody(at, level, pitch, self._stresses(first, level, pitch))

    def _pitch(self, peaks: PitchPeaks) -> Floats:
        """Hz (n,), 0 where unvoiced: of each row's strongest peaks the one that best goes on from the row before."""
        levels = peaks.level_db.tolist()
        candidates: list[list[tuple[float, float]]] = [[] for _ in levels]
        strengths, pitches = peaks.strength.astype(np.float32).tolist(), peaks.hz.astype(np.float32).tolist()
        for row, strength, hz in zip(peaks.rows.tolist(), strengths, pitches, strict=True):
            if strength > 0.0:
                candidates[row].append((strength, hz))
        return np.array([self._goes_on(*row) for row in zip(levels, candidates, strict=True)], np.float32)

    def _goes_on(self, level_db: float, candidates: list[tuple[float, float]]) -> float:
        """The pitch of the next row in Hz, from the strengths and pitches of its peaks."""
        self._peak_db = max(self._peak_db - PEAK_FALL_DB_PER_SECOND * HOP_SECONDS, level_db)
        quiet = self._peak_db - SILENCE_BELOW_PEAK_DB - level_db
        best = VOICING_THRESHOLD + min(max(quiet / 10.0, 0.0), 1.0) - (VOICING_CHANGE_COST if self._f0_hz else 0.0)
        found = 0.0
        candidates.sort(key=itemgetter(0), reverse=True)
        for strength, hz in candidates[:CANDIDATES]:
            score = strength - self._jump(hz)
            if score > best:
                best, found = score, hz
        self._f0_hz = found
        return found

    def _jump(self, hz: float) -> float:
        if not self._f0_hz:
            return VOICING_CHANGE_COST
        return OCTAVE_JUMP_COST * abs(log2(hz / self._f0_hz))

    def _stresses(self, first: int, level: Floats, pitch: Floats) -> tuple[Emphasis, ...]:
        rows = enumerate(zip(level.tolist(), pitch.tolist(), strict=True), start=first)
        found = [self._syllables.hear(row, level_db, hz) for row, (level_db, hz) in rows]
        return tuple(Emphasis(self._at + e.time, e.strength) for e in found if e is not None)


class _Syllables:
    """Finds syllables in a level that goes on, and those among them that stand out."""

    def __init__(self) -> None:
        self._past: deque[_Syllable] = deque(maxlen=BASELINE_SYLLABLES)
        self._loudest_db = LOWEST_PEAK_DB
        self._valley_db, self._top_db, self._top_row = 0.0, -np.inf, 0
        self._pitches: deque[tuple[int, float]] = deque(maxlen=60)
        self._last_row = -(10**9)
        self._rising = False

    def hear(self, row: int, level_db: float, f0_hz: float) -> Emphasis | None:
        """The stress that is known with this row: its syllable is that much under its top."""
        if f0_hz:
            self._pitches.append((row, 12.0 * log2(f0_hz / 100.0)))
        self._loudest_db = max(self._loudest_db - PEAK_FALL_DB_PER_SECOND * HOP_SECONDS, level_db)
        if not self._rising:
            self._valley_db = min(self._valley_db, level_db)
            if level_db > self._valley_db + NUCLEUS_DIP_DB:
                self._rising, self._top_db, self._top_row = True, level_db, row
            return None
        if level_db > self._top_db:
            self._top_db, self._top_row = level_db, row
        if level_db > self._top_db - NUCLEUS_DIP_DB:
            return None
        self._rising, self._valley_db = False, level_db
        return self._stress()

    def _stress(self) -> Emphasis | None:
        near = [tone for row, tone in self._pitches if abs(row - self._top_row) <= VOICED_REACH_ROWS]
        if not near or self._top_db < self._loudest_db - NUCLEUS_UNDER_PEAK_DB:
            return None
        syllable = _Syllable(self._top_db, max(near))
        score = self._prominence(syllable)
        self._past.append(syllable)
        apart = (self._top_row - self._last_row) * HOP_SECONDS
        if isnan(score) or score < EMPHASIS_LEAST or apart < EMPHASIS_APART_SECONDS:
            return None
        self._last_row = self._top_row
        strength = (score - EMPHASIS_LEAST) / (EMPHASIS_FULL - EMPHASIS_LEAST)
        return Emphasis(self._top_row * HOP_SECONDS, min(max(strength, WEAKEST), 1.0))

    def _prominence(self, syllable: _Syllable) -> float:
        """As `prominence`, without length and over the syllables before; NaN where there are too few."""
        if len(self._past) < LEAST_SYLLABLES:
            return float("nan")
        values = np.array(self._past)
        spread = np.maximum(values.std(axis=0), (LEAST_LEVEL_SD_DB, LEAST_PITCH_SD))
        return float(np.dot((np.array(syllable) - values.mean(axis=0)) / spread, (LOUDNESS_WEIGHT, PITCH_WEIGHT)))
