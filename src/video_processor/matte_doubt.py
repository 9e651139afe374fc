"""Where the segmenter is of two minds over a wide area, colours decide who it belongs to."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image

_WORKING_SIDE: Final = 256
"""Longer side at which areas are told apart; what follows in pixels is measured there."""

_DOUBTFUL: Final = (20, 235)
"""Between these a pixel is neither person nor background."""

_RIM_PIXELS: Final = 4
"""Half the width of a soft edge; what is doubtful and wider is no edge."""

_LEAST_SHARE: Final = 0.01
"""Share of doubtful pixels from which on they are worth a decision."""

_REACH_PIXELS: Final = 24
"""How far around an area of doubt the segmenter is not believed."""

_HEART_PIXELS: Final = 20
"""How deep inside the outline a pixel is the person's whatever its colour."""

_ROUNDS: Final = 4
_EDGE_SIGMA: Final = 1.2
_SEED: Final = 7


def settle(image: Image, matte: Image) -> Image:
    """The matte (H, W) uint8 with its wide doubtful areas given to the person or the background; mostly as it was.

    GrabCut (Rother et al. 2004) where there is doubt, with the colours of what is sure.
    """
    height, width = matte.shape
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.uint8)
    doubt = _doubt(small)
    if doubt is None:
        return matte
    labels = _labels(small, doubt)
    colours = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if not _is_decidable(labels):
        return matte
    cv2.setRNGSeed(_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(colours, labels, (0, 0, 1, 1), *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    most = _soft(cv2.dilate(np.where(doubt, person, 1).astype(np.uint8), _disc(1)), (width, height))
    least = _soft(cv2.erode(np.where(doubt, person, 0).astype(np.uint8), _disc(1)), (width, height))
    return np.asarray(np.rint(np.maximum(matte * most, 255 * least)), np.uint8)


def _doubt(matte: Image) -> Image | None:
    """1 where the matte is not to be believed; None where that is nowhere."""
    low, high = _DOUBTFUL
    between = ((matte > low) & (matte < high)).astype(np.uint8)
    wide = cv2.morphologyEx(between, cv2.MORPH_OPEN, _disc(_RIM_PIXELS))
    if float(wide.mean()) < _LEAST_SHARE:
        return None
    return np.asarray(cv2.dilate(wide, _disc(_REACH_PIXELS)), np.uint8)


def _labels(matte: Image, doubt: Image) -> Image:
    """GrabCut's labels: what is surely the person's or the background's, and guesses in between."""
    low, high = _DOUBTFUL
    labels = np.where(matte > 127, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[cv2.dilate((matte > low // 2).astype(np.uint8), _disc(2)) == 0] = cv2.GC_BGD
    inside = (matte > high).astype(np.uint8)
    labels[(cv2.erode(inside, _disc(_RIM_PIXELS)) == 1) & (doubt == 0)] = cv2.GC_FGD
    labels[cv2.erode(inside, _disc(_HEART_PIXELS)) == 1] = cv2.GC_FGD
    return labels


def _is_decidable(labels: Image) -> bool:
    """Whether there are enough pixels on both sides for the five colours that each side's model has."""
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return 5 <= int(person.sum()) <= labels.size - 5


def _disc(radius: int) -> Image:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _soft(mask: NDArray[Any], size: tuple[int, int]) -> Floats:
    """The mask at `size`, 0..1, with a soft edge."""
    return np.asarray(cv2.resize(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _EDGE_SIGMA), size), np.float32)
