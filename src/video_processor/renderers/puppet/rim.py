"""Whose colours the pixels around a person show: the person's own, as stray hair, or those of what lies behind."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image

WORKING_PIXELS: Final = 64.0
"""Inter-ocular distance at which colours are compared; the answer is smooth."""

OUTLINE, HEAD, GROUND = (0.005, 0.08), (0.02, 0.16), (0.12, 0.32)
"""How far inside or outside the outline lie those whose colours are taken for the person's and for the ground's."""

NARROW, WIDE = 0.05, 0.14
"""Half the side of the windows that colours are averaged in, first at the outline. All in inter-ocular distances."""

COLOUR_NOISE: Final = 0.03
"""Standard deviation of each channel (0..1) of a surface of one colour."""

SOFTNESS: Final = 0.035
"""Over this distance neighbours decide together, in inter-ocular distances."""


def likeness(image: Image, person: NDArray[np.bool_], unit: float) -> Floats:
    """How much nearer each pixel (H, W, 3) near the outline of `person` (H, W) is to their colours, 0..1.

    Distances from either side's mean colour nearby are measured in its standard deviations. `unit`: the inter-ocular
    distance in pixels.
    """
    height, width = person.shape
    scale = min(1.0, WORKING_PIXELS / unit)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    inside = cv2.resize(person.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    unit *= scale
    depth, away = (
        np.asarray(cv2.distanceTransform(s, cv2.DIST_L2, 5) / unit, np.float32) for s in (inside, 1 - inside)
    )
    own = np.minimum(
        _strangeness(small, _between(OUTLINE, depth), NARROW * unit),
        _strangeness(small, _between(HEAD, depth), WIDE * unit),
    )
    other = _strangeness(small, _between(GROUND, away), WIDE * unit)
    share = np.asarray(other / (own + other + np.float32(1e-6)), np.float32)
    soft = cv2.GaussianBlur(share, (0, 0), SOFTNESS * unit)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _between(span: tuple[float, float], distance: Floats) -> Floats:
    return np.asarray((distance > span[0]) & (distance < span[1]), np.float32)


def _strangeness(colours: Floats, of: Floats, reach: float) -> Floats:
    """Squared distance of `colours` (h, w, 3) from those `of` (h, w) some nearby, in their variances."""
    side = 2 * max(1, round(reach / 2)) + 1

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(cv2.blur(values, (side, side)), (side, side)), np.float32)

    total = np.maximum(mean(of), np.float32(1e-5))
    centre = mean(colours * of[..., None]) / total[..., None]
    spread = mean((colours * colours).sum(axis=-1) * of) / total - (centre * centre).sum(axis=-1)
    noise = np.maximum(spread, 0) + np.float32(3 * COLOUR_NOISE**2)
    return np.asarray(((colours - centre) ** 2).sum(axis=-1) / noise, np.float32)
