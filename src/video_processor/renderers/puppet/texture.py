"""A picture that is resampled often: interpolated once to twice its size, then read by cheap linear steps."""

from dataclasses import dataclass
from typing import Any, Final, cast

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.fields import Box, resample

FINENESS: Final = 2

BETWEEN: Final = np.array([[-3, 19, 19, -3]], np.float32) / 32
"""Weights of four samples in a row in the bicubic one (a = -0.75) midway between the inner two."""


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

    def show(self, places: Floats, canvas: Image) -> None:
        """Draws the picture at `places` (h, w, 2), in samples of `fine`, over all of `canvas` (h, w, k), in place."""
        cv2.remap(self.fine, places, cast(Any, None), cv2.INTER_LINEAR, canvas, cv2.BORDER_REPLICATE)

    def lay(self, other: "Texture", places: Floats, canvas: Image) -> None:
        """Draws itself over `canvas` (h, w, 4), in place, wherever the `other`'s `places` (h, w, 2) lie within it."""
        x, y = FINENESS * (other.x - self.x), FINENESS * (other.y - self.y)
        own = cv2.transform(places, np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))
        cv2.remap(self.fine, own, cast(Any, None), cv2.INTER_LINEAR, canvas, cv2.BORDER_TRANSPARENT)

    def places(self, positions: Floats) -> Floats:
        """Positions in the picture (h, w, 2), pixels, in samples of `fine`."""
        affine = np.array([[FINENESS, 0.0, -FINENESS * self.x], [0.0, FINENESS, -FINENESS * self.y]])
        return np.asarray(cv2.transform(positions, affine), np.float32)

    def positions(self, places: Floats) -> Floats:
        """The inverse of `places`."""
        affine = np.array([[1 / FINENESS, 0.0, self.x], [0.0, 1 / FINENESS, self.y]])
        return np.asarray(cv2.transform(places, affine), np.float32)


def texture(picture: Image, box: Box, beyond: int) -> Texture:
    """The texture of `box` of a picture (H, W, 4) and `beyond` pixels around it.

    Past the picture's edges it is mirrored, but only the columns and rows that are covered there.
    """
    wide = np.asarray(cv2.copyMakeBorder(picture, beyond, beyond, beyond, beyond, cv2.BORDER_REFLECT_101), np.uint8)
    edge = cv2.copyMakeBorder(picture[..., 3], beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    wide[..., 3][edge < 255] = 0
    wide[beyond : beyond + picture.shape[0], beyond : beyond + picture.shape[1]] = picture
    rows, columns = (slice(s.start, s.stop + 2 * beyond) for s in box)
    return Texture(np.ascontiguousarray(refined(wide[rows, columns])), columns.start - beyond, rows.start - beyond)


def refined(picture: Image) -> Image:
    """(h, w, 4) to (2 h - 1, 2 w - 1, 4)."""
    height, width = picture.shape[:2]
    wide = np.empty((height, FINENESS * width, 4), np.uint8)
    pixels = wide.view(np.uint32)
    pixels[:, ::2] = picture.view(np.uint32)
    pixels[:, 1::2] = np.asarray(cv2.filter2D(picture, -1, BETWEEN, anchor=(1, 0)), np.uint8).view(np.uint32)
    fine = np.empty((FINENESS * height, FINENESS * width, 4), np.uint8)
    fine[::2] = wide
    fine[1::2] = cv2.filter2D(wide, -1, BETWEEN.T, anchor=(0, 1))
    return fine[:-1, :-1]
