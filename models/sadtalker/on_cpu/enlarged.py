"""Convolutions of 3 x 3 over pictures whose pixels were doubled or quadrupled, computed before they are.

Along one axis such a pixel sees its own cell, and at an edge of that the next cell. With the taps w and the cells x,
those within give `(w0 + w1 + w2) x[i]`, those at the first edge `w0 (x[i-1] - x[i])` besides, those at the last
`w2 (x[i+1] - x[i])`. So three products a cell and axis make all its pixels, nine both ways, where the plain sum takes
36 or 144.
"""

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

WITHIN: Final = 0
FIRST: Final = 1
LAST: Final = 2
KINDS: Final = 3


class EnlargedFilter:
    """Weights (o, c, 3, 3), or (o, c, 3, 3, 3) over volumes whose depth is not enlarged, and a bias (o,)."""

    def __init__(self, weight: "Tensor", bias: "Tensor") -> None:
        kernel = weight.detach().double()
        if kernel.dim() == 4:
            kernel = kernel[:, :, None]
        for axis in (3, 4):
            w0, w1, w2 = kernel.unbind(axis)
            kernel = torch.stack([w0 + w1 + w2, w0, w2], dim=axis)
        ordered = kernel.permute(3, 4, 2, 1, 0).float().contiguous()
        self._weight = ordered.flatten(0, 1)
        self._bias = bias.detach().clone()
        self.outputs = weight.shape[0]

    def __call__(self, cells: "Tensor") -> "Tensor":
        """(3, 3, d, h, w, o), not negative: pixels of each kind, within a cell, at its first and at its last edge.

        The first 3 counts rows, the second columns. `cells` is (d, h, w, c).
        """
        depth, height, width, channels = cells.shape
        taps = self._weight.shape[1]
        margin = taps // 2
        signals = cells.new_zeros(KINDS, KINDS, depth + 2 * margin, height, width, channels)
        deep = signals[:, :, margin : margin + depth]
        _differences(cells, deep[WITHIN])
        padded = torch.nn.functional.pad(deep[WITHIN], (0, 0, 0, 0, 1, 1))
        deep[FIRST] = padded[:, :, :-2] - deep[WITHIN]
        deep[LAST] = padded[:, :, 2:] - deep[WITHIN]
        flat, places = signals.view(KINDS * KINDS, -1, channels), height * width
        products = torch.bmm(flat[:, : depth * places], self._weight[:, 0])
        for tap in range(1, taps):
            products.baddbmm_(flat[:, tap * places : (tap + depth) * places], self._weight[:, tap])
        kinds = products.view(KINDS, KINDS, depth, height, width, self.outputs)
        kinds[WITHIN, WITHIN] += self._bias
        kinds[:, FIRST:] += kinds[:, WITHIN, None]
        kinds[FIRST:] += kinds[WITHIN]
        return kinds.relu_()


def laid_out(kinds: "Tensor", order: "tuple[int, ...]", put: "Tensor") -> None:
    """Into `put` (d, h n, w n, o): each cell as the kinds of pixels in `order`, of which there are n."""
    count = len(order)
    _, height, width, _ = put.shape
    places = put.unflatten(2, (width // count, count)).unflatten(1, (height // count, count))
    for row, down in enumerate(order):
        for column, right in enumerate(order):
            places[:, :, row, :, column] = kinds[down, right]


def _differences(cells: "Tensor", put: "Tensor") -> None:
    """Along the width."""
    padded = torch.nn.functional.pad(cells, (0, 0, 1, 1))
    put[WITHIN] = cells
    torch.sub(padded[:, :, :-2], cells, out=put[FIRST])
    torch.sub(padded[:, :, 2:], cells, out=put[LAST])
