"""Where the nodes of a grid come from under a map that moves them: Newton's method, whose Jacobians are known there."""

from typing import Any, Final, cast

import cv2
import numpy as np

from avatar.types import Floats
from video_processor.renderers.puppet.fields import CLOSE_ENOUGH_CELLS, node_indices, resample

STEPS: Final = 6
LEAST_AREA: Final = 0.2
STRAYED: Final = 0.1
"""A search that still misses by this share of the grid's step has not found its point."""

SEARCH_LIMITS: Final = (STEPS, CLOSE_ENOUGH_CELLS, LEAST_AREA, STRAYED)
SEARCH_ROOM: Final = 11
"""What the compiled search is told, and the numbers it takes down for each node."""

DIFFERENCE: Final = np.array([[-0.5, 0.0, 0.5]], np.float32)


def sought(shift: Floats) -> Floats:
    """For each node y the offset d with y + d the point that `shift` (rows, columns, 2), in cells, takes to y."""
    back = _inverses(shift)
    ends = _ends(shift)
    index = node_indices(shift.shape[1], shift.shape[0])
    offset = _within(-_times(back, shift), ends)
    for step in range(STEPS):
        places = np.asarray(cv2.add(index, offset), np.float32)
        here = resample(shift, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        miss = np.asarray(cv2.add(offset, here), np.float32)
        if cv2.norm(miss, cv2.NORM_INF) < CLOSE_ENOUGH_CELLS:
            offset = _within(cv2.subtract(offset, miss), ends)
            break
        around_here = resample(back, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        nearer = _within(cv2.subtract(offset, _times(around_here, miss)), ends)
        offset = nearer if step < STEPS - 1 else _among(nearer, offset, miss, STRAYED)
    return offset


def _inverses(shift: Floats) -> Floats:
    """Inverse Jacobians (h, w, 4) of the map that moves nodes by `shift`, in cells.

    The plane is that of complex numbers, where a matrix takes z to a z + b conj(z): real and imaginary part of a, of b.
    """
    (xx, yx), (xy, yy) = (cv2.split(_slopes(shift, kernel)) for kernel in (DIFFERENCE, DIFFERENCE.T))
    xx += np.float32(1)
    yy += np.float32(1)
    scale = np.float32(0.5) / np.maximum(xx * yy - xy * yx, np.float32(LEAST_AREA))
    return np.asarray(cv2.merge([(xx + yy) * scale, (xy - yx) * scale, (yy - xx) * scale, (xy + yx) * -scale]))


def _slopes(field: Floats, kernel: Floats) -> Floats:
    """Central differences (h, w, 2) of a field by a `kernel` of three, one-sided at the ends, as of `np.gradient`."""
    slopes = np.asarray(cv2.filter2D(field, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    ends = slopes[:, :: slopes.shape[1] - 1] if kernel.shape[0] == 1 else slopes[:: slopes.shape[0] - 1]
    ends *= np.float32(2)
    return slopes


Ends = tuple[tuple[float, float, float, float], tuple[float, float, float, float]]
"""The least and the greatest offset across and down, as OpenCV's scalars."""


def _ends(shift: Floats) -> Ends:
    """Offsets are no longer than the longest `shift`."""
    (left, right, *_), (up, down, *_) = (cv2.minMaxLoc(plane) for plane in cv2.split(shift))
    return (-right, -down, 0.0, 0.0), (-left, -up, 0.0, 0.0)


def _within(offset: Any, ends: Ends) -> Floats:
    """Offsets (h, w, 2) no longer than the longest shift."""
    least, most = (cast(Any, end) for end in ends)
    return np.asarray(cv2.min(cv2.max(offset, least), most), np.float32)


def _among(found: Floats, before: Floats, miss: Floats, most: float) -> Floats:
    """`found` (h, w, 2), and the middle of the neighbours' offsets `before` wherever one misses by more than `most`."""
    strayed = np.abs(miss).max(axis=-1) > most
    return np.where(strayed[..., None], cv2.medianBlur(before, 3), found) if strayed.any() else found


def _times(matrices: Floats, vectors: Floats) -> Floats:
    """Matrices (h, w, 4), as `_inverses` gives them, times vectors (h, w, 2)."""
    pairs, z = matrices.view(np.complex64), vectors.view(np.complex64)[..., 0]
    product = pairs[..., 0] * z
    product += pairs[..., 1] * z.conj()
    return product.view(np.float32).reshape(vectors.shape)
