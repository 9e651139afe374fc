"""What moves by itself in a live head: drift, sway and breath, and what never rests in a face."""

from dataclasses import dataclass
from math import pi, sin
from typing import Final

from avatar.types import Floats
from video_processor.motion.curves import random_stream
from video_processor.motion.expression import LIFE
from video_processor.motion.head import (
    BREATH_SECONDS,
    FAST_BAND_SECONDS,
    GAZE_LAG_SECONDS,
    SLOW_BAND_SECONDS,
    breath_pace,
)
from video_processor.motion.live.noise import EndlessNoise

_SMOOTHINGS: Final = (
    *(SLOW_BAND_SECONDS,) * 3,
    *(FAST_BAND_SECONDS,) * 3,
    *(SLOW_BAND_SECONDS,) * 3,
    *(seconds for _, seconds in LIFE.values()),
    BREATH_SECONDS,
    BREATH_SECONDS,
)
"""Of the drift of three angles in two bands, of the sway, of life, of the pace and depth of breath."""


@dataclass(frozen=True, slots=True)
class Stirring:
    """Noises of unit variance for `HeadDrives`, and for the parts of `LIFE` (3,); breath as there."""

    slow: list[float]
    fast: list[float]
    sway: list[float]
    life: Floats
    depth: float
    breath: float


class LiveBody:
    """Drift, sway, life and breath, moment by moment."""

    def __init__(self, seed: int) -> None:
        streams = [(random_stream(seed, f"stirring {i}"), seconds) for i, seconds in enumerate(_SMOOTHINGS)]
        self._noise = EndlessNoise(streams)
        self._phase = float(random_stream(seed, "breath").random()) * 2.0 * pi
        self._gaze = [0.0, 0.0]

    def at(self, time: float, step: float) -> Stirring:
        """At a time, `step` seconds after the last one."""
        noises = self._noise.at(time)
        *numbers, pace, depth = noises.tolist()
        self._phase = (self._phase + 2.0 * pi * breath_pace(pace) * step) % (2.0 * pi)
        return Stirring(
            slow=numbers[0:3],
            fast=numbers[3:6],
            sway=numbers[6:9],
            life=noises[9:-2],
            depth=depth,
            breath=sin(self._phase),
        )

    def gaze_followed(self, yaw: float, step: float) -> float:
        """The yaw that the head goes after: the eyes' own, late and smooth."""
        share = min(step / (GAZE_LAG_SECONDS / 2.0), 1.0)
        self._gaze[0] += (yaw - self._gaze[0]) * share
        self._gaze[1] += (self._gaze[0] - self._gaze[1]) * share
        return self._gaze[1]
