"""Where the eyes of a live face look by themselves: fixations dealt out one after another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.curves import Doubles, minimum_jerk, random_stream
from video_processor.motion.gaze import SHARED_OUT, Gaze, fixations, micro_fixations, saccade_seconds

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
    """A gaze (yaw, pitch) in degrees that goes from place to place in saccades."""

    start: float = 0.0
    until: float = 0.0
    length: float = 1.0
    origin: Doubles = field(default_factory=lambda: np.zeros(2))
    target: Doubles = field(default_factory=lambda: np.zeros(2))

    def turn(self, start: float, target: Doubles, seconds: float) -> None:
        self.origin, self.target = self.at(start), target
        self.length = float(saccade_seconds(np.hypot(*(target - self.origin))))
        self.start, self.until = start, start + seconds

    def at(self, time: float) -> Doubles:
        if time >= self.start + self.length:
            return self.target
        return self.origin + (self.target - self.origin) * minimum_jerk((time - self.start) / self.length)


class RovingEyes:
    """The gaze of a live face in the room, as `gaze_targets` has it without cues."""

    def __init__(self, seed: int) -> None:
        self._random, self._micro_random = random_stream(seed, "gaze"), random_stream(seed, "micro-saccades")
        self._thought = random_stream(seed, "thought")
        self._eyes, self._micro = _Eyes(), _Eyes()
        self._returns = False
        self._hand: list[tuple[float, float, Doubles, Doubles]] = []
        self._steps: list[tuple[float, Doubles]] = []

    def at(self, time: float, attention: Attention) -> Gaze:
        """The gaze (1,) at a time; times only grow."""
        self._go_on(self._eyes, time, lambda: self._next(attention))
        self._go_on(self._micro, time, self._next_micro)
        yaw, pitch = self._eyes.at(time) + self._micro.at(time)
        return Gaze(_one(yaw), _one(pitch))

    def look_anew(self, time: float) -> None:
        """Ends the present fixation; the next one is on the viewer, but for somebody who thinks."""
        self._eyes.until = min(self._eyes.until, time)
        self._returns = True

    def _go_on(self, eyes: _Eyes, time: float, drawn: Callable[[], tuple[float, Doubles]]) -> None:
        while time >= eyes.until:
            seconds, target = drawn()
            eyes.turn(eyes.until, target, seconds)

    def _next(self, attention: Attention) -> tuple[float, Doubles]:
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

    def _next_thought(self) -> tuple[float, Doubles]:
        draws = self._thought.random(4)
        side = 1.0 if draws[0] < 0.5 else -1.0
        yaw = side * np.interp(draws[1], (0, 1), THINKING_AWAY_DEGREES)
        pitch = np.interp(draws[2], (0, 1), THINKING_UP_DEGREES)
        return float(np.interp(draws[3], (0, 1), THINKING_SECONDS)), np.array([yaw, pitch])

    def _next_micro(self) -> tuple[float, Doubles]:
        if not self._steps:
            lengths, places = micro_fixations(self._micro_random, SHARED_OUT)
            self._steps = list(zip(lengths.tolist(), places.T, strict=True))
        return self._steps.pop(0)


def _dealt(random: np.random.Generator) -> list[tuple[float, float, Doubles, Doubles]]:
    """Ten fixations: seconds, the `gaze_contact` up to which they look away, and where to, away and near."""
    drawn = fixations(random, SHARED_OUT)
    scores = (np.argsort(np.argsort(drawn.turns)) + drawn.thresholds) / SHARED_OUT
    return list(zip(drawn.lengths.tolist(), scores.tolist(), drawn.away.T, drawn.near.T, strict=True))


def _one(value: float) -> Floats:
    return np.array([value], np.float32)
