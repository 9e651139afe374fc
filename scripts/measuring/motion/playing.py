"""Performances played on a face at rest."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ControlParameters, Cue, Performance
from avatar.types import FaceMotion, Speech, frame_count
from video_processor.motion.synthesis import synthesise_motion

FPS: Final = Fraction(25)
QUIET: Final = ControlParameters(blink_rate=0.0, head_motion=0.0, gaze_contact=1.0, energy=0.0)
"""A face of which little moves by itself, so that a cue is seen alone."""


def played(speech: Speech, performance: Performance, *, seed: int = 1, fps: Fraction = FPS) -> FaceMotion:
    rest = np.zeros(len(BLENDSHAPES), np.float32)
    frames = frame_count(speech.duration, fps)
    return synthesise_motion(speech, performance, fps=fps, frames=frames, rest=rest, seed=seed)


def with_controls(**controls: Any) -> Performance:
    return Performance(controls=ControlParameters.model_validate(controls))


def with_cues(cues: Sequence[Cue], controls: ControlParameters = QUIET) -> Performance:
    return Performance(controls=controls, cues=tuple(cues))
