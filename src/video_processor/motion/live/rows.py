"""Rows of a live track on the 10 ms grid of the media clock: stretches that come one after another."""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from avatar.types import HOP_SECONDS, Floats
from video_processor.motion.curves import minimum_jerk

JOINED_ROWS: Final = 100
"""A stretch shorter than this is made one with the rows that follow it at once."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: int
    values: Floats
    is_cut: bool = False

    @property
    def end(self) -> int:
        return self.first + len(self.values)


class LiveRows:
    """Rows (k,) by number; row `i` stands for the time around `i * HOP_SECONDS`.

    Where there are none `silence` (k,) holds; rows leave it within `fade_in` rows before a stretch and come back to it
    within `fade_out` rows after it, or within `fade_cut` where it was cut.
    """

    def __init__(self, silence: Floats, *, fade_in: int = 0, fade_out: int = 0, fade_cut: int = 0) -> None:
        self._silence = silence
        self._rising = _ramp(fade_in)
        self._falling = _ramp(fade_out)[::-1]
        self._breaking_off = _ramp(fade_cut)[::-1]
        self._stretches: deque[_Stretch] = deque()

    @property
    def end(self) -> int:
        """The row after the last that is known."""
        return self._stretches[-1].end if self._stretches else 0

    @property
    def is_over(self) -> bool:
        """Whether none is left that has not been forgotten."""
        return not self._stretches

    def add(self, first: int, values: Floats) -> None:
        """Adds `values` (n, k) from row `first`; those of rows that are known already are passed over."""
        known = min(max(self.end - first, 0), len(values)) if self._stretches else 0
        first, values = first + known, values[known:]
        if not len(values):
            return
        last = self._stretches[-1] if self._stretches else None
        if last is not None and last.end == first and len(last.values) < JOINED_ROWS and not last.is_cut:
            self._stretches[-1] = _Stretch(last.first, np.concatenate([last.values, values]))
        else:
            self._stretches.append(_Stretch(first, np.array(values, np.float32)))

    def cut(self, row: int) -> None:
        """Takes away the rows from `row` on."""
        while self._stretches and self._stretches[-1].first >= row:
            self._stretches.pop()
        if self._stretches and self.end > row:
            last = self._stretches.pop()
            self._stretches.append(_Stretch(last.first, last.values[: row - last.first], is_cut=True))

    def forget(self, row: int) -> None:
        """Lets go of the stretches that have no part in what comes from `row` on."""
        while self._stretches and self._stretches[0].end + len(self._falling) <= row:
            self._stretches.popleft()

    def window(self, first: int, end: int) -> Floats:
        """The rows (end - first, k), to be read only."""
        for stretch in self._stretches:
            if stretch.first <= first and end <= stretch.end:
                return stretch.values[first - stretch.first : end - stretch.first]
        sheet = np.empty((end - first, len(self._silence)), np.float32)
        sheet[:] = self._silence
        known_to = -len(self._rising)
        for stretch in self._stretches:
            if stretch.first - len(self._rising) >= end:
                break
            if stretch.end + len(self._falling) > first:
                self._lay(sheet, first, stretch, _shortened(self._rising, stretch.first - known_to))
            known_to = stretch.end
        return sheet

    def _lay(self, sheet: Floats, first: int, stretch: _Stretch, rising: Floats) -> None:
        _fade(sheet, stretch.first - len(rising) - first, rising, stretch.values[0])
        low, high = max(stretch.first, first), min(stretch.end, first + len(sheet))
        if low < high:
            sheet[low - first : high - first] = stretch.values[low - stretch.first : high - stretch.first]
        _fade(sheet, stretch.end - first, self._breaking_off if stretch.is_cut else self._falling, stretch.values[-1])


def _fade(sheet: Floats, place: int, ramp: Floats, towards: Floats) -> None:
    """Takes the rows of the sheet from `place` on `ramp` (n,) of the way to `towards` (k,)."""
    low, high = max(place, 0), min(place + len(ramp), len(sheet))
    if low < high:
        sheet[low:high] += ramp[low - place : high - place, None] * (towards - sheet[low:high])


def _shortened(ramp: Floats, rows: int) -> Floats:
    return ramp if rows >= len(ramp) else _ramp(rows)


def row_of(at: float) -> int:
    """The row nearest to a time in seconds."""
    return round(at / HOP_SECONDS)


@lru_cache(maxsize=64)
def _ramp(rows: int) -> Floats:
    return minimum_jerk(np.arange(1, rows + 1) / (rows + 1)).astype(np.float32)
