"""What the voice itself moves in a live face: strokes of head and brows on stresses, and the melody."""

from dataclasses import dataclass
from math import log2
from typing import Final

import numpy as np

from avatar.types import HOP_SECONDS, Emphasis, LiveProsody
from video_processor.motion.curves import random_stream, stroke_at
from video_processor.motion.expression import ACCENT_FALL_SECONDS, ACCENT_RISE_SECONDS, accent_shares
from video_processor.motion.head import GESTURES_DEGREES, RETURN_SECONDS, STROKE_SECONDS, gesture_shares
from video_processor.motion.live.rows import LiveRows, row_of
from video_processor.motion.scene import PITCH_RANGE_SEMITONES

LATEST_SECONDS: Final = 0.3
"""A stress that is known later is not shown."""

MELODY_LAG_SECONDS: Final = 0.06
"""Of either of the two filters that smooth it, in place of a window that would need what is to come."""
MELODY_AHEAD_SECONDS: Final = 0.06
VOICE_SECONDS: Final = 8.0
"""Of voiced sound, over which the middle of the voice's pitch is taken."""
VOICED_FLOOR: Final = 0.2


@dataclass(frozen=True, slots=True)
class _Stroke:
    at: float
    accent: float
    gestures: list[float]


class LiveStresses:
    """Strokes that peak on stresses, or as soon after them as a whole stroke can."""

    def __init__(self, seed: int) -> None:
        self._accents, self._gestures = random_stream(seed, "accents"), random_stream(seed, "gestures")
        self._strokes: list[_Stroke] = []

    def add(self, emphases: tuple[Emphasis, ...], now: float) -> None:
        for emphasis in emphases:
            if emphasis.time >= now - LATEST_SECONDS:
                share = float(accent_shares(self._accents.random(1))[0])
                gestures = gesture_shares(self._gestures.random((1, len(GESTURES_DEGREES))))[0]
                at = max(emphasis.time, now + STROKE_SECONDS)
                weights = (emphasis.strength * gestures).tolist()
                self._strokes.append(_Stroke(at, emphasis.strength * share, weights))

    def cut(self, at: float) -> None:
        """Strokes that begin at `at` or later are not made."""
        self._strokes = [s for s in self._strokes if s.at - STROKE_SECONDS < at]

    def at(self, time: float) -> tuple[float, list[float]]:
        """Strokes of the brows and of the head, of pitch, yaw and roll, at a time; times only grow."""
        self._strokes = [s for s in self._strokes if time < s.at + RETURN_SECONDS]
        brows, head = 0.0, [0.0] * len(GESTURES_DEGREES)
        for one in self._strokes:
            if time > one.at - STROKE_SECONDS:
                brows += one.accent * stroke_at(time - one.at, ACCENT_RISE_SECONDS, ACCENT_FALL_SECONDS)
                share = stroke_at(time - one.at, STROKE_SECONDS, RETURN_SECONDS)
                head = [so_far + share * weight for so_far, weight in zip(head, one.gestures, strict=True)]
        return brows, head


class LiveMelody:
    """The pitch of the voice around its middle, as `Scene.melody`, smoothed by what has been."""

    def __init__(self) -> None:
        self._rows = LiveRows(np.zeros(1, np.float32))
        self._middle, self._heard = 0.0, 0
        self._level, self._share = [0.0, 0.0], [0.0, 0.0]
        self._row = 0

    def add(self, prosody: LiveProsody) -> None:
        if prosody.f0_hz is not None:
            self._rows.add(row_of(prosody.at), np.asarray(prosody.f0_hz, np.float32)[:, None])

    def cut(self, at: float) -> None:
        self._rows.cut(row_of(at))

    def at(self, time: float) -> float:
        """-1..1 over +-6 semitones, 0 where unvoiced; times only grow."""
        end = row_of(time + MELODY_AHEAD_SECONDS)
        first = max(self._row, end - row_of(1.0))
        pitches = self._rows.window(first, end)[:, 0].tolist() if end > first else []
        for pitch in pitches:
            self._hear(pitch)
        self._row = max(end, self._row)
        self._rows.forget(self._row)
        return self._level[1] / (self._share[1] + VOICED_FLOOR)

    def _hear(self, pitch: float) -> None:
        level, voiced = 0.0, 0.0
        if pitch > 0.0:
            octaves = log2(pitch)
            self._heard += 1
            self._middle += (octaves - self._middle) / min(self._heard, VOICE_SECONDS / HOP_SECONDS)
            semitones = 12.0 * (octaves - self._middle)
            level, voiced = min(max(semitones / PITCH_RANGE_SEMITONES, -1.0), 1.0), 1.0
        share = HOP_SECONDS / MELODY_LAG_SECONDS
        for filtered, value in ((self._level, level), (self._share, voiced)):
            filtered[0] += (value - filtered[0]) * share
            filtered[1] += (filtered[0] - filtered[1]) * share
