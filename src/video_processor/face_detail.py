"""How much of a face's detail a picture holds."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image

_BLUR_PIXELS: Final = 9
"""Length of the averaging, as in the paper."""

_GRID: Final = 8
"""JPEG codes squares of so many pixels."""

_LARGEST_STEP: Final = 20.0
"""Grey levels to which a step counts: outlines must not outweigh the grid."""

_LARGEST_FACE: Final = 1000
"""Pixels from which on the grid is too fine to show in a video."""

_FEWEST_STEPS: Final = 32


def sharpness(lightness: Floats) -> float:
    """0..1: how much of a picture's variation between neighbours an averaging takes away.

    1 less the perceptual blur metric of Crete et al. 2007, "The blur effect: perception and estimation with a new
    no-reference perceptual blur metric".
    """
    kept = [_kept_by_averaging(lightness, axis) for axis in (0, 1)]
    return float(np.clip(1.0 - max(kept), 0.0, 1.0))


def _kept_by_averaging(lightness: Floats, axis: int) -> float:
    averaged = cv2.blur(lightness, (1, _BLUR_PIXELS) if axis == 0 else (_BLUR_PIXELS, 1))
    before, after = np.abs(np.diff(lightness, axis=axis)), np.abs(np.diff(averaged, axis=axis))
    total = float(before.sum())
    return 1.0 if total <= 0 else (total - float(np.maximum(before - after, 0).sum())) / total


def block_steps(part: Image) -> float:
    """The mean step between neighbours on the lines of an 8-pixel grid, wherever it lies, over the usual one.

    `part` is RGB at the picture's own size; 1 where it is too small or too large to tell.
    """
    if min(part.shape[:2]) <= _FEWEST_STEPS or max(part.shape[:2]) > _LARGEST_FACE:
        return 1.0
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ratios = []
    for axis in (0, 1):
        steps = np.minimum(np.abs(np.diff(grey, axis=axis)), _LARGEST_STEP).mean(axis=1 - axis)
        phases = np.array([steps[start::_GRID].mean() for start in range(_GRID)])
        ratios.append(float(phases.max() / max(float(np.median(phases)), 1e-3)))
    return max(1.0, min(ratios))
