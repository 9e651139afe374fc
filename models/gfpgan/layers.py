"""The parts that encoder and decoder are made of."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.convolution import FEWEST_PIXELS_TO_ENLARGE, convolved, doubled_convolved

SLOPE: Final = 0.2
"""Of every leaky rectifier in the network."""


class Convolution(nn.Conv2d):  # type: ignore[misc]
    """A convolution that keeps the size. With `winograd` by minimal filtering where that pays."""

    winograd = False
    phases: Tensor | None = None

    def __init__(self, channels: int, out: int, side: int, *, bias: bool = True) -> None:
        super().__init__(channels, out, side, padding=side // 2, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, out, h, w)."""
        return convolved(x, self.weight, self.bias, winograd=self.winograd)

    def enlarged(self, x: Tensor) -> Tensor:
        """(n, c, h, w), enlarged to twice the side, to (n, out, 2 h, 2 w)."""
        if self.phases is None or not fits_phases(x):
            return self(doubled(x))
        return doubled_convolved(x, self.weight, self.bias, self.phases)


class ResidualBlock(nn.Module):  # type: ignore[misc]
    """Two convolutions around a change of size: to half the side, or with `up` to twice."""

    by_slices = False

    def __init__(self, channels: int, out: int, *, up: bool) -> None:
        super().__init__()
        self.up = up
        self.conv1 = Convolution(channels, channels, 3)
        self.conv2 = Convolution(channels, out, 3)
        self.skip = Convolution(channels, out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) to (n, out, h / 2, w / 2), or twice the side.

        What has no bias may change places with the interpolation: enlarging comes after the narrowing 1 x 1.
        """
        y = rectified(self.conv1(x))
        if self.up:
            return rectified(self.conv2.enlarged(y)).add_(doubled(self.skip(x)))
        half = halved_by_slices if self.by_slices else halved
        return rectified(self.conv2(half(y))).add_(self.skip(half(x)))


def fits_phases(x: Tensor) -> bool:
    """Whether enlarging it and the convolution after that can be one sum, and should."""
    return len(x) == 1 and min(x.shape[-2:]) >= FEWEST_PIXELS_TO_ENLARGE


def rectified(x: Tensor) -> Tensor:
    """In place."""
    return functional.leaky_relu_(x, SLOPE)


def doubled(x: Tensor) -> Tensor:
    """Twice the side, bilinear, corners not aligned."""
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def halved(x: Tensor) -> Tensor:
    """Half the side: bilinear interpolation between pixels' centres is the mean of four here."""
    return functional.avg_pool2d(x, 2)


def halved_by_slices(x: Tensor) -> Tensor:
    """The same in a third of the time on a processor: rows and columns are added as runs."""
    rows = x.unflatten(2, (-1, 2))
    pairs = (rows[:, :, :, 0] + rows[:, :, :, 1]).unflatten(3, (-1, 2))
    return (pairs[..., 0] + pairs[..., 1]).mul_(0.25)


def power_of(weight: Tensor) -> Tensor:
    """(c, o) fp32: how strongly each output of `weight` (o, c, k, k) hears each input."""
    return weight.float().square().sum((2, 3)).T.contiguous()


def demodulation(power: Tensor, style: Tensor) -> Tensor:
    """The factors (n, o) that give outputs of that `power`, modulated by `style` (n, c), unit variance.

    Karras et al. 2020, arXiv:1912.04958, equation 3.
    """
    return torch.rsqrt(style.float().square() @ power + 1e-8).to(style.dtype)
