"""The decoder's blocks on a processor: the same sums in fewer products, in memory that is used again and again."""

import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import nn

from models.winograd import Filter, Scratch, Tiling, minimal, pixels, tiled, weight_by

if TYPE_CHECKING:
    from torch import Tensor

DOUBLING_POINTS: Final = {3: (0.0, 1.0, -1.0), 4: (0.0, 0.75, -0.75, 1.5)}
"""For the odd pixels that tiles of so many become, by the side of the tile; and infinity."""


class Workplace:
    """Memory that the blocks of a network work in, for each thread its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def scratch(self) -> Scratch:
        if not hasattr(self._local, "scratch"):
            self._local.scratch = Scratch()
        found: Scratch = self._local.scratch
        return found

    def bordered(self, name: str, x: "Tensor", tile: int = 1) -> "Tensor":
        """(n, h' + 2, w' + 2, c): `x` (n, c, h, w) within zeros: one, and up to a multiple of `tile` behind the end."""
        count, channels, *sides = x.shape
        height, width = sides
        whole = self.scratch.bordered(f"{name} {sides}", count, *(-(-side // tile) * tile for side in sides), channels)
        whole[:, 1 : 1 + height, 1 : 1 + width].copy_(x.permute(0, 2, 3, 1))
        return whole


def inside(bordered: "Tensor") -> "Tensor":
    return bordered[..., 1:-1, 1:-1, :]


class TiledResiduals(nn.Module):  # type: ignore[misc]
    """What residual blocks of 3 x 3 do one after another, batch norms folded, to pictures whose sides `tile` divides.

    What `forward` gives, channels last, stays until a block of this `name` is called again in this thread.
    """

    def __init__(self, blocks: Any, tile: int, name: str, place: Workplace) -> None:
        super().__init__()
        convolutions = [block.conv_block[0] for block in blocks]
        self._filters = [Filter(made.weight, made.bias, tile=tile) for made in convolutions]
        self._tile, self._name, self._place = tile, name, place

    def forward(self, x: "Tensor") -> "Tensor":
        whole = self._place.bordered(self._name, x)
        inner = inside(whole)
        places = tiled(inner, self._tile)
        for made in self._filters:
            places.add_(made.whole(whole, self._place.scratch)).relu_()
        return inner.permute(0, 3, 1, 2)


class TiledDoubling(nn.Module):  # type: ignore[misc]
    """What a block does that doubles the sides, batch norm folded, in tiles of `tile` x `tile` of what comes in.

    A transposed convolution by taps `k`: of pixel `i`, pixel `2 i` is `k1 x(i)`, pixel `2 i + 1` is
    `k2 x(i) + k0 x(i + 1)`. The odd ones are sums of two taps, so that a tile of `t` takes `2 t + 1` products each way
    where the plain sums take `3 t`.
    """

    def __init__(self, block: Any, tile: int, name: str, place: Workplace) -> None:
        super().__init__()
        convolution = block.conv_block[0]
        before, weights, after = doubling(tile)
        self._weight = weight_by(weights, convolution.weight)
        self._bias = convolution.bias.detach().clone()
        self._tiling, self._after = Tiling(before, tile), torch.from_numpy(after).float()
        self._name, self._place = name, place

    def forward(self, x: "Tensor") -> "Tensor":
        scratch, outputs = self._place.scratch, self._weight.shape[2]
        (height, width), tile = x.shape[2:], self._tiling.step
        pictures = self._place.bordered(self._name, x, tile)[:, 1:, 1:]
        rows, across = self._tiling.size(pictures)
        seen = self._tiling.tiles(pictures, 0, rows, scratch)
        products = scratch.take("products", *seen.shape[:2], outputs)
        torch.bmm(seen, self._weight, out=products)
        found = pixels(products, self._after, len(x), rows, scratch).add_(self._bias).relu_()
        whole = found.reshape(len(x), 2 * tile * rows, 2 * tile * across, outputs)
        return whole[:, : 2 * height, : 2 * width].permute(0, 3, 1, 2)


TAPS_OF: Final = {(0, 0): slice(1, 2), (0, 1): slice(0, 2), (1, 0): slice(1, 3), (1, 1): slice(0, 4)}
"""What the four pixels that one becomes see of the one on the right, itself, the one below, and the one beside that."""

SEEN_AT: Final[tuple[tuple[int, int], ...]] = ((0, 1), (0, 0), (1, 0), (1, 1))


class SummedDoubling(nn.Module):  # type: ignore[misc]
    """The same by a product of matrices for each of the four pixels that one becomes: for few pixels, many channels."""

    def __init__(self, block: Any, name: str, place: Workplace) -> None:
        super().__init__()
        convolution = block.conv_block[0]
        self._bias = convolution.bias.detach().clone()
        taps = {0: (1,), 1: (2, 0)}
        weight = convolution.weight.detach()
        self._weights = {
            (down, across): torch.cat([weight[:, :, taps[down][y], taps[across][x]] for y, x in SEEN_AT[seen]])
            for (down, across), seen in TAPS_OF.items()
        }
        self._name, self._place = name, place

    def forward(self, x: "Tensor") -> "Tensor":
        count, channels, height, width = x.shape
        whole = self._place.bordered(self._name, x)
        shifted = [whole[:, 1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in SEEN_AT]
        flat = torch.stack(shifted, dim=3).view(-1, len(SEEN_AT), channels)
        drawn = torch.empty(count, 2 * height, 2 * width, len(self._bias))
        for (down, across), taps in TAPS_OF.items():
            found = torch.addmm(self._bias, flat[:, taps].flatten(1), self._weights[down, across])
            torch.clamp_min(found.view(count, height, width, -1), 0, out=drawn[:, down::2, across::2])
        return drawn.permute(0, 3, 1, 2)


class FirstGrowth(nn.Module):  # type: ignore[misc]
    """What a block does that makes 3 x 3 pixels of one, batch norm folded: one product of matrices."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        convolution = block.conv_block[0]
        inputs, self._outputs = convolution.weight.shape[:2]
        self._side = convolution.weight.shape[2]
        self._weight = convolution.weight.detach().permute(0, 2, 3, 1).reshape(inputs, -1)
        self._bias = convolution.bias.detach().repeat(self._side**2)

    def forward(self, x: "Tensor") -> "Tensor":
        grown = torch.addmm(self._bias, x.flatten(1), self._weight).relu_()
        return grown.view(-1, self._side, self._side, self._outputs).permute(0, 3, 1, 2)


def doubling(tile: int) -> tuple[Any, Any, Any]:
    """`before` (2 t + 1, t + 1), `weights` (2 t + 1, 3), `after` (2 t, 2 t + 1): the odd pixels, then the even."""
    odd, same = minimal(DOUBLING_POINTS[tile], 2), np.eye(tile)
    points = tile + 1
    before = np.vstack([odd.before, np.pad(same, ((0, 0), (0, 1)))])
    weights = np.zeros((points + tile, 3))
    weights[:points, [2, 0]], weights[points:, 1] = odd.weights, 1.0
    after = np.zeros((2 * tile, points + tile))
    after[1::2, :points], after[::2, points:] = odd.after, same
    return before, weights, after
