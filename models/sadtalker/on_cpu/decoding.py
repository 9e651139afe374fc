"""The SPADE decoder on a processor: the same sums in fewer products, band by band while they are in the cache."""

from typing import TYPE_CHECKING, Any, Final

import torch
from torch.nn import functional

from models.sadtalker.on_cpu.enlarged import FIRST, LAST, WITHIN, EnlargedFilter, laid_out
from models.sadtalker.spade import EPSILON, HIDDEN, MIDDLE, SLOPE
from models.winograd import TILE, Filter, Scratch, tiled

if TYPE_CHECKING:
    from torch import Tensor

DOUBLED: Final = (FIRST, LAST)
QUADRUPLED: Final = (FIRST, WITHIN, LAST)
"""Kinds of pixels in a cell; of a quadrupled one, whose two middle pixels are the same, each kind once."""


class ProcessorDecoder:
    """What `SpadeDecoder` does to one picture, whose channels lie last.

    Biases of convolutions that feed nothing but norms are left out: a norm takes them away.
    """

    def __init__(self, decoder: Any) -> None:
        middle = [getattr(decoder, f"G_middle_{index}") for index in range(MIDDLE)]
        norms = [norm for block in middle for norm in (block.norm_0, block.norm_1)]
        self._enter = Filter(decoder.fc.weight)
        self._shared = Filter(*_joined([norm.mlp_shared[0] for norm in norms]))
        self._middle = [_Block(block) for block in middle]
        self._doubled, self._quadrupled = (
            EnlargedFilter(*_joined([norm.mlp_shared[0] for norm in (block.norm_0, block.norm_1, block.norm_s)]))
            for block in (decoder.up_0, decoder.up_1)
        )
        self._up_0 = _Block(decoder.up_0)
        self._up_1 = _Block(decoder.up_1, merged=True)
        self._last_bias = decoder.up_1.conv_1.bias.detach().clone()
        self._leave = decoder.conv_img

    def __call__(self, features: "Tensor", scratch: Scratch) -> "Tensor":
        """RGB (1, 3, 4 h, 4 w) in 0..1 of `features` (h + 2, w + 2, 256), which have a border of zeros."""
        inner = features[1:-1, 1:-1]
        x = _filtered(self._enter, features, scratch)
        shared = self._hidden(features, scratch)
        for index, block in enumerate(self._middle):
            first = 2 * index * HIDDEN
            x = block(
                x, [shared[..., first : first + HIDDEN], shared[..., first + HIDDEN : first + 2 * HIDDEN]], scratch
            )
        x = self._up_0(x, _maps(self._doubled, inner, DOUBLED, scratch), scratch)
        x = self._up_1(x, _maps(self._quadrupled, inner, QUADRUPLED, scratch), scratch)
        x = functional.leaky_relu_(x.add_(self._last_bias), SLOPE)
        return torch.sigmoid(self._leave(x.permute(2, 0, 1)[None]))

    def _hidden(self, features: "Tensor", scratch: Scratch) -> "Tensor":
        """What all norms of the middle blocks read, with a border."""
        height, width = features.shape[0] - 2, features.shape[1] - 2
        shared = scratch.bordered("shared", height, width, self._shared.outputs)
        places = tiled(shared[1:-1, 1:-1])
        for rows, band in self._shared.bands(features, scratch):
            torch.relu_(places[rows].copy_(band))
        return shared


