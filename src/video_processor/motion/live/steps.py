"""Values that change at moments, each change a smooth one."""

from collections import deque

import numpy as np
from numpy.typing import ArrayLike

from video_processor.motion.curves import Doubles, minimum_jerk_at


class EasedSteps:
    """A value (k,) that goes to another by minimum jerk in `seconds` after each step.

    Steps that overlap add up without leaving the range of the values that they lead between.
    """

    def __init__(self, value: ArrayLike, seconds: float) -> None:
        self._base = np.atleast_1d(np.asarray(value, np.float64))
        self._seconds = seconds
        self._steps: deque[tuple[float, Doubles]] = deque()

    @property
    def goal(self) -> Doubles:
        """Where the last step leads."""
        return self._steps[-1][1] if self._steps else self._base

    def step(self, start: float, value: ArrayLike) -> None:
        """From `start` on towards `value`; steps that were to begin later, or then, are not made."""
        while self._steps and self._steps[-1][0] >= start:
            self._steps.pop()
        self._steps.append((start, np.atleast_1d(np.asarray(value, np.float64))))

    def at(self, time: float) -> Doubles:
        """The value at a time; times only grow. The same array as long as nothing changes."""
        while self._steps and time >= self._steps[0][0] + self._seconds:
            self._base = self._steps.popleft()[1]
        value, before = self._base, self._base
        for start, goal in self._steps:
            if time <= start:
                break
            value = value + (goal - before) * minimum_jerk_at((time - start) / self._seconds)
            before = goal
        return value
