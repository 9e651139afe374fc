"""Savitzky and Golay's smoothing (1964), by which SadTalker calms the head."""

from typing import Final

import numpy as np

from avatar.types import Floats

WINDOW: Final = 13
ORDER: Final = 2


def smoothed(curves: Floats) -> Floats:
    """`curves` (t, n), each value replaced by that of the parabola fitted to the 13 around it.

    The first and the last six values lie on the parabolas of the outermost 13. With fewer than 13 frames the window is
    the largest odd one below their number, as in SadTalker; where that holds no parabola the curves stay as they are.
    """
    frames = len(curves)
    window = WINDOW if frames >= WINDOW else (frames - 1) // 2 * 2 + 1
    if window <= ORDER:
        return curves
    half = window // 2
    values = np.asarray(curves, np.float64)
    places = np.arange(-half, half + 1)
    powers = np.vander(places, ORDER + 1)
    fit = np.linalg.pinv(powers)
    inner = np.stack([np.convolve(column, fit[ORDER][::-1], mode="valid") for column in values.T], axis=1)
    first, last = (powers @ (fit @ ends) for ends in (values[:window], values[-window:]))
    joined: Floats = np.concatenate([first[:half], inner, last[half + 1 :]]).astype(np.float32)
    return joined
