"""Convolutions of 3 x 3 on a processor by minimal filtering: 36 products where the plain sum takes 144.

A. Lavin and S. Gray (2015), *Fast algorithms for convolutional neural networks*, F(4 x 4, 3 x 3); transforms after Cook
and Toom from the points below. Pictures lie with their channels last, (h, w, c), so that every step is a product of
matrices or a copy of whole runs of channels. Rounding errors are some twice those of the plain sum in fp32.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TILE: Final = 4
"""Pixels of a tile that comes out, each way, where nothing else is said."""

TAPS: Final = 3

POINTS: Final = {3: (0.0, 0.75, -0.75, 1.5), TILE: (0.0, 0.75, -0.75, 1.5, -1.5)}
"""By the side of a tile; and infinity. Even spacing keeps what is summed of like size; powers and differences are exact
in binary."""

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
    """`before` (r, r) of the `r = t + k - 1` pixels of a tile, `weights` (r, k) of taps, `after` (t, r) of products."""

    before: "Matrix"
    weights: "Matrix"
    after: "Matrix"


def minimal(points: Sequence[float], taps: int) -> Transforms:
    """F(t, taps) from `t + taps - 2` points and infinity: tiles of `t` from as many products as pixels are seen."""
    values, seen = np.array(points), len(points) + 1
    tile = seen - taps + 1
    before, weights, after = np.zeros((seen, seen)), np.zeros((seen, taps)), np.zeros((tile, seen))
    for i, point in enumerate(values):
        others = np.delete(values, i)
        before[i, :-1] = np.poly(others)[::-1]
        weights[i] = point ** np.arange(taps) / np.prod(point - others)
        after[:, i] = point ** np.arange(tile)
    before[-1], weights[-1, -1], after[-1, -1] = np.poly(values)[::-1], 1.0, 1.0
    return Transforms(before, weights, after)


@cache
def transforms(tile: int = TILE) -> Transforms:
    return minimal(POINTS[tile], TAPS)


def transformed_weight(weight: "Tensor", tile: int = TILE) -> "Tensor":
    """(r * r, c, o) fp32 of `weight` (o, c, 3, 3), for tiles that see `r` pixels each way."""
    return weight_by(transforms(tile).weights, weight.permute(1, 0, 2, 3))


def weight_by(matrix: "Matrix", weight: "Tensor") -> "Tensor":
    """(p * p, c, o) fp32: what `matrix` (p, 3) makes of the rows and columns of `weight` (c, o, 3, 3)."""
    import torch

    both = torch.from_numpy(np.kron(matrix, matrix))
    inputs, outputs = weight.shape[:2]
    flat = weight.detach().permute(2, 3, 0, 1).reshape(TAPS * TAPS, -1).double()
    return (both @ flat).float().view(len(both), inputs, outputs)


class Tiling:
    """How tiles are cut from a picture with a border: `reach` pixels each, `step` from one to the next.

    `before` (p, reach) is what becomes of their rows, and of their columns.
    """

    def __init__(self, before: "Matrix", step: int) -> None:
        import torch

        self.reach, self.step = before.shape[1], step
        self.before = torch.from_numpy(before).float()

    def size(self, picture: "Tensor") -> tuple[int, int]:
        """How many tiles ([d,] h, w, c) is high and wide, of which the first and last see the border."""
        high, wide = ((side - self.reach) // self.step + 1 for side in picture.shape[-3:-1])
        return high, wide

    def tiles(self, picture: "Tensor", first: int, rows: int, scratch: Scratch) -> "Tensor":
        """(p * p, d * rows * across, c): tiles of `rows` rows of them from `first` on, transformed.

        `picture` is ([d,] h, w, c) with its border, `across` tiles wide.
        """
        if picture.dim() == 3:
            picture = picture[None]
        depth, channels = len(picture), picture.shape[-1]
        across, reach, points = self.size(picture)[1], self.reach, len(self.before)
        deep, down, right, _ = picture.stride()
        shape = (reach, reach, depth, rows, across, channels)
        strides = (down, right, deep, self.step * down, self.step * right, 1)
        count = depth * rows * across * channels
        cut = scratch.take("cut", *shape)
        cut.copy_(picture.as_strided(shape, strides, picture.storage_offset() + first * self.step * down))
        half = scratch.take("half", points, reach, count)
        _times(self.before, cut.view(reach, -1), half.view(points, -1))
        whole = scratch.take("whole", points, points, count)
        _times(self.before, half, whole)
        return whole.view(points * points, -1, channels)


def tiling(tile: int = TILE) -> Tiling:
    """Of a picture with a border of one."""
    return Tiling(transforms(tile).before, tile)


def merged_tiling() -> Tiling:
    """Of one where each tile's two middle rows, and columns, which are the same, are held once."""
    before = transforms().before
    middle = before[:, 2:4].sum(axis=1, keepdims=True)
    return Tiling(np.concatenate([before[:, :2], middle, before[:, 4:]], axis=1), TILE - 1)


