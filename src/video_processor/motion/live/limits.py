"""What no event may break: how far a live face moves from one frame to the next."""

from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.types import Floats

JAW_PER_SECOND, LIDS_PER_SECOND, FACE_PER_SECOND = 15.0, 36.0, 16.0
"""Full ranges: what the motion of whole sounds keeps."""
POSE_PER_SECOND: Final = np.array([180.0, 180.0, 180.0, 1.5, 1.5, 1.5], np.float32)
"""Degrees, and inter-ocular distances."""

LONGEST_STEP_SECONDS: Final = 0.2
"""Where frames are left out, the face goes no further than in this time."""


def _per_second(name: str) -> float:
    if name.startswith("eyeLook"):
        return np.inf
    if name.startswith("eye"):
        return LIDS_PER_SECOND
    return JAW_PER_SECOND if name.startswith(("jaw", "mouth", "tongue")) else FACE_PER_SECOND


_SHAPES_PER_SECOND: Final = np.array([_per_second(name) for name in BLENDSHAPES], np.float32)


class SpeedLimits:
    """Remembers the last frame, and lets the next one go no further from it than a face can."""

    def __init__(self) -> None:
        self._last: tuple[Floats, Floats] | None = None

    def kept(self, shapes: Floats, pose: Floats, seconds: float) -> tuple[Floats, Floats]:
        """The shapes (52,) and the pose (6,) that may be shown `seconds` after the last ones. Saccades are free."""
        if self._last is not None:
            step = np.float32(min(seconds, LONGEST_STEP_SECONDS))
            shapes = _within(shapes, self._last[0], _SHAPES_PER_SECOND * step)
            pose = _within(pose, self._last[1], POSE_PER_SECOND * step)
        self._last = shapes, pose
        return shapes, pose


def _within(value: Floats, last: Floats, step: Floats) -> Floats:
    limited: Floats = np.maximum(value, last - step)
    np.minimum(limited, last + step, out=limited)
    return limited
