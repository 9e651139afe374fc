"""The blinks of a live face: the renewal process of the batch, gone through moment by moment."""

from typing import Final

from video_processor.motion.blinks import (
    CLOSING_SECONDS,
    CUE_CLEARANCE_SECONDS,
    HIGHEST_DENSITY,
    OPENING_SECONDS,
    PHRASE_END_SECONDS,
    PHRASE_END_WEIGHT,
    REFRACTORY_SECONDS,
    Blink,
    blinks_at,
    unit_intervals,
)
from video_processor.motion.curves import random_stream

LEAD_SECONDS: Final = 2.0 * CLOSING_SECONDS
"""From the decision to blink to the moment when the lids are shut: they close in this time at the slowest."""

MEAN_WEIGHT_SECONDS: Final = 20.0
MOST_OWED: Final = 3.0
MADE_UP_SHARE: Final = 0.2
"""How much likelier a blink is for each that the rate has asked for and that has not come, up to so many."""

MOST_SAVED: Final = 3.0
"""Blinks that cues ask for count towards the rate; at most so many are saved up."""


class OwnBlinks:
    """The blinks that come by themselves, at a rate that may change at any moment."""

    def __init__(self, seed: int) -> None:
        self._intervals = unit_intervals(random_stream(seed, "blinks"))
        self._lids = random_stream(seed, "lids")
        self._left = next(self._intervals) * 0.5
        self._ready = 0.0
        self._mean_weight = 1.0
        self._owed = 0.0
        self._blinks: list[Blink] = []

    def at(self, time: float, step: float, rate: float, since_phrase: float, asked: list[float]) -> list[Blink]:
        """The blinks that are going on, `step` seconds after the last call.

        `rate` in blinks a second; `since_phrase`: seconds since a phrase ended, less than 0 within one; `asked`: when
        cues want the lids shut.
        """
        self._blinks = [blink for blink in self._blinks if time < blink.at + 2.0 * OPENING_SECONDS * blink.slowness]
        hazard = self._hazard(step, rate, since_phrase)
        self._left -= hazard * step if time >= self._ready else 0.0
        moment = time + LEAD_SECONDS
        if self._left <= 0.0 and all(abs(moment - at) >= CUE_CLEARANCE_SECONDS for at in asked):
            self._blinks += blinks_at([moment], self._lids)
            self._left = next(self._intervals)
            self._ready = time + REFRACTORY_SECONDS
            self._owed -= 1.0
        return self._blinks

    def make_up_for_one(self) -> None:
        """A cue has asked for a blink: one of our own is left out."""
        self._left = min(self._left + 1.0, MOST_SAVED)
        self._owed -= 1.0

    def _hazard(self, step: float, rate: float, since_phrase: float) -> float:
        weight = 1.0
        if 0.0 <= since_phrase < PHRASE_END_SECONDS:
            weight += PHRASE_END_WEIGHT / (1.0 + rate)
        self._mean_weight += (weight - self._mean_weight) * min(step / MEAN_WEIGHT_SECONDS, 1.0)
        self._owed = min(max(self._owed + rate * step, -MOST_OWED), MOST_OWED)
        wanted = rate * weight / self._mean_weight * (1.0 + MADE_UP_SHARE * self._owed)
        density = min(wanted, HIGHEST_DENSITY / REFRACTORY_SECONDS)
        return density / (1.0 - density * REFRACTORY_SECONDS)
