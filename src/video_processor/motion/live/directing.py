"""The control parameters of a live face, and the posture that they hold it in."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from avatar.performance import ControlParameters
from avatar.types import Floats
from video_processor.motion.controls import TRANSITION_SECONDS, ControlTracks
from video_processor.motion.curves import Doubles
from video_processor.motion.live.steps import EasedSteps
from video_processor.motion.posture import posed

_NAMES: Final = tuple(field.name for field in fields(ControlTracks))


@dataclass(frozen=True, slots=True)
class Directed:
    """The control parameters and the posture (52,) of one frame."""

    controls: ControlTracks[float]
    posture: Floats


class LiveDirecting:
    """Control parameters that may change at any moment; each change takes 0.4 s from its moment on."""

    def __init__(self, rest: Floats, controls: ControlParameters) -> None:
        self._rest = rest
        self._steps = EasedSteps(self._values(controls), TRANSITION_SECONDS)
        self._values_then, self._directed = self._steps.goal, _directed(self._steps.goal)

    def direct(self, controls: ControlParameters, start: float) -> None:
        self._steps.step(start, self._values(controls))

    def at(self, time: float) -> Directed:
        """What holds at a time; times only grow."""
        values = self._steps.at(time)
        if values is not self._values_then:
            self._values_then, self._directed = values, _directed(values)
        return self._directed

    def _values(self, controls: ControlParameters) -> Doubles:
        own = [getattr(controls, name) for name in _NAMES]
        return np.concatenate([np.array(own, np.float64), posed(controls, self._rest)])


def _directed(values: Doubles) -> Directed:
    single = values.astype(np.float32)
    return Directed(ControlTracks(*single[: len(_NAMES)].tolist()), single[len(_NAMES) :])