class _Block:
    """`SpadeBlock` on one picture; where it has a layer of its own for what came in, that is doubled first."""

    def __init__(self, block: Any, *, merged: bool = False) -> None:
        self._doubles = block.conv_s is not None
        self._conv_0, self._conv_1 = Filter(block.conv_0.weight), Filter(block.conv_1.weight)
        self._norm_0 = Filter(*_scale_and_offset(block.norm_0), merged=merged)
        self._norm_1 = Filter(*_scale_and_offset(block.norm_1), merged=merged)
        if self._doubles:
            kept = block.conv_s.weight.detach()[:, :, 0, 0].double()
            gamma, beta = block.norm_s.mlp_gamma, block.norm_s.mlp_beta
            # What a 1 x 1 convolution makes of an offset by 3 x 3 is another convolution of 3 x 3.
            offset = torch.einsum("oi,icyx->ocyx", kept, beta.weight.detach().double()).float()
            offset_bias = (kept @ beta.bias.detach().double()).float()
            weight = torch.cat([gamma.weight.detach(), offset])
            self._norm_s = Filter(weight, torch.cat([gamma.bias.detach() + 1.0, offset_bias]), merged=merged)
            self._kept = kept.t().float().contiguous()

    def __call__(self, x: "Tensor", maps: "list[Tensor]", scratch: Scratch) -> "Tensor":
        """(h, w, o), or of twice that height and width, of `x` (h, w, c) and what the norms read."""
        normal = _normalised(x)
        y = self._scaled(self._norm_0, normal, maps[0], scratch, doubled=self._doubles)
        y = _filtered(self._conv_0, y, scratch)
        kept = self._through(normal, maps[2], scratch) if self._doubles else x
        y = self._scaled(self._norm_1, _normalised(y), maps[1], scratch)
        places = tiled(kept)
        for rows, band in self._conv_1.bands(y, scratch):
            places[rows] += band
        return kept

    def _scaled(
        self, norm: Filter, normal: "Tensor", shared: "Tensor", scratch: Scratch, *, doubled: bool = False
    ) -> "Tensor":
        """`normal` (h, w, c), doubled or not, scaled, shifted and rectified, with a border."""
        factor = 2 if doubled else 1
        height, width, channels = normal.shape
        put = scratch.bordered("scaled", height * factor, width * factor, channels)
        places, given = tiled(put[1:-1, 1:-1]), _cells(normal, factor)
        for rows, band in norm.bands(shared, scratch):
            gamma, beta = (_split(part, factor) for part in (band[..., :channels], band[..., channels:]))
            torch.addcmul(beta, given[rows], gamma, out=beta)
            _split(places[rows], factor).copy_(functional.leaky_relu_(beta, SLOPE))
        return put

    def _through(self, normal: "Tensor", shared: "Tensor", scratch: Scratch) -> "Tensor":
        """What came in, normed, scaled, shifted, and in as many channels as go out."""
        height, width, channels = normal.shape
        put = normal.new_empty(2 * height, 2 * width, self._kept.shape[1])
        places, given = tiled(put), _cells(normal, 2)
        for rows, band in self._norm_s.bands(shared, scratch):
            scaled = given[rows] * _split(band[..., :channels], 2)
            places[rows] = (scaled.flatten(1, 2).flatten(3, 4) @ self._kept) + band[..., channels:]
        return put


def _filtered(kernel: Filter, picture: "Tensor", scratch: Scratch) -> "Tensor":
    put = picture.new_empty(picture.shape[0] - 2, picture.shape[1] - 2, kernel.outputs)
    places = tiled(put)
    for rows, band in kernel.bands(picture, scratch):
        places[rows] = band
    return put


def _maps(kernel: EnlargedFilter, features: "Tensor", order: "tuple[int, ...]", scratch: Scratch) -> "list[Tensor]":
    """What the three norms of a block read, each with a border, `len(order)` times as high and wide."""
    height, width = (side * len(order) for side in features.shape[:2])
    put = scratch.bordered(f"maps of {len(order)}", height, width, kernel.outputs)
    laid_out(kernel(features[None]), order, put[None, 1:-1, 1:-1])
    return list(put.split(HIDDEN, dim=2))


def _normalised(x: "Tensor") -> "Tensor":
    """Every channel of (h, w, c) with mean 0 and variance 1."""
    centred = x - x.mean(dim=(0, 1))
    return centred.mul_(torch.rsqrt(centred.square().mean(dim=(0, 1)).add_(EPSILON)))


def _cells(x: "Tensor", factor: int) -> "Tensor":
    """`x` (h, w, c) in rows of tiles of what it is when enlarged `factor` times, each pixel once."""
    height, width, channels = x.shape
    side = TILE // factor
    return x.view(height // side, side, 1, width // side, side, 1, channels)


def _split(band: "Tensor", factor: int) -> "Tensor":
    """(rows, 4, across, 4, c) as (rows, 4 / f, f, across, 4 / f, f, c)."""
    return band.unflatten(3, (TILE // factor, factor)).unflatten(1, (TILE // factor, factor))


def _scale_and_offset(norm: Any) -> "tuple[Tensor, Tensor]":
    """Weights and biases of `1 + gamma` and `beta` in one."""
    weight, bias = _joined([norm.mlp_gamma, norm.mlp_beta])
    bias[: len(bias) // 2] += 1.0
    return weight, bias


def _joined(convolutions: "list[Any]") -> "tuple[Tensor, Tensor]":
    weight = torch.cat([convolution.weight.detach() for convolution in convolutions])
    return weight, torch.cat([convolution.bias.detach() for convolution in convolutions])
