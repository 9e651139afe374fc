"""A picture that is resampled often: interpolated once to twice its size, then read by cheap linear steps."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.fields import Box, resample

FINENESS: Final = 2


@dataclass(frozen=True, slots=True)
class Texture:
    """A part of a picture. `fine` (2 h - 1, 2 w - 1, k): every other sample is a pixel, those between are bicubic.

    `x`, `y`: where the part begins in the picture.
    """

    fine: Image
    x: int
    y: int

    def at(self, places: Floats) -> Image:
        """The picture at `places` (h, w, 2), in samples of `fine`; past its edges they go on."""
        return np.asarray(resample(self.fine, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.uint8)

    def places(self, positions: Floats) -> Floats:
        """Positions in the picture (..., 2), pixels, in samples of `fine`."""
        return np.asarray((positions - np.array([self.x, self.y], np.float32)) * np.float32(FINENESS), np.float32)

    def positions(self, places: Floats) -> Floats:
        """The inverse of `places`."""
        return np.asarray(places * np.float32(1 / FINENESS) + np.array([self.x, self.y], np.float32), np.float32)


def texture(picture: Image, box: Box, beyond: int) -> Texture:
    """The texture of `box` of a picture (H, W, 4) and `beyond` pixels around it.

    Past the picture's edges it is mirrored, but only the columns and rows that are covered there.
    """
    wide = np.asarray(cv2.copyMakeBorder(picture, beyond, beyond, beyond, beyond, cv2.BORDER_REFLECT_101), np.uint8)
    edge = cv2.copyMakeBorder(picture[..., 3], beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    wide[..., 3][edge < 255] = 0
    wide[beyond : beyond + picture.shape[0], beyond : beyond + picture.shape[1]] = picture
    rows, columns = (slice(s.start, s.stop + 2 * beyond) for s in box)
    return Texture(_refined(wide[rows, columns]), columns.start - beyond, rows.start - beyond)


def _refined(picture: Image) -> Image:
    """(h, w, k) to (2 h - 1, 2 w - 1, k)."""
    height, width = picture.shape[:2]
    x, y = (np.arange(FINENESS * n - (FINENESS - 1), dtype=np.float32) / FINENESS for n in (width, height))
    between = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)
    return np.asarray(resample(np.ascontiguousarray(picture), between), np.uint8)
