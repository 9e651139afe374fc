"""A turned square in a picture, and the crop of it that a network reads.

Coordinates are continuous: a picture of width w spans 0..w and the first pixel's centre lies at 0.5.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image

_SHRINK_ABOVE: Final = 2.0
"""Source pixels for a crop pixel above which the source is averaged down first, so that nothing aliases."""


@dataclass(frozen=True, slots=True)
class Roi:
    """A square of `side` pixels around `center`, turned by `angle` radians clockwise as seen."""

    center: tuple[float, float]
    side: float
    angle: float

    def matrix(self, size: int, *, mirrored: bool = False) -> Floats:
        """(2, 3): from the coordinates of a crop of `size` pixels to those of the picture."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        scale = self.side / size
        turn = np.array([[cosine, -sine], [sine, cosine]]) * scale
        if mirrored:
            turn = turn * np.array([-1.0, 1.0])
        shift = np.array(self.center) - turn @ np.full(2, size / 2)
        return np.column_stack([turn, shift]).astype(np.float32)


def crop(image: Image, roi: Roi, size: int, *, mirrored: bool = False) -> Image:
    """The square as an upright picture (size, size, 3); beyond the edges the border repeats."""
    source, to_source = _averaged(image, roi, size)
    matrix = np.vstack([roi.matrix(size, mirrored=mirrored), [0, 0, 1]])
    continuous = to_source @ matrix
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    indexed = (np.linalg.inv(half) @ continuous @ half)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(source, indexed, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def to_picture(points: Floats, roi: Roi, size: int, *, mirrored: bool = False) -> Floats:
    """Points (n, 2 or 3) of a crop in the picture's coordinates; a third one is scaled alike."""
    matrix = roi.matrix(size, mirrored=mirrored)
    flat = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    depth = points[:, 2:] * np.float32(roi.side / size)
    return np.concatenate([flat, depth], axis=1).astype(np.float32)


def _averaged(image: Image, roi: Roi, size: int) -> tuple[Image, Floats]:
    """The part of the picture under the square, averaged down to about twice the crop, and the way there."""
    factor = roi.side / (size * _SHRINK_ABOVE)
    if factor <= 1:
        return image, np.eye(3, dtype=np.float32)
    height, width = image.shape[:2]
    reach = roi.side * 0.75
    x0, x1 = (int(np.clip(roi.center[0] + d, 0, width)) for d in (-reach, reach + 1))
    y0, y1 = (int(np.clip(roi.center[1] + d, 0, height)) for d in (-reach, reach + 1))
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    part = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    new = (max(1, round(part.shape[1] / factor)), max(1, round(part.shape[0] / factor)))
    small = np.asarray(cv2.resize(part, new, interpolation=cv2.INTER_AREA), np.uint8)
    kx, ky = new[0] / part.shape[1], new[1] / part.shape[0]
    return small, np.array([[kx, 0, -x0 * kx], [0, ky, -y0 * ky], [0, 0, 1]], np.float32)
