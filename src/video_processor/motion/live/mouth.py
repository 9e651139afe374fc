"""The lips of a live face: the batch's articulation on the frames around the present one."""

from fractions import Fraction
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.types import Floats, VisemeTrack
from video_processor.motion.composition import SPREADER_INERTIA_SECONDS, rounded, spread_left
from video_processor.motion.curves import Clock, random_stream, smoothed
from video_processor.motion.lips import articulation, lean_of, mouth
from video_processor.motion.live.heard import HeardFrames

_CLOSED: Final = np.zeros((1, len(BLENDSHAPES)), np.float32)
_ALL_SPREAD: Final = np.ones(1, np.float32)


class LiveLips:
    """What the mouth does of the speech, frame by frame."""

    def __init__(self, fps: Fraction, seed: int) -> None:
        self._frames = HeardFrames(fps)
        self._fps = fps
        self._lean = lean_of(random_stream(seed, "lips"))

    def add(self, track: VisemeTrack, at: float) -> None:
        self._frames.add(track, at)

    def cut(self, at: float) -> None:
        self._frames.cut(at)

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
        for name, curve in curves.items():
            spoken[0, BLENDSHAPE_INDEX[name]] = curve[now]
        return spoken, spread[now : now + 1]
