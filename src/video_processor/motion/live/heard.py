"""What the lips of a live face are to show, frame by frame, from the rows that are known so far."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import VISEME_INDEX
from avatar.types import HOP_SECONDS, Floats, VisemeTrack
from video_processor.motion.curves import Clock, eased
from video_processor.motion.lips import (
    GATE_FADE_SECONDS,
    OPEN_AFTER_SECONDS,
    OPEN_BEFORE_SECONDS,
    Heard,
)
from video_processor.motion.live.rows import LiveRows, row_of
from video_processor.motion.scene import filmed_hops

RELAX_ROWS: Final = 12
"""Lips let go of their last row in this time where no more is known: 120 ms."""
CUT_ROWS: Final = 3
PREPARE_ROWS: Final = 8
MENDED_SECONDS, CUT_MENDED_SECONDS = 0.06, 0.012
"""Rows that come too late take over from what was shown instead within about this time; silence after a cut sooner."""

GATE_OPENING_SECONDS, GATE_CLOSING_SECONDS = 0.06, 0.15
SPEAKING_LEAST: Final = 0.5
"""Share of a row that is not silence, from which somebody speaks."""

MEANS: Final = {"lisped": "TH", "hushed": "CH", "hissed": "SS", "bright": "E", "spread": "ih"}
COLUMNS: Final = ("opening", "width", "rounding", *MEANS, "closure", "tucked", "active")
"""With the gate and the gain after them, and without `active`, these are the fields of `Heard` in their order."""
_CLOSURE, _ACTIVE = COLUMNS.index("closure"), COLUMNS.index("active")
_PEAKED: Final = slice(_CLOSURE, len(COLUMNS))
_MEANT: Final = slice(0, _CLOSURE)
_VISEMES: Final = np.array([VISEME_INDEX[name] for name in (*MEANS.values(), "FF")])
_VISEMES_TO: Final = np.array([COLUMNS.index(name) for name in (*MEANS, "tucked")])
_SILENCE: Final = np.array([0.5 if name == "width" else 0.0 for name in COLUMNS], np.float32)
_GATE, _GAIN = len(COLUMNS), len(COLUMNS) + 1

_SAME_DIGITS: Final = 6
_SAME_ROWS: Final = 0.5 * 10.0**-_SAME_DIGITS
"""Moments are told apart to so many digits of a row."""


def rows_of(track: VisemeTrack) -> Floats:
    """The track as rows (n, columns)."""
    rows = np.empty((len(track.opening), len(COLUMNS)), np.float32)
    rows[:, 0], rows[:, 1], rows[:, 2] = track.opening, track.width, track.rounding
    rows[:, _VISEMES_TO] = track.probabilities[:, _VISEMES]
    rows[:, _CLOSURE] = track.closure
    rows[:, _ACTIVE] = 1.0 - track.probabilities[:, 0] > SPEAKING_LEAST
    return rows


@dataclass(frozen=True, slots=True)
class _Grid:
    """How frames lie on rows: `shares` (frames, rows) of each row in a frame's mean, `starts` (frames,) in rows.

    The first `peaked` rows have a part in the peaks.
    """

    shares: Floats
    starts: NDArray[np.intp]
    peaked: int

    @property
    def rows(self) -> int:
        return int(self.shares.shape[1])


@lru_cache(maxsize=512)
def _grid(phase: float, frames: int, rate: float) -> _Grid:
    """Of frames the first of which begins at `phase`, 0..1, of its first row."""
    edges = phase + np.arange(frames + 1) / (rate * HOP_SECONDS)
    nearest = np.floor(edges + _SAME_ROWS).astype(np.intp)
    passed = np.clip(edges[:, None] - np.arange(nearest[-1] + 1), 0.0, 1.0)
    shares = np.diff(passed, axis=0) * (HOP_SECONDS * rate)
    return _Grid(shares.astype(np.float32), nearest[:-1], int(max(nearest[-1], nearest[-2] + 1)))


@lru_cache(maxsize=64)
def _fading(frames: float, count: int) -> Floats:
    """(count, 1) what is left of something that goes within about so many frames."""
    return np.asarray(np.exp(-np.arange(count) / frames), np.float32)[:, None]


class HeardFrames:
    """The frames around the present one: those that were shown as they were shown, the next as they are known."""

    def __init__(self, fps: Fraction) -> None:
        self._fps, self._rate = fps, float(fps)
        self._late = filmed_hops(self._rate) * HOP_SECONDS
        self._rows = LiveRows(_SILENCE, fade_in=PREPARE_ROWS, fade_out=RELAX_ROWS, fade_cut=CUT_ROWS)
        self.ahead = ceil((OPEN_BEFORE_SECONDS + GATE_FADE_SECONDS / 2) * self._rate)
        self.behind = ceil((OPEN_AFTER_SECONDS + GATE_FADE_SECONDS / 2) * self._rate)
        after, self._before = round(OPEN_AFTER_SECONDS * self._rate), round(OPEN_BEFORE_SECONDS * self._rate)
        self._reach = np.ones(after + self._before + 1, np.float32)
        self._past = np.tile(np.append(_SILENCE, [0.0, 1.0]).astype(np.float32), (self.behind, 1))
        self._awaited = self._past[-1, _MEANT]
        self._mending = np.zeros_like(self._awaited)
        self._mended_seconds = MENDED_SECONDS
        self._whole = self._past
        self.speaking = self.about_to_speak = False
        """Whether somebody speaks in the present frame, and whether in it or soon after."""
        self.at_rest = True
        """Whether the lips are closed in the present frame and all around it, with no more to come."""
        self._next = 0

    def add(self, track: VisemeTrack, at: float) -> None:
        self._rows.add(row_of(at), rows_of(track))
        self._mended_seconds = MENDED_SECONDS

    def cut(self, at: float) -> None:
        """Rows from `at` on are not shown, as far as they have not been yet."""
        self._mended_seconds = CUT_MENDED_SECONDS
        self._rows.cut(max(row_of(at), ceil((self._next / self._rate - self._late) / HOP_SECONDS)))

    def go_to(self, index: int, gain: float) -> None:
        """Makes frame `index` the present one, with lips that open `gain` times as far."""
        if self.at_rest and self._rows.is_over:
            self._next = index + 1
            return
        first = max(self._next, index - self.behind)
        frames = self._framed(first, index + self.ahead + 2)
        shown = index - first + 1
        self._mend(frames, shown)
        whole = np.concatenate([self._past, frames])
        whole[len(self._past) :, _GAIN] = gain
        self._open_gate(whole)
        self._whole = whole[shown:]
        self._past = self._whole[: self.behind]
        active = self._whole[self.behind - 1 :, _ACTIVE]
        self.speaking, self.about_to_speak = bool(active[0] > 0.0), bool(active.max() > 0.0)
        self.at_rest = not self.about_to_speak and self._rows.is_over and not self._whole[:, _GATE].any()
        self._next = index + 1
        self._rows.forget(floor((index - 1) / self._rate / HOP_SECONDS) - 1)

    @property
    def heard(self) -> Heard[Floats]:
        """The frames (behind + ahead,); the present one is at `behind - 1`."""
        columns = list(self._whole.T)
        del columns[_ACTIVE]
        return Heard(*columns)

    @property
    def present(self) -> Heard[float]:
        """The present frame."""
        values = self._whole[self.behind - 1].tolist()
        del values[_ACTIVE]
        return Heard(*values)

    def _framed(self, first: int, end: int) -> Floats:
        """Frames (end - first, columns + 2) as the rows have them: means, and peaks of what is short."""
        place = (first / self._rate - self._late) / HOP_SECONDS + 0.5
        start = floor(place + _SAME_ROWS)
        grid = _grid(round(place - start, _SAME_DIGITS), end - first, self._rate)
        rows = self._rows.window(start, start + grid.rows)
        frames = np.zeros((end - first, len(COLUMNS) + 2), np.float32)
        frames[:, _MEANT] = grid.shares @ rows[:, _MEANT]
        frames[:, _PEAKED] = np.maximum.reduceat(rows[: grid.peaked, _PEAKED], grid.starts)
        return frames

    def _mend(self, frames: Floats, shown: int) -> None:
        """Where the first of `frames` is not as it was known when the last was shown, goes over to it little by little.

        Closures are never softened: they are short.
        """
        shares = _fading(self._mended_seconds * self._rate, len(frames))
        self._mending = self._mending * shares[1] + (self._awaited - frames[0, _MEANT])
        self._awaited = frames[shown, _MEANT].copy()
        frames[:, _MEANT] += self._mending * shares
        self._mending = self._mending * shares[shown - 1]

    def _open_gate(self, whole: Floats) -> None:
        """Sets the gates from the present frame on: as in the batch, but no faster than what is known late allows."""
        near = np.convolve(whole[:, _ACTIVE], self._reach)[self._before : self._before + len(whole)] > 0.0
        gate = float(whole[self.behind - 1, _GATE])
        if gate == 1.0 and np.logical_and.reduce(near):
            whole[self.behind :, _GATE] = 1.0
            return
        wanted = eased(near.astype(np.float32), Clock(self._fps, len(whole)), GATE_FADE_SECONDS).tolist()
        up, down = 1.0 / (GATE_OPENING_SECONDS * self._rate), 1.0 / (GATE_CLOSING_SECONDS * self._rate)
        for place in range(self.behind, len(whole)):
            gate = min(max(wanted[place], gate - down), gate + up)
            whole[place, _GATE] = gate
