"""Where the eyes of a live face look by themselves: fixations dealt out one after another."""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from typing import Final

import numpy as np

from video_processor.motion.curves import minimum_jerk_at, random_stream
from video_processor.motion.gaze import SHARED_OUT, Gaze, fixations, micro_fixations, saccade_seconds

Direction = tuple[float, float]
"""Yaw and pitch in degrees."""

THINKING_AWAY_DEGREES: Final = (9.0, 14.0)
THINKING_UP_DEGREES: Final = (2.0, 7.0)
THINKING_SECONDS: Final = (0.9, 2.2)
"""A look aside of somebody who thinks: to one side and up, and how long."""


@dataclass(frozen=True, slots=True)
class Attention:
    """What decides over the next fixation: the share `contact` of looks at the viewer, a `pause` in speech, thought."""

    contact: float
    in_pause: bool = False
    thinking: bool = False


@dataclass(slots=True)
class _Eyes:
    """A gaze that goes from place to place in saccades."""

    start: float = 0.0
    until: float = 0.0
    length: float = 1.0
    origin: Direction = (0.0, 0.0)
    target: Direction = (0.0, 0.0)

    def turn(self, start: float, target: Direction, seconds: float) -> None:
        self.origin, self.target = self.at(start), target
        size = hypot(target[0] - self.origin[0], target[1] - self.origin[1])
        self.length = float(saccade_seconds(np.asarray(size)))
        self.start, self.until = start, start + seconds

    def at(self, time: float) -> Direction:
        if time >= self.start + self.length:
            return self.target
        share = minimum_jerk_at((time - self.start) / self.length)
        (yaw, pitch), (to_yaw, to_pitch) = self.origin, self.target
        return yaw + (to_yaw - yaw) * share, pitch + (to_pitch - pitch) * share


class RovingEyes:
    """The gaze of a live face in the room, as `gaze_targets` has it without cues."""

    def __init__(self, seed: int) -> None:
        self._random, self._micro_random = random_stream(seed, "gaze"), random_stream(seed, "micro-saccades")
        self._thought = random_stream(seed, "thought")
        self._eyes, self._micro = _Eyes(), _Eyes()
        self._returns = False
        self._hand: list[tuple[float, float, Direction, Direction]] = []
        self._steps: list[tuple[float, Direction]] = []

    def at(self, time: float, attention: Attention) -> Gaze[float]:
        """The gaze at a time; times only grow."""
        self._go_on(self._eyes, time, lambda: self._next(attention))
        self._go_on(self._micro, time, self._next_micro)
        (yaw, pitch), (small_yaw, small_pitch) = self._eyes.at(time), self._micro.at(time)
        return Gaze(yaw + small_yaw, pitch + small_pitch)

    def look_anew(self, time: float) -> None:
        """Ends the present fixation; the next one is on the viewer, but for somebody who thinks."""
        self._eyes.until = min(self._eyes.until, time)
        self._returns = True

    def _go_on(self, eyes: _Eyes, time: float, drawn: Callable[[], tuple[float, Direction]]) -> None:
        while time >= eyes.until:
            seconds, target = drawn()
            eyes.turn(eyes.until, target, seconds)

    def _next(self, attention: Attention) -> tuple[float, Direction]:
        """Seconds and direction of the next fixation: in a pause of the speech the likeliest look away comes first."""
        if attention.thinking:
            self._returns = False
            return self._next_thought()
        if not self._hand:
            self._hand = _dealt(self._random)
        hand = self._hand
        pick = max(range(len(hand)), key=lambda i: hand[i][1]) if attention.in_pause else 0
        seconds, score, away, near = hand.pop(pick)
        leaves = score >= attention.contact and not self._returns
        self._returns = False
        return seconds, away if leaves else near

    def _next_thought(self) -> tuple[float, Direction]:
        draws = self._thought.random(4)
        side = 1.0 if draws[0] < 0.5 else -1.0
        yaw = side * float(np.interp(draws[1], (0, 1), THINKING_AWAY_DEGREES))
        pitch = float(np.interp(draws[2], (0, 1), THINKING_UP_DEGREES))
        return float(np.interp(draws[3], (0, 1), THINKING_SECONDS)), (yaw, pitch)

    def _next_micro(self) -> tuple[float, Direction]:
        if not self._steps:
            lengths, places = micro_fixations(self._micro_random, SHARED_OUT)
            self._steps = list(zip(lengths.tolist(), zip(*places.tolist(), strict=True), strict=True))
        return self._steps.pop(0)


def _dealt(random: np.random.Generator) -> list[tuple[float, float, Direction, Direction]]:
    """Ten fixations: seconds, the `gaze_contact` up to which they look away, and where to, away and near."""
    drawn = fixations(random, SHARED_OUT)
    scores = (np.argsort(np.argsort(drawn.turns)) + drawn.thresholds) / SHARED_OUT
    away, near = (zip(*places.tolist(), strict=True) for places in (drawn.away, drawn.near))
    return list(zip(drawn.lengths.tolist(), scores.tolist(), away, near, strict=True))
