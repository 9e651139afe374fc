"""A picture that is resampled often: interpolated once to twice its size, then read by cheap linear steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.fields import resample

Box = tuple[slice, slice]

FINENESS: Final = 2
SUPPORT_PIXELS: Final = 2
"""How far a pixel reaches in bicubic interpolation."""


@dataclass(frozen=True, slots=True)
class Texture:
    """`fine` (2 H - 1, 2 W - 1, 4): every other sample is a pixel of the picture, those between are bicubic."""

    fine: Image

    def at(self, places: Floats) -> Image:
        """The picture at `places` (h, w, 2), its pixels; mirrored past its edges. A whole pixel comes back exactly."""
        found = resample(self.fine, places * np.float32(FINENESS), cv2.INTER_LINEAR)
        return np.asarray(found, np.uint8)

    def with_changes(self, picture: Image, boxes: Iterable[Box]) -> "Texture":
        """The same texture where `picture` has changed inside `boxes`."""
        fine = self.fine.copy()
        for rows, columns in boxes:
            wide = tuple(_widened(s, n) for s, n in zip((rows, columns), picture.shape[:2], strict=True))
            part = refined(picture[wide[0], wide[1]])
            y, x = wide[0].start * FINENESS, wide[1].start * FINENESS
            fine[y : y + part.shape[0], x : x + part.shape[1]] = part
        return Texture(fine)


def _widened(span: slice, limit: int) -> slice:
    return slice(max(0, span.start - SUPPORT_PIXELS), min(limit, span.stop + SUPPORT_PIXELS))


def refined(picture: Image) -> Image:
    """(H, W, k) to (2 H - 1, 2 W - 1, k)."""
    return np.asarray(resample(np.ascontiguousarray(picture), _between(*picture.shape[:2])), np.uint8)


@lru_cache(maxsize=16)
def _between(height: int, width: int) -> Floats:
    """Every pixel of a picture and the middles between them (2 H - 1, 2 W - 1, 2)."""
    columns, rows = (np.arange(FINENESS * n - (FINENESS - 1)) / FINENESS for n in (width, height))
    return np.stack(np.meshgrid(columns, rows), axis=-1).astype(np.float32)


def texture(picture: Image) -> Texture:
    """The texture of a picture (H, W, 4)."""
    return Texture(refined(picture))
