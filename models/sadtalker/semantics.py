"""Coefficients of a video as the mapping network takes them: each frame with those around it."""

from typing import Final

import numpy as np

from avatar.types import Floats

RADIUS_FRAMES: Final = 13
WINDOW_FRAMES: Final = 2 * RADIUS_FRAMES + 1


def semantic_windows(coefficients: Floats) -> Floats:
    """(t, c, 27) of `coefficients` (t, c): frames i - 13 to i + 13, those past the ends being the outermost."""
    frames = len(coefficients)
    places = np.arange(frames)[:, None] + np.arange(-RADIUS_FRAMES, RADIUS_FRAMES + 1)
    around: Floats = coefficients[np.clip(places, 0, frames - 1)].transpose(0, 2, 1)
    return np.ascontiguousarray(around, np.float32)


def still_window(coefficients: Floats) -> Floats:
    """(1, c, 27) of the coefficients (c,) of a picture, which do not change."""
    return np.tile(np.asarray(coefficients, np.float32)[None, :, None], (1, 1, WINDOW_FRAMES))
