"""Convolutions of 3 x 3 on a processor by minimal filtering: 36 products where the plain sum takes 144.

A. Lavin and S. Gray (2015), *Fast algorithms for convolutional neural networks*, F(4 x 4, 3 x 3); transforms after Cook
and Toom from the points below. Pictures lie with their channels last, (h, w, c), so that every step is a product of
matrices or a copy of whole runs of channels. Rounding errors are some twice those of the plain sum in fp32.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TILE: Final = 4
"""Pixels of a tile that comes out, each way."""

TAPS: Final = 3
REACH: Final = TILE + TAPS - 1
"""Pixels that a tile is made of."""

POINTS: Final = (0.0, 0.75, -0.75, 1.5, -1.5)
"""And infinity. Even spacing keeps what is summed of like size; powers and differences are exact in binary."""

VALUES_AT_ONCE: Final = 131_072
"""Tiles times channels of a band: enough for a product of matrices, little enough for the cache."""


class Scratch:
    """Memory that is used again and again, by name: fresh memory costs more than what is computed in it."""

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}
        self._bordered: dict[tuple[str, tuple[int, ...]], Tensor] = {}

    def take(self, name: str, *shape: int) -> "Tensor":
        """A tensor of `shape` with any content, until `name` is taken again."""
        import torch

        size = int(np.prod(shape))
        if name not in self._kept or self._kept[name].numel() < size:
            self._kept[name] = torch.empty(size)
        return self._kept[name][:size].view(shape)

    def bordered(self, name: str, *shape: int, margin: int = 1) -> "Tensor":
        """(..., h + 2, w + 2, c) for `shape` (..., h, w, c), its border of `margin` zero; any content within."""
        import torch

        *front, height, width, channels = shape
        key = (name, shape)
        if key not in self._bordered:
            self._bordered[key] = torch.zeros(*front, height + 2 * margin, width + 2 * margin, channels)
        return self._bordered[key]


class Transforms(NamedTuple):
    """`before` (6, 6) of the pixels of a tile, `weights` (6, 3) of taps, `after` (4, 6) of products."""

    before: "Matrix"
    weights: "Matrix"
    after: "Matrix"


@lru_cache(maxsize=1)
def transforms() -> Transforms:
    points = np.array(POINTS)
    before, weights, after = np.zeros((REACH, REACH)), np.zeros((REACH, TAPS)), np.zeros((TILE, REACH))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        before[i, :-1] = np.poly(others)[::-1]
        weights[i] = point ** np.arange(TAPS) / np.prod(point - others)
        after[:, i] = point ** np.arange(TILE)
    before[-1], weights[-1, -1], after[-1, -1] = np.poly(points)[::-1], 1.0, 1.0
    return Transforms(before, weights, after)


def transformed_weight(weight: "Tensor") -> "Tensor":
    """(36, c, o) fp32 of `weight` (o, c, 3, 3)."""
    import torch

    taps = torch.from_numpy(np.kron(transforms().weights, transforms().weights))
    outputs, inputs = weight.shape[:2]
    flat = weight.detach().permute(2, 3, 1, 0).reshape(TAPS * TAPS, -1).double()
    return (taps @ flat).float().view(REACH * REACH, inputs, outputs)


class Tiling:
    """How tiles are cut from a picture with a border of one: `reach` pixels each, `step` from one to the next.

    6 and 4 in a picture as it is. 5 and 3 in one where each tile's two middle rows, and columns, which are the same,
    are held once.
    """

    def __init__(self, *, merged: bool = False) -> None:
        import torch

        before = transforms().before
        if merged:
            before = np.concatenate([before[:, :2], before[:, 2:4].sum(axis=1, keepdims=True), before[:, 4:]], axis=1)
        self.reach = before.shape[1]
        self.step = self.reach - (TAPS - 1)
        self.before = torch.from_numpy(before).float()

    def tiles(self, picture: "Tensor", first: int, rows: int, scratch: Scratch) -> "Tensor":
        """(36, d * rows * across, c): tiles of `rows` rows of them from `first` on, transformed.

        `picture` is ([d,] h + 2, w + 2, c), `across` tiles wide.
        """
        if picture.dim() == 3:
            picture = picture[None]
        depth, _, wide, channels = picture.shape
        across, reach = (wide - 2) // self.step, self.reach
        deep, down, right, _ = picture.stride()
        shape = (reach, reach, depth, rows, across, channels)
        strides = (down, right, deep, self.step * down, self.step * right, 1)
        count = depth * rows * across * channels
        cut = scratch.take("cut", *shape)
        cut.copy_(picture.as_strided(shape, strides, picture.storage_offset() + first * self.step * down))
        half = scratch.take("half", REACH, reach, count)
        _times(self.before, cut.view(reach, -1), half.view(REACH, -1))
        whole = scratch.take("whole", REACH, REACH, count)
        _times(self.before, half, whole)
        return whole.view(REACH * REACH, -1, channels)


def pixels(products: "Tensor", depth: int, rows: int, scratch: Scratch) -> "Tensor":
    """(d, rows, 4, across, 4, o) as a view of another order: what `products` (36, d * rows * across, o) come to."""
    count, channels = products.shape[1:]
    half = scratch.take("cut", TILE, REACH, count * channels)
    _times(_after(), products.view(REACH, -1), half.view(TILE, -1))
    put = scratch.take("half", TILE, TILE, count * channels)
    _times(_after(), half, put)
    return put.view(TILE, TILE, depth, rows, count // (depth * rows), channels).permute(2, 3, 0, 4, 1, 5)


class Filter:
    """A convolution of 3 x 3 with weights (o, c, 3, 3), for pictures whose sides are multiples of 4."""

    def __init__(self, weight: "Tensor", bias: "Tensor | None" = None, *, merged: bool = False) -> None:
        self.outputs, self.inputs = weight.shape[:2]
        self._weight = transformed_weight(weight)
        self._bias = None if bias is None else bias.detach().clone()
        self._tiling = Tiling(merged=merged)

    def bands(self, picture: "Tensor", scratch: Scratch) -> "Iterator[tuple[slice, Tensor]]":
        """What comes of `picture` (h + 2, w + 2, c), band by band: which rows of tiles, and (rows, 4, across, 4, o).

        A band is a view of memory that the next one takes again.
        """
        import torch

        high, wide = ((side - 2) // self._tiling.step for side in picture.shape[:2])
        for first, rows in _bands(high, wide, max(self.inputs, self.outputs)):
            seen = self._tiling.tiles(picture, first, rows, scratch)
            products = scratch.take("products", REACH * REACH, rows * wide, self.outputs)
            torch.bmm(seen, self._weight, out=products)
            band = pixels(products, 1, rows, scratch)[0]
            yield slice(first, first + rows), band if self._bias is None else band.add_(self._bias)


class VolumeFilter:
    """A convolution of 3 x 3 x 3 with weights (o, c, 3, 3, 3): tiles in height and width, plain sums in depth."""

    def __init__(self, weight: "Tensor", bias: "Tensor") -> None:
        self.outputs, self.inputs = weight.shape[:2]
        self._before, self._at, self._after = (transformed_weight(part) for part in weight.unbind(2))
        self._bias = bias.detach().clone()
        self._tiling = Tiling()

    def bands(self, volume: "Tensor", scratch: Scratch) -> "Iterator[tuple[slice, Tensor]]":
        """As `Filter.bands`, of `volume` (d, h + 2, w + 2, c), not negative: bands are (d, rows, 4, across, 4, o)."""
        import torch

        depth = len(volume)
        high, wide = ((side - 2) // TILE for side in volume.shape[1:3])
        for first, rows in _bands(high, wide, depth * max(self.inputs, self.outputs)):
            seen, slice_ = self._tiling.tiles(volume, first, rows, scratch), rows * wide
            products = scratch.take("products", REACH * REACH, depth * slice_, self.outputs)
            torch.bmm(seen, self._at, out=products)
            products[:, slice_:].baddbmm_(seen[:, :-slice_], self._before)
            products[:, :-slice_].baddbmm_(seen[:, slice_:], self._after)
            band = pixels(products, depth, rows, scratch)
            yield slice(first, first + rows), band.add_(self._bias).relu_()


def tiled(picture: "Tensor") -> "Tensor":
    """(h / 4, 4, w / 4, 4, c): a view of `picture` (h, w, c), or of what is within the border, as bands lie."""
    height, width, _ = picture.shape
    return picture.unflatten(1, (width // TILE, TILE)).unflatten(0, (height // TILE, TILE))


def _bands(high: int, wide: int, channels: int) -> "list[tuple[int, int]]":
    rows = max(1, min(high, VALUES_AT_ONCE // (channels * wide)))
    return [(first, min(rows, high - first)) for first in range(0, high, rows)]


def _times(matrix: "Tensor", values: "Tensor", put: "Tensor") -> None:
    import torch

    torch.matmul(matrix, values, out=put)


@lru_cache(maxsize=1)
def _after() -> "Tensor":
    import torch

    return torch.from_numpy(transforms().after).float()
