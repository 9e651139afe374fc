"""Light on a form that is given as a height above the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from scripts.drawing.canvas import Canvas, Floats

KEY_LIGHT: Final = (-0.46, -0.50, 0.73)
"""Towards the window: left, above, in front (x, y down, z towards the viewer)."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours (n, 3) from shadow to light, where on the way (n,), 0..1."""

    places: tuple[float, ...]
    colours: Floats

    def at(self, value: Floats | float) -> Floats:
        """Colours (..., 3) of brightnesses (...)."""
        channels = [np.interp(value, self.places, self.colours[:, i]) for i in range(3)]
        return np.asarray(np.stack(channels, axis=-1), np.float32)


def inflated(canvas: Canvas, mask: Floats, radii: Sequence[tuple[float, float]]) -> Floats:
    """A pillow over the mask: sums of (radius, height), design units."""
    height = np.zeros_like(mask)
    for radius, tall in radii:
        height += np.float32(tall) * np.sqrt(canvas.soft(mask, radius) * mask)
    return height


def slopes(canvas: Canvas, height: Floats) -> tuple[Floats, Floats, Floats]:
    """The unit normal's x, y and z."""
    scale = np.float32(canvas.scale)
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) * (scale / 8)
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) * (scale / 8)
    length = np.sqrt(dx * dx + dy * dy + 1)
    return -dx / length, -dy / length, 1 / length


def lit(normal: tuple[Floats, Floats, Floats], light: Sequence[float] = KEY_LIGHT) -> Floats:
    """How much light falls on the form, -1..1."""
    x, y, z = (np.float32(v / np.linalg.norm(light)) for v in light)
    return np.asarray(normal[0] * x + normal[1] * y + normal[2] * z, np.float32)


def gloss(normal: tuple[Floats, Floats, Floats], sharpness: float, light: Sequence[float] = KEY_LIGHT) -> Floats:
    """The mirrored light, 0..1 (Blinn's half vector)."""
    half = np.asarray(light, np.float64) / np.linalg.norm(light) + (0, 0, 1)
    return np.asarray(np.clip(lit(normal, tuple(half)), 0, 1) ** sharpness, np.float32)
