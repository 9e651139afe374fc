"""What was added to an aligned face, laid back over the frame that it was cut from."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.enhancement.alignment import SIDE, FacePlace

SHRUNK_FROM: Final = 1.2
SIGMA_PER_SHRINKING: Final = 0.35
"""An aligned face that has so many times the pixels that the frame has for it is blurred first, so that nothing
aliases: by so many pixels for each time."""


def pasted(frame: Image, added: Floats, place: FacePlace, strength: float) -> Image:
    """A frame (H, W, 3 or 4) with `strength` times what was `added` (512, 512, 3), in levels of 255.

    In floating point, rounded once; pixels to which nothing is added, and the alpha, stay what they are.
    """
    result = frame.copy()
    left, top, right, bottom = _box(place, frame)
    if right <= left or bottom <= top:
        return result
    scale = place.scale
    if scale > SHRUNK_FROM:
        added = np.asarray(cv2.GaussianBlur(added, (0, 0), SIGMA_PER_SHRINKING * scale), np.float32)
    matrix = place.matrix.astype(np.float64)
    matrix[:, 2] += matrix[:, :2] @ np.array([left, top])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(added, matrix, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_CONSTANT)
    part = result[top:bottom, left:right, :3]
    part[:] = np.rint(np.clip(part + np.float32(strength) * laid, 0.0, 255.0)).astype(np.uint8)
    return result


def _box(place: FacePlace, frame: Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of the frame that the aligned face comes from."""
    linear, shift = place.matrix[:, :2].astype(np.float64), place.matrix[:, 2]
    corners = np.array([[0, 0], [SIDE, 0], [0, SIDE], [SIDE, SIDE]], np.float64)
    there = (corners - shift) @ np.linalg.inv(linear).T
    low, high = np.floor(there.min(axis=0)).astype(int), np.ceil(there.max(axis=0)).astype(int) + 1
    height, width = frame.shape[:2]
    return (
        int(np.clip(low[0], 0, width)),
        int(np.clip(low[1], 0, height)),
        int(np.clip(high[0], 0, width)),
        int(np.clip(high[1], 0, height)),
    )
