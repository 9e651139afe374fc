"""Frames enlarged to the size of the file: Lanczos, without its rings, with edges that stay steep."""

from typing import Final, Literal, get_args

import cv2
import numpy as np

from avatar.types import Image, Size
from video_processor.enhancement.base import FrameByFrame
from video_processor.enhancement.sharpening import limited, local_range, unsharp
from video_processor.framing import LARGEST_SIDE

Upscale = Literal["none", "720p", "1080p"]
UPSCALES: Final[tuple[Upscale, ...]] = get_args(Upscale)
SHORTER_SIDES: Final[dict[Upscale, int]] = {"720p": 720, "1080p": 1080}

SIGMA_PER_ENLARGEMENT: Final = 0.5
AMOUNT: Final = 0.6


def upscaled_size(drawn: Size, upscale: Upscale) -> Size:
    """The size of the file: its shorter side has as many pixels as `upscale` names, both are even.

    A video that is as large already stays as it is drawn, and none gets a side over `LARGEST_SIDE`.
    """
    shorter = SHORTER_SIDES.get(upscale, 0)
    scale = min(shorter / min(drawn), LARGEST_SIDE / max(drawn))
    if scale <= 1.0:
        return drawn
    width, height = (round(side * scale / 2) * 2 for side in drawn)
    return Size(width, height)


def upscaling(size: Size) -> FrameByFrame:
    """Frames of any size to `size`; alpha is enlarged with its colours."""

    def enhanced(frame: Image) -> Image:
        colours = enlarged(np.ascontiguousarray(frame[..., :3]), size)
        if frame.shape[2] == 3:
            return colours
        return np.dstack([colours, _resized(frame[..., 3], size, cv2.INTER_CUBIC)])

    return FrameByFrame(f"upscaled-{size.width}x{size.height}", enhanced)


def enlarged(picture: Image, size: Size) -> Image:
    """An RGB picture (h, w, 3) at `size`. Only its brightness has edges; a file holds colours at half the size."""
    if (picture.shape[1], picture.shape[0]) == tuple(size):
        return picture
    bright, *colour = (np.asarray(part, np.uint8) for part in cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)))
    low, high = (_resized(part, size, cv2.INTER_LINEAR) for part in local_range(bright))
    larger = _resized(bright, size, cv2.INTER_LANCZOS4)
    sharper = unsharp(larger, SIGMA_PER_ENLARGEMENT * size.height / picture.shape[0], AMOUNT)
    parts = [limited(sharper, low, high), *(_resized(part, size, cv2.INTER_LINEAR) for part in colour)]
    return np.asarray(cv2.cvtColor(cv2.merge(parts), cv2.COLOR_YCrCb2RGB), np.uint8)


def _resized(part: Image, size: Size, method: int) -> Image:
    return np.asarray(cv2.resize(part, tuple(size), interpolation=method), np.uint8)
