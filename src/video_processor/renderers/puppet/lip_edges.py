"""Where parted lips end and teeth or the dark begin, seen in the frame itself: landmarks stray onto teeth."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import resample

Points = NDArray[np.float64]

STEPS: Final = 16
LIP_FROM: Final = 0.6
"""Samples on the way from the inner edge to the middle of a lip, and the share of it from which on all is lip."""

FURTHEST: Final = 0.75
LIGHTNESS_SHARE: Final = 0.4
"""Gloss changes the lightness of a lip, so that it tells less than the colour (CIE Lab)."""

LEAST_DIFFERENCE: Final = 7.0
SPREADS: Final = 2.5
"""What differs from the lip's median by more than this many of its own spreads is no lip."""

BASE: Final = 0.012
"""A rim of this width is never used, eye distances."""


def inner_edges(image: Image, marks: Points, scale: float, parted: float) -> Points:
    """`marks` (468, 2) with the inner lip points where the lips truly end; as they are where `parted` (0..1) is 0.

    The points between those and the middle of the lips move along.
    """
    found = marks.copy()
    if parted == 0:
        return found
    for rings in (topo.UPPER_LIP_RINGS, topo.LOWER_LIP_RINGS):
        inner, middle = list(rings[3][1:-1]), list(rings[1][1:-1])
        start, way = marks[inner], marks[middle] - marks[inner]
        length = np.maximum(np.linalg.norm(way, axis=1), 1e-3)
        share = np.maximum(_no_lip(image, start, way), np.minimum(BASE * scale / length, FURTHEST))
        found[inner] = start + way * (parted * share)[:, None]
        between = list(rings[2][1:-1])
        found[between] += (marks[middle] - marks[between]) * (parted * share)[:, None]
    return found


def _no_lip(image: Image, start: Points, way: Points) -> NDArray[np.float64]:
    """The share (k,) of each `way` (k, 2) from `start` to the middle of the lip that does not look like lip."""
    along = np.linspace(0, 1, STEPS)
    places = (start[:, None] + way[:, None] * along[None, :, None]).astype(np.float32)
    colours = np.asarray(resample(image, places, cv2.INTER_LINEAR), np.float32) / np.float32(255)
    lab: Floats = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2LAB), np.float32)
    lab[..., 0] *= LIGHTNESS_SHARE
    lip = lab[:, along >= LIP_FROM].reshape(-1, 3)
    usual = np.median(lip, axis=0)
    spread = float(np.median(np.linalg.norm(lip - usual, axis=1)))
    differs = np.linalg.norm(lab - usual, axis=-1) > max(LEAST_DIFFERENCE, SPREADS * spread)
    first = np.where(differs.all(axis=1), STEPS, differs.argmin(axis=1)) / (STEPS - 1)
    edge = np.minimum(np.where(first > 0, first + 1 / (STEPS - 1), 0.0), FURTHEST)
    padded = np.concatenate([edge[:1], edge, edge[-1:]])
    return np.asarray(np.maximum(edge, (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4))
