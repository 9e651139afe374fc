"""The lips of a live face: the batch's articulation on the frames around the present one."""

from fractions import Fraction
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import Floats, VisemeTrack
from video_processor.motion.composition import SPREADER_INERTIA_SECONDS, rounded, spread_left
from video_processor.motion.curves import Clock, minimum_jerk, random_stream, smoothed
from video_processor.motion.lips import articulation, lean_of, mouth
from video_processor.motion.live.heard import HeardFrames

HUSH_SECONDS, RESUME_SECONDS = 0.025, 0.12
"""Lips close in the first where they are to give way at once, and come back in the second."""

CUT_SECONDS: Final = 0.06
"""After a cut the lips are held closed for so long: what was articulated has run out by then."""

_CLOSED: Final = np.zeros((1, len(BLENDSHAPES)), np.float32)
_ALL_SPREAD: Final = np.ones(1, np.float32)


class LiveLips:
    """What the mouth does of the speech, frame by frame."""

    def __init__(self, fps: Fraction, seed: int) -> None:
        self._frames = HeardFrames(fps)
        self._fps = fps
        self._rate = float(fps)
        self._lean = lean_of(random_stream(seed, "lips"))
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

    def frame(self, index: int, gain: float) -> tuple[Floats, Floats]:
        """The mouth's blendshapes (1, 52) as `lips` has them, and what they leave (1,) of spread lips."""
        self._frames.go_to(index, gain)
        if self._frames.at_rest:
            return _CLOSED, _ALL_SPREAD
        heard = self._frames.heard
        clock = Clock(self._fps, len(heard.gate))
        whole = articulation(heard, clock)
        curves = mouth(whole, heard, self._lean)
        spread = spread_left(smoothed(rounded(curves), clock, SPREADER_INERTIA_SECONDS))
        now = self._frames.behind - 1
        spoken = np.zeros((1, len(BLENDSHAPES)), np.float32)
        share = self._share((index + 0.5) / self._rate)
        for name, curve in curves.items():
            spoken[0, BLENDSHAPE_INDEX[name]] = share * curve[now]
        return spoken, 1.0 - share * (1.0 - spread[now : now + 1])

    def _share(self, time: float) -> np.float32:
        """How much of the articulation is shown at a time, 0..1."""
        begin, end = self._hush
        if time >= end + RESUME_SECONDS:
            return np.float32(1.0)
        closing, opening = minimum_jerk((time - begin) / HUSH_SECONDS), minimum_jerk((time - end) / RESUME_SECONDS)
        return np.float32(max(1.0 - closing, opening))
