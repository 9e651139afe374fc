"""Reading a volume elsewhere, on a processor; as `grid_sample` does it, zeros outside."""

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from models.sadtalker.volumes import axis

if TYPE_CHECKING:
    from torch import Tensor


def shifted(volume: "Tensor", shifts: "Tensor") -> "Tensor":
    """(k, c, d, h, w): `volume` (c, d, h, w) read at its own grid moved by each of `shifts` (k, 3), x, y and z.

    A shift alone can be done axis by axis, each a product with a matrix of two weights a row.
    """
    channels, depth, height, width = volume.shape
    along_x, along_y, along_z = (_reading(size, shifts[:, place]) for place, size in enumerate((width, height, depth)))
    x = torch.matmul(volume.reshape(1, -1, width), along_x.transpose(1, 2))
    x = torch.matmul(along_y[:, None], x.view(len(shifts), -1, height, width))
    x = torch.matmul(along_z[:, None], x.view(len(shifts), channels, depth, -1))
    return x.view(len(shifts), channels, depth, height, width)


def _reading(size: int, shifts: "Tensor") -> "Tensor":
    """(k, size, size): what of each place (columns) is read for each (rows), when they are moved by `shifts` (k,)."""
    wanted = _place(axis(size, shifts) + shifts[:, None], size)
    return (1.0 - (wanted[:, :, None] - torch.arange(size, dtype=torch.float32)).abs()).clamp_(min=0.0)


def warped(volume: "Tensor", places: "Tensor") -> "Tensor":
    """(..., c): `volume` (d, h, w, c), contiguous, read at `places` (..., 3), x, y and z in -1..1."""
    depth, height, width = volume.shape[:3]
    indices, weights = [], []
    for axis_places, size in zip(places.reshape(-1, 3).unbind(1), (width, height, depth), strict=True):
        wanted = _place(axis_places, size)
        low = wanted.floor()
        part = wanted - low
        both = torch.stack([low, low + 1.0], dim=1)
        inside = (both >= 0.0) & (both <= size - 1.0)
        weights.append(torch.stack([1.0 - part, part], dim=1) * inside)
        indices.append(both.clamp_(0.0, size - 1.0).long())
    (x, y, z), (wx, wy, wz) = indices, weights
    rows = (z[:, :, None, None] * height + y[:, None, :, None]) * width + x[:, None, None, :]
    shares = wz[:, :, None, None] * wy[:, None, :, None] * wx[:, None, None, :]
    read = functional.embedding_bag(
        rows.flatten(1), volume.view(-1, volume.shape[3]), mode="sum", per_sample_weights=shares.flatten(1)
    )
    return read.view(*places.shape[:-1], len(read[0]))


def _place(coordinates: "Tensor", size: int) -> "Tensor":
    """Places counted from 0 of coordinates whose -1 and 1 are the outer edges of the first and the last."""
    return ((coordinates + 1.0) * size - 1.0) * 0.5
