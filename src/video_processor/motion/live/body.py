"""What moves by itself in a live head: drift, sway and breath, and what never rests in a face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import Floats
from video_processor.motion.curves import Doubles, random_stream
from video_processor.motion.expression import LIFE
from video_processor.motion.head import (
    BREATH_SECONDS,
    DRIFT_BANDS,
    GAZE_LAG_SECONDS,
    SLOW_BAND_SECONDS,
    SWAY,
    breath_pace,
)
from video_processor.motion.live.noise import EndlessNoise

_SMOOTHINGS: Final = (
    *DRIFT_BANDS,
    *(SLOW_BAND_SECONDS for _ in SWAY),
    *(seconds for _, seconds in LIFE.values()),
    BREATH_SECONDS,
    BREATH_SECONDS,
)
_SWAY_FROM: Final = len(DRIFT_BANDS)
_LIFE_FROM: Final = _SWAY_FROM + len(SWAY)


@dataclass(frozen=True, slots=True)
class Stirring:
    """Noises of unit variance, (1,) each, for `HeadDrives` and `lived`, and the phase of the breath in radians."""

    drift: Sequence[Floats]
    sway: Sequence[Floats]
    life: Sequence[Floats]
    depth: Floats
    breath: Doubles


class LiveBody:
    """Drift, sway, life and breath, moment by moment."""

    def __init__(self, seed: int) -> None:
        streams = [(random_stream(seed, f"stirring {i}"), seconds) for i, seconds in enumerate(_SMOOTHINGS)]
        self._noise = EndlessNoise(streams)
        self._phase = float(random_stream(seed, "breath").random()) * 2.0 * np.pi
        self._gaze = [0.0, 0.0]

    def at(self, time: float, step: float) -> Stirring:
        """At a time, `step` seconds after the last one."""
        noises = self._noise.at(time)[:, None]
        self._phase = (self._phase + 2.0 * np.pi * float(breath_pace(noises[-2])[0]) * step) % (2.0 * np.pi)
        return Stirring(
            drift=list(noises[:_SWAY_FROM]),
            sway=list(noises[_SWAY_FROM:_LIFE_FROM]),
            life=list(noises[_LIFE_FROM:-2]),
            depth=noises[-1],
            breath=np.array([self._phase]),
        )

    def gaze_followed(self, yaw: float, step: float) -> Floats:
        """The yaw (1,) that the head goes after: the eyes' own, late and smooth."""
        share = min(step / (GAZE_LAG_SECONDS / 2.0), 1.0)
        self._gaze[0] += (yaw - self._gaze[0]) * share
        self._gaze[1] += (self._gaze[0] - self._gaze[1]) * share
        return np.array([self._gaze[1]], np.float32)