def pixels(products: "Tensor", after: "Tensor", depth: int, rows: int, scratch: Scratch) -> "Tensor":
    """(d, rows, t, across, t, o) as a view of another order: what `products` (p * p, d * rows * across, o) come to.

    `after` is (t, p).
    """
    count, channels = products.shape[1:]
    tile, points = after.shape
    half = scratch.take("cut", tile, points, count * channels)
    _times(after, products.view(points, -1), half.view(tile, -1))
    put = scratch.take("half", tile, tile, count * channels)
    _times(after, half, put)
    return put.view(tile, tile, depth, rows, count // (depth * rows), channels).permute(2, 3, 0, 4, 1, 5)


class Filter:
    """A convolution of 3 x 3 with weights (o, c, 3, 3), for pictures whose sides are multiples of `tile`."""

    def __init__(
        self, weight: "Tensor", bias: "Tensor | None" = None, *, merged: bool = False, tile: int = TILE
    ) -> None:
        self.outputs, self.inputs = weight.shape[:2]
        self._weight = transformed_weight(weight, tile)
        self._bias = None if bias is None else bias.detach().clone()
        self._tiling = merged_tiling() if merged else tiling(tile)
        self._after = after(tile)

    def bands(self, picture: "Tensor", scratch: Scratch) -> "Iterator[tuple[slice, Tensor]]":
        """What comes of `picture` (h + 2, w + 2, c), band by band: which rows of tiles, and (rows, 4, across, 4, o).

        A band is a view of memory that the next one takes again.
        """
        high, wide = self._tiling.size(picture)
        for first, rows in _bands(high, wide, max(self.inputs, self.outputs)):
            yield slice(first, first + rows), self._band(picture[None], first, rows, scratch)[0]

    def whole(self, pictures: "Tensor", scratch: Scratch) -> "Tensor":
        """What comes of `pictures` (n, h + 2, w + 2, c) at once: (n, rows, t, across, t, o), as a band is."""
        return self._band(pictures, 0, self._tiling.size(pictures)[0], scratch)

    def _band(self, pictures: "Tensor", first: int, rows: int, scratch: Scratch) -> "Tensor":
        import torch

        seen = self._tiling.tiles(pictures, first, rows, scratch)
        products = scratch.take("products", *seen.shape[:2], self.outputs)
        torch.bmm(seen, self._weight, out=products)
        band = pixels(products, self._after, len(pictures), rows, scratch)
        return band if self._bias is None else band.add_(self._bias)


class VolumeFilter:
    """A convolution of 3 x 3 x 3 with weights (o, c, 3, 3, 3): tiles in height and width, plain sums in depth."""

    def __init__(self, weight: "Tensor", bias: "Tensor") -> None:
        self.outputs, self.inputs = weight.shape[:2]
        self._before, self._at, self._behind = (transformed_weight(part) for part in weight.unbind(2))
        self._bias = bias.detach().clone()
        self._tiling, self._after = tiling(), after()

    def bands(self, volume: "Tensor", scratch: Scratch) -> "Iterator[tuple[slice, Tensor]]":
        """As `Filter.bands`, of `volume` (d, h + 2, w + 2, c), not negative: bands are (d, rows, 4, across, 4, o)."""
        import torch

        depth = len(volume)
        high, wide = self._tiling.size(volume)
        for first, rows in _bands(high, wide, depth * max(self.inputs, self.outputs)):
            seen, slice_ = self._tiling.tiles(volume, first, rows, scratch), rows * wide
            products = scratch.take("products", len(seen), depth * slice_, self.outputs)
            torch.bmm(seen, self._at, out=products)
            products[:, slice_:].baddbmm_(seen[:, :-slice_], self._before)
            products[:, :-slice_].baddbmm_(seen[:, slice_:], self._behind)
            band = pixels(products, self._after, depth, rows, scratch)
            yield slice(first, first + rows), band.add_(self._bias).relu_()


def tiled(picture: "Tensor", tile: int = TILE) -> "Tensor":
    """(..., h / t, t, w / t, t, c): a view of `picture` (..., h, w, c), or of what is in the border, as bands lie."""
    return picture.unflatten(-2, (-1, tile)).unflatten(-4, (-1, tile))


def _bands(high: int, wide: int, channels: int) -> "list[tuple[int, int]]":
    rows = max(1, min(high, VALUES_AT_ONCE // (channels * wide)))
    return [(first, min(rows, high - first)) for first in range(0, high, rows)]


def _times(matrix: "Tensor", values: "Tensor", put: "Tensor") -> None:
    import torch

    torch.matmul(matrix, values, out=put)


@cache
def after(tile: int = TILE) -> "Tensor":
    """(t, r) of the products."""
    import torch

    return torch.from_numpy(transforms(tile).after).float()
