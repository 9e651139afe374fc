"""What moves over what lies behind it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Image

Pixels = NDArray[np.uint32]

LEAST_COVERED, ALL_COVERED = np.uint32(1 << 24), np.uint32(255 << 24)
"""Pixels (r, g, b, cover), each read as one little-endian number: from the first on the person covers something, from
the second on all of it."""


def compose(canvas: Image, behind: Image, frame: Image) -> None:
    """RGBA `canvas` over RGBA `behind`, into the RGB `frame`, all (h, w); uses the canvas up."""
    over, under = canvas.view(np.uint32)[..., 0], behind.view(np.uint32)[..., 0]
    bare = over < LEAST_COVERED
    rim = np.flatnonzero((over < ALL_COVERED) ^ bare)
    cv2.copyTo(behind, bare.view(np.uint8), dst=canvas)
    pixels = over.reshape(-1)
    if len(rim):
        pixels[rim] = _mixed(pixels[rim], under[np.divmod(rim, over.shape[1])])
    cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB, dst=frame)


def _mixed(over: Pixels, under: Pixels) -> Pixels:
    """Pixels (n,) over those that lie behind them."""
    front, back = (np.ascontiguousarray(pixels).view(np.uint8).reshape(1, -1, 4) for pixels in (over, under))
    share = front[..., 3].astype(np.float32) * np.float32(1 / 255)
    return np.asarray(cv2.blendLinear(front, back, share, 1 - share), np.uint8).view(np.uint32).reshape(-1)
