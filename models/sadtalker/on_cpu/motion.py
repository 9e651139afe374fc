"""Dense motion on a processor: the same sums in fewer products, for one frame, channels last."""

from typing import TYPE_CHECKING, Any, Final

import torch
from torch.nn import functional

from models.sadtalker.dense_motion import (
    COMPRESSED,
    JOINED,
    KEYPOINT_VARIANCE,
    LEAST_SHARE,
    MOTIONS,
    SEEN,
    UP,
)
from models.sadtalker.on_cpu.decoding import DOUBLED
from models.sadtalker.on_cpu.enlarged import EnlargedFilter, laid_out
from models.sadtalker.on_cpu.spectra import MARGIN, SpectralFilter
from models.sadtalker.on_cpu.warping import shifted
from models.sadtalker.volumes import axis, grid
from models.winograd import TILE, Scratch, VolumeFilter

if TYPE_CHECKING:
    from torch import Tensor

TILED_LEVELS: Final = 4
"""How often the volume is halved by minimal filtering; the last time it has 4 x 4 places and the most channels."""

OCCLUSION_SIDE: Final = 7


class ProcessorMotion:
    """`DenseMotion` for one frame of one source."""

    def __init__(self, network: Any) -> None:
        encoder, decoder = network.hourglass.encoder["down_blocks"], network.hourglass.decoder
        self._down = [VolumeFilter(block.conv.weight, block.conv.bias) for block in encoder[:TILED_LEVELS]]
        self._last_down = encoder[TILED_LEVELS]
        self._up = [EnlargedFilter(block.conv.weight, block.conv.bias) for block in decoder.up_blocks]
        self._joined = VolumeFilter(decoder.conv.weight, decoder.conv.bias)
        self._mask = SpectralFilter(network.mask.weight, network.mask.bias)
        taps = network.occlusion.weight.detach()[0].view(JOINED, -1, OCCLUSION_SIDE**2)
        self._occlusion = taps.transpose(0, 1).contiguous()
        self._occlusion_bias = network.occlusion.bias.detach()

    def __call__(
        self, compressed: "Tensor", driving: "Tensor", source: "Tensor", scratch: Scratch
    ) -> "tuple[Tensor, Tensor, Tensor]":
        """Mask (d, h, w, 16), deformation (d, h, w, 3) and occlusion (h, w, 1), see `Motion`.

        `compressed` (4, d, h, w); keypoints `driving` and `source` (15, 3).
        """
        shape = tuple(compressed.shape[1:])
        shifts = functional.pad(source - driving, (0, 0, 1, 0))
        levels = self._levels(shape, scratch)
        seen = levels[0][:, 1:-1, 1:-1, UP[-1] :].unflatten(3, (MOTIONS, COMPRESSED + 1))
        seen[..., 0, 0] = 0.0
        seen[..., 1:, 0] = heat(driving, shape) - heat(source, shape)
        seen[..., 1:] = shifted(compressed, shifts).permute(2, 3, 4, 0, 1)
        joined = self._hourglass(levels, scratch)
        mask = torch.softmax(self._mask(joined, scratch), dim=3)
        shares = mask.where(mask >= LEAST_SHARE, 0.0)
        deformation = shares @ shifts + shares.sum(dim=3, keepdim=True) * grid(shape, mask)
        return mask, deformation, self._occluded(joined[:, MARGIN:-MARGIN, MARGIN:-MARGIN])

    def _levels(self, shape: "tuple[int, ...]", scratch: Scratch) -> "list[Tensor]":
        """Room for each size of the volume: what comes from below, then what is kept from above, within a border."""
        depth, height, width = shape
        kept = [SEEN, *(kernel.outputs for kernel in self._down)]
        return [
            scratch.bordered(f"level {i}", depth, height >> i, width >> i, above + self._up[-1 - i].outputs)
            for i, above in enumerate(kept)
        ]

    def _hourglass(self, levels: "list[Tensor]", scratch: Scratch) -> "Tensor":
        """(d, h + 6, w + 6, 112), its border zero."""
        for i, kernel in enumerate(self._down):
            above = levels[i][..., self._up[-1 - i].outputs :]
            _halved(kernel, above, levels[i + 1][:, 1:-1, 1:-1, self._up[-2 - i].outputs :], scratch)
        deepest = levels[-1][:, 1:-1, 1:-1, self._up[0].outputs :].permute(3, 0, 1, 2)[None]
        x = self._last_down(deepest)[0].permute(1, 2, 3, 0)
        for enlarged, level in zip(self._up, reversed(levels), strict=True):
            inner = level[:, 1:-1, 1:-1]
            laid_out(enlarged(x), DOUBLED, inner[..., : enlarged.outputs])
            x = inner
        joined = scratch.bordered("joined", *x.shape, margin=MARGIN)
        places = _tiled(joined[:, MARGIN:-MARGIN, MARGIN:-MARGIN], TILE)
        for rows, band in self._joined.bands(levels[0], scratch):
            places[:, rows] = band
        return joined

    def _occluded(self, joined: "Tensor") -> "Tensor":
        """(h, w, 1) of (d, h, w, 112): what each place gives to those around it, then their sums."""
        depth, height, width, channels = joined.shape
        given = torch.bmm(joined.reshape(depth, -1, channels), self._occlusion).sum(dim=0)
        margin = OCCLUSION_SIDE // 2
        columns = given.t().reshape(OCCLUSION_SIDE**2, height, width).flip(0)
        summed = functional.fold(columns.flatten(1)[None], (height, width), OCCLUSION_SIDE, padding=margin)
        return torch.sigmoid(summed[0].permute(1, 2, 0) + self._occlusion_bias)


def heat(keypoints: "Tensor", shape: "tuple[int, ...]") -> "Tensor":
    """(d, h, w, 15): a bell around each keypoint (15, 3)."""
    z, y, x = (
        torch.exp(-0.5 / KEYPOINT_VARIANCE * (axis(size, keypoints)[:, None] - keypoints[:, place]) ** 2)
        for size, place in zip(shape, (2, 1, 0), strict=True)
    )
    return z[:, None, None] * y[:, None] * x


def _halved(kernel: VolumeFilter, volume: "Tensor", put: "Tensor", scratch: Scratch) -> None:
    """What comes of `volume` (d, h + 2, w + 2, c), every four places their mean, into `put` (d, h / 2, w / 2, o)."""
    places = _tiled(put, TILE // 2)
    for rows, band in kernel.bands(volume, scratch):
        pairs = band[:, :, 0::2] + band[:, :, 1::2]
        places[:, rows] = (pairs[..., 0::2, :] + pairs[..., 1::2, :]).mul_(0.25)


def _tiled(volume: "Tensor", side: int) -> "Tensor":
    """(d, h / s, s, w / s, s, c) as a view of (d, h, w, c)."""
    _, height, width, _ = volume.shape
    return volume.unflatten(2, (width // side, side)).unflatten(1, (height // side, side))
