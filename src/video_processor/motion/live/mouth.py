"""The lips of a live face: the batch's articulation on the frames around the present one."""

from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import Floats, VisemeTrack
from video_processor.motion.composition import SPREADER_INERTIA_SECONDS, rounded, spread_left
from video_processor.motion.curves import Clock, minimum_jerk_at, random_stream, smoothed_at
from video_processor.motion.lips import (
    JAW_INERTIA_SECONDS,
    Heard,
    articulated,
    closed_lips,
    lean_of,
    lip_gap,
    mouth,
    roundings,
)
from video_processor.motion.live.heard import HeardFrames

HUSH_SECONDS, RESUME_SECONDS = 0.025, 0.12
"""Lips close in the first where they are to give way at once, and come back in the second."""

CUT_SECONDS: Final = 0.06
"""After a cut the lips are held closed for so long: what was articulated has run out by then."""

_CLOSED: Final = np.zeros(len(BLENDSHAPES), np.float32)


class LiveLips:
    """What the mouth does of the speech, frame by frame."""

    def __init__(self, fps: Fraction, seed: int) -> None:
        self._frames = HeardFrames(fps)
        self._fps = fps
        self._rate = float(fps)
        self._lean = lean_of(random_stream(seed, "lips"))
        self._reach = ceil(3.0 * SPREADER_INERTIA_SECONDS * self._rate)
        self._hush = (-np.inf, -np.inf)

    def add(self, track: VisemeTrack, at: float) -> None:
        self._frames.add(track, at)

    def cut(self, at: float) -> None:
        self._frames.cut(at)
        self._hush = (min(at, self._hush[0]) if at < self._hush[1] else at, at + CUT_SECONDS)

    def hush(self, begin: float, end: float) -> None:
        """Closes the lips from `begin` on, whatever is said, and opens them again from `end` on."""
        self._hush = (begin, end)

    def unhush(self, at: float) -> None:
        """Opens them again from `at` on, where they were to stay closed for longer."""
        self._hush = (self._hush[0], min(at, self._hush[1]))

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks in the present frame."""
        return self._frames.speaking

    @property
    def about_to_speak(self) -> bool:
        """Whether somebody speaks in the present frame or soon after."""
        return self._frames.about_to_speak

    def frame(self, index: int, gain: float) -> tuple[Floats, float]:
        """The mouth's blendshapes (52,) as `lips` has them, and what they leave of spread lips."""
        self._frames.go_to(index, gain)
        if self._frames.at_rest:
            return _CLOSED, 1.0
        heard, now = self._frames.heard, self._frames.behind - 1
        clock = Clock(self._fps, len(heard.gate))
        closed = closed_lips(heard.closure, heard.gate)
        gap = lip_gap(heard, closed, clock)
        slow_gap = smoothed_at(now, gap, clock, JAW_INERTIA_SECONDS)
        present = self._frames.present
        articulation = articulated(present, float(closed[now]), float(gap[now]), slow_gap)
        spread = self._spread(heard, closed, gap, clock)
        share = self._share((index + 0.5) / self._rate)
        spoken = np.zeros(len(BLENDSHAPES), np.float32)
        for name, value in mouth(articulation, present, self._lean).items():
            spoken[BLENDSHAPE_INDEX[name]] = share * value
        return spoken, 1.0 - share * (1.0 - spread)

    def _spread(self, heard: Heard[Floats], closed: Floats, gap: Floats, clock: Clock) -> float:
        """What the rounding of the present frame and of those around it leaves of spread lips."""
        first = max(self._frames.behind - 1 - self._reach, 0)
        around = slice(first, self._frames.behind + self._reach)
        rounding = rounded(*roundings(heard, closed, gap, around))
        return spread_left(smoothed_at(self._frames.behind - 1 - first, rounding, clock, SPREADER_INERTIA_SECONDS))

    def _share(self, time: float) -> float:
        """How much of the articulation is shown at a time, 0..1."""
        begin, end = self._hush
        if time >= end + RESUME_SECONDS:
            return 1.0
        return max(1.0 - minimum_jerk_at((time - begin) / HUSH_SECONDS), minimum_jerk_at((time - end) / RESUME_SECONDS))
