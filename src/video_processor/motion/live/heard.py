"""What the lips of a live face are to show, frame by frame, from the rows that are known so far."""

from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np

from avatar.blendshapes import VISEME_INDEX, VISEMES
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
_PEAKED: Final = slice(COLUMNS.index("closure"), len(COLUMNS))
_MEANT: Final = slice(0, COLUMNS.index("closure"))
_ACTIVE: Final = COLUMNS.index("active")
_SILENCE: Final = np.array([0.5 if name == "width" else 0.0 for name in COLUMNS], np.float32)
_GATE, _GAIN = len(COLUMNS), len(COLUMNS) + 1


def rows_of(track: VisemeTrack) -> Floats:
    """The track as rows (n, columns)."""

    def viseme(name: str) -> Floats:
        return track.probabilities[:, VISEME_INDEX[name]]

    speaking = np.where(1.0 - viseme(VISEMES[0]) > SPEAKING_LEAST, 1.0, 0.0)
    means = [viseme(name) for name in MEANS.values()]
    return np.stack(
        [track.opening, track.width, track.rounding, *means, track.closure, viseme("FF"), speaking], axis=1
    ).astype(np.float32)


class HeardFrames:
    """The frames around the present one: those that were shown as they were shown, the next as they are known."""

    def __init__(self, fps: Fraction) -> None:
        self._fps, self._rate = fps, float(fps)
        self._late = filmed_hops(self._rate) * HOP_SECONDS
        self._rows = LiveRows(_SILENCE, fade_in=PREPARE_ROWS, fade_out=RELAX_ROWS, fade_cut=CUT_ROWS)
        self.ahead = ceil((OPEN_BEFORE_SECONDS + GATE_FADE_SECONDS / 2) * self._rate)
        self.behind = ceil((OPEN_AFTER_SECONDS + GATE_FADE_SECONDS / 2) * self._rate)
        after, self._before = round(OPEN_AFTER_SECONDS * self._rate), round(OPEN_BEFORE_SECONDS * self._rate)
        self._reach = np.ones(after + self._before + 1)
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
        edges = np.arange(first, end + 1) / self._rate - self._late
        nearest = np.floor(edges / HOP_SECONDS + 0.5).astype(np.int64)
        start = int(nearest[0])
        rows = self._rows.window(start, int(nearest[-1]) + 1)
        sums = np.zeros((len(rows) + 1, rows[:, _MEANT].shape[1]))
        np.cumsum(rows[:, _MEANT], axis=0, out=sums[1:])
        place = edges / HOP_SECONDS + 0.5 - start
        index = nearest - start
        at_edges = sums[index] + (place - index)[:, None] * rows[index, _MEANT]
        frames = np.zeros((end - first, len(COLUMNS) + 2), np.float32)
        frames[:, _MEANT] = np.diff(at_edges, axis=0) * (HOP_SECONDS * self._rate)
        frames[:, _PEAKED] = np.maximum.reduceat(rows[: max(index[-1], index[-2] + 1), _PEAKED], index[:-1])
        return frames

    def _mend(self, frames: Floats, shown: int) -> None:
        """Where the first of `frames` is not as it was known when the last was shown, goes over to it little by little.

        Closures are never softened: they are short.
        """
        fading = np.exp(-1.0 / (self._mended_seconds * self._rate))
        self._mending = self._mending * fading + (self._awaited - frames[0, _MEANT])
        shares = fading ** np.arange(len(frames))
        self._awaited = frames[shown, _MEANT].copy()
        frames[:, _MEANT] += self._mending * shares[:, None]
        self._mending = self._mending * shares[shown - 1]

    def _open_gate(self, whole: Floats) -> None:
        """Sets the gates from the present frame on: as in the batch, but no faster than what is known late allows."""
        near = np.convolve(whole[:, _ACTIVE], self._reach)[self._before : self._before + len(whole)] > 0.0
        gate = float(whole[self.behind - 1, _GATE])
        if gate == 1.0 and near.all():
            whole[self.behind :, _GATE] = 1.0
            return
        wanted = eased(near.astype(np.float32), Clock(self._fps, len(whole)), GATE_FADE_SECONDS).tolist()
        up, down = 1.0 / (GATE_OPENING_SECONDS * self._rate), 1.0 / (GATE_CLOSING_SECONDS * self._rate)
        for place in range(self.behind, len(whole)):
            gate = min(max(wanted[place], gate - down), gate + up)
            whole[place, _GATE] = gate
