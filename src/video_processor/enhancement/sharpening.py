"""Edges made steeper: of enlarged pictures, and within the range that is there already."""

from math import ceil
from typing import Final

import cv2
import numpy as np

from avatar.types import Image
from video_processor.enhancement.base import FrameByFrame

AMOUNT: Final = 0.5
BLUR_REACH: Final = 2.0
"""Standard deviations to which a blur sees."""

OVERSHOOT_LEVELS: Final = 2
"""How far a limited edge may go beyond its surroundings; what nobody sees is no halo."""

_OVERSHOOT: Final = np.full(4, float(OVERSHOOT_LEVELS))
_AROUND: Final = np.ones((3, 3), np.uint8)


def unsharp_mask(sigma: float, amount: float = AMOUNT) -> FrameByFrame:
    """Gives an enlarged picture its edges back: f + k (f - f blurred) (Gonzalez and Woods, section 3.6).

    `sigma` is the blur's radius in pixels, `amount` is k. Alpha stays.
    """

    def enhanced(frame: Image) -> Image:
        sharper = unsharp(frame, sigma, amount)
        sharper[..., 3:] = frame[..., 3:]
        return sharper

    return FrameByFrame(f"unsharp-{sigma:.2f}-{amount:.2f}", enhanced)


def unsharp(picture: Image, sigma: float, amount: float) -> Image:
    """(H, W, c) by its difference from itself blurred."""
    reach = 2 * ceil(BLUR_REACH * sigma) + 1
    blurred = cv2.GaussianBlur(picture, (reach, reach), sigma)
    return np.asarray(cv2.addWeighted(picture, 1.0 + amount, blurred, -amount, 0.0), np.uint8)


def limited(sharper: Image, low: Image, high: Image) -> Image:
    """`sharper` within `low` and `high` of the same shape, but for `OVERSHOOT_LEVELS`. Changes all three."""
    cv2.subtract(low, _OVERSHOOT, dst=low)
    cv2.add(high, _OVERSHOOT, dst=high)
    return np.asarray(cv2.min(cv2.max(sharper, low, dst=sharper), high, dst=sharper), np.uint8)


def steeper(picture: Image, sigma: float, amount: float) -> Image:
    """An RGB picture whose edges are steeper and no brighter or darker than what lies around each pixel."""
    return limited(unsharp(picture, sigma, amount), *local_range(picture))


def local_range(picture: Image) -> tuple[Image, Image]:
    """The least and the greatest value of every channel in 3 x 3 pixels around each."""
    return (
        np.asarray(cv2.erode(picture, _AROUND), np.uint8),
        np.asarray(cv2.dilate(picture, _AROUND), np.uint8),
    )
