"""Convolutions of 7 x 7 x 7 on a processor by spectra: tiles of 16 x 16 from 22 x 22, in depth plain sums.

A tile's spectrum has 264 bins, each of which is multiplied once for every tap in depth, where the plain sum takes 49
products a pixel and tap. The transforms are products of small matrices.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from models.winograd import Scratch

if TYPE_CHECKING:
    from torch import Tensor

    Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TAPS: Final = 7
MARGIN: Final = TAPS // 2
TILE: Final = 16
SIDE: Final = TILE + TAPS - 1
HALF: Final = SIDE // 2 + 1
"""Frequencies of a real row: the others mirror them."""

BINS: Final = HALF * SIDE
PARTS: Final = 2
"""Real and imaginary."""


class SpectralFilter:
    """A convolution with weights (o, c, 7, 7, 7) for volumes whose height and width are multiples of 16."""

    def __init__(self, weight: "Tensor", bias: "Tensor") -> None:
        self.outputs, self.inputs = weight.shape[:2]
        spectrum = np.fft.fft(np.fft.rfft(weight.detach().double().numpy(), SIDE, axis=3), SIDE, axis=4).conj()
        # Bins and channels that come in, then taps in depth and channels that go out.
        bins = torch.from_numpy(spectrum.transpose(3, 4, 1, 2, 0).reshape(BINS, self.inputs, -1))
        real, imaginary = bins.real.float(), bins.imag.float()
        self._from_real = torch.cat([real, imaginary], dim=2)
        self._from_imaginary = torch.cat([-imaginary, real], dim=2)
        self._bias = bias.detach().clone()
        matrices = (_down(), _across(), _across_back(), _down_back())
        self._down, self._across, self._across_back, self._down_back = (
            torch.from_numpy(matrix).float() for matrix in matrices
        )

    def __call__(self, volume: "Tensor", scratch: Scratch) -> "Tensor":
        """(d, h, w, o) of `volume` (d, h + 6, w + 6, c), whose border is zero."""
        depth, high, wide, _ = volume.shape
        rows, across = (high - 2 * MARGIN) // TILE, (wide - 2 * MARGIN) // TILE
        put = volume.new_empty(depth, rows, TILE, across, TILE, self.outputs)
        for row in range(rows):
            products = self._products(volume, row, across, scratch)
            summed = self._summed_in_depth(products, depth, across, scratch)
            back = torch.matmul(self._across_back, summed).view(HALF * PARTS, -1)
            tiles = (self._down_back @ back).view(TILE, TILE, depth, across, self.outputs)
            torch.add(tiles.permute(2, 0, 3, 1, 4), self._bias, out=put[:, row])
        return put.view(depth, rows * TILE, across * TILE, self.outputs)

    def _products(self, volume: "Tensor", row: int, across: int, scratch: Scratch) -> "Tensor":
        """(264, d * across, 2 * 7 * o)."""
        depth = volume.shape[0]
        deep, down, right = volume.stride()[:3]
        shape = (SIDE, SIDE, depth, across, self.inputs)
        cut, count = scratch.take("cut", *shape), depth * across * self.inputs
        cut.copy_(
            volume.as_strided(shape, (down, right, deep, TILE * right, 1), volume.storage_offset() + row * TILE * down)
        )
        half = scratch.take("half", HALF * PARTS, SIDE * count)
        torch.mm(self._down, cut.view(SIDE, -1), out=half)
        whole = scratch.take("whole", HALF, SIDE * PARTS, count)
        torch.matmul(self._across, half.view(HALF, PARTS * SIDE, count), out=whole)
        spectra = whole.view(BINS, PARTS, depth * across, self.inputs)
        products = scratch.take("products", BINS, depth * across, PARTS * TAPS * self.outputs)
        torch.bmm(spectra[:, 0], self._from_real, out=products)
        return products.baddbmm_(spectra[:, 1], self._from_imaginary)

    def _summed_in_depth(self, products: "Tensor", depth: int, across: int, scratch: Scratch) -> "Tensor":
        """(12, 22 * 2, d * across * o)."""
        seen = products.view(BINS, depth, across, PARTS, TAPS, self.outputs).permute(4, 0, 3, 1, 2, 5)
        summed = scratch.take("half", BINS, PARTS, depth, across, self.outputs)
        summed.copy_(seen[MARGIN])
        for tap in range(TAPS):
            shift = tap - MARGIN
            if 0 < abs(shift) < depth:
                to = slice(max(0, -shift), depth - max(0, shift))
                summed[:, :, to] += seen[tap][:, :, max(0, shift) : depth + min(0, shift)]
        return summed.view(HALF, SIDE * PARTS, -1)


def _angles(frequencies: int, places: int) -> "Matrix":
    angles: Matrix = 2.0 * np.pi * np.outer(np.arange(frequencies), np.arange(places)) / SIDE
    return angles


def _down() -> "Matrix":
    """(12 frequencies, 2 parts; 22 rows)."""
    angles = _angles(HALF, SIDE)
    parts = np.stack([np.cos(angles), -np.sin(angles)], axis=1)
    return parts.reshape(HALF * PARTS, SIDE)


def _across() -> "Matrix":
    """(22 frequencies, 2 parts; 2 parts, 22 columns)."""
    cos, sin = np.cos(_angles(SIDE, SIDE)), np.sin(_angles(SIDE, SIDE))
    real, imaginary = np.concatenate([cos, sin], axis=1), np.concatenate([-sin, cos], axis=1)
    return np.stack([real, imaginary], axis=1).reshape(SIDE * PARTS, PARTS * SIDE)


def _across_back() -> "Matrix":
    """(2 parts, 16 columns; 22 frequencies, 2 parts)."""
    cos, sin = np.cos(_angles(SIDE, TILE)).T, np.sin(_angles(SIDE, TILE)).T
    real, imaginary = np.stack([cos, -sin], axis=2), np.stack([sin, cos], axis=2)
    return np.stack([real, imaginary]).reshape(PARTS * TILE, SIDE * PARTS)


def _down_back() -> "Matrix":
    """(16 rows; 12 frequencies, 2 parts): those that are mirrored count twice."""
    times = np.full(HALF, 2.0)
    times[[0, -1]] = 1.0
    angles = _angles(HALF, TILE)
    parts = np.stack([np.cos(angles), -np.sin(angles)], axis=1) * times[:, None, None] / SIDE**2
    back: Matrix = parts.reshape(HALF * PARTS, TILE).T.copy()
    return back
