"""The StyleGAN2 decoder in the form of the clean checkpoints: no blur, learning rates' factors folded in."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import torch
from torch import Tensor, nn

from models.convolution import convolved, doubled_convolved
from models.gfpgan.layers import SLOPE, demodulation, doubled, fits_phases, power_of, rectified

STYLE: Final = 512
"""Numbers in a style vector."""

MAPPING_LAYERS: Final = 8


class ModulatedConvolution(nn.Module):  # type: ignore[misc]
    """A convolution whose input channels a style weighs. Several pictures share one plain convolution.

    For one picture the style goes into the weights; for more of them into the channels of what comes in, and the
    demodulation into those of what goes out: the same sum, without weights for every picture.
    """

    winograd = False
    phases: Tensor | None = None
    power: Tensor | None = None

    def __init__(self, channels: int, out: int, side: int, *, demodulate: bool) -> None:
        super().__init__()
        self.demodulate = demodulate
        self.weight = nn.Parameter(torch.empty(1, out, channels, side, side))
        self.modulation = nn.Linear(STYLE, channels)

    def forward(self, x: Tensor, latent: Tensor, gain: float, bias: Tensor | None, *, up: bool = False) -> Tensor:
        """`x` (n, c, h, w), with `up` twice as large, by `latent` (n, 512), times `gain`, plus `bias` (o,)."""
        in_phases = up and self.phases is not None and fits_phases(x)
        if up and not in_phases:
            x = doubled(x)
        weight, style = self.weight[0], self.modulation(latent)
        scale = gain * demodulation(self._power(), style) if self.demodulate else None
        if len(x) == 1:
            own = _weighed(weight, style, scale)
            if in_phases and self.phases is not None:
                fourfold = None if scale is None else scale.repeat_interleave(4, dim=1)
                return doubled_convolved(x, own, bias, _weighed(self.phases, style, fourfold))
            return convolved(x, own, bias, winograd=self.winograd)
        y = convolved(x * style[:, :, None, None], weight, None, winograd=self.winograd)
        if scale is not None:
            y.mul_(scale[:, :, None, None])
        return y if bias is None else y.add_(bias[:, None, None])

    def keep_power(self) -> None:
        """Of the weights as they are; it is not computed for every picture from here on."""
        self.power = power_of(self.weight.data[0])

    def _power(self) -> Tensor:
        return power_of(self.weight[0]) if self.power is None else self.power


def _weighed(weight: Tensor, style: Tensor, scale: Tensor | None) -> Tensor:
    """`weight` (o, c, k, k) by the style of one picture (1, c), and by `scale` (1, o)."""
    own = weight * style[0, :, None, None]
    return own if scale is None else own.mul_(scale[0, :, None, None, None])


class StyleConvolution(nn.Module):  # type: ignore[misc]
    """A modulated convolution with noise, bias and rectifier."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.modulated_conv = ModulatedConvolution(channels, out, 3, demodulate=True)
        self.weight = nn.Parameter(torch.zeros(1))
        self.bias = nn.Parameter(torch.zeros(1, out, 1, 1))

    def forward(self, x: Tensor, latent: Tensor, noise: Tensor, *, up: bool = False) -> Tensor:
        """(n, c, h, w), with `up` twice as large, to (n, out, ...); `noise` (1, 1, ...) has a learnt strength."""
        y = self.modulated_conv(x, latent, sqrt(2.0), self.bias.flatten(), up=up)
        return rectified(y.add_(noise * self.weight))


class ToColour(nn.Module):  # type: ignore[misc]
    """Features to red, green and blue, added to the picture of half the side."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.modulated_conv = ModulatedConvolution(channels, 3, 1, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))

    def forward(self, x: Tensor, latent: Tensor, before: Tensor | None) -> Tensor:
        y: Tensor = self.modulated_conv(x, latent, 1.0, self.bias.flatten())
        return y if before is None else y.add_(doubled(before))


class StyleDecoder(nn.Module):  # type: ignore[misc]
    """Latents become a picture, bent at every size by what the encoder saw (Wang et al. 2021, arXiv:2101.04061).

    `channels`: of the features at 4, 8, ... pixels. The mapping network is in the checkpoints and is never run: the
    encoder's latents are styles already. Noise is the stored one, so that a picture gives the same picture always.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        layers = [layer for _ in range(MAPPING_LAYERS) for layer in (nn.Linear(STYLE, STYLE), nn.LeakyReLU(SLOPE))]
        self.style_mlp = nn.Sequential(nn.Identity(), *layers)
        self.constant_input = nn.ParameterDict({"weight": torch.zeros(1, channels[0], 4, 4)})
        self.style_conv1 = StyleConvolution(channels[0], channels[0])
        self.to_rgb1 = ToColour(channels[0])
        steps = list(pairwise(channels))
        self.style_convs = nn.ModuleList(
            StyleConvolution(*sides) for few, many in steps for sides in ((few, many), (many, many))
        )
        self.to_rgbs = nn.ModuleList(ToColour(many) for _, many in steps)
        self.noises = nn.Module()
        for index in range(2 * len(steps) + 1):
            side = 4 << ((index + 1) // 2)
            self.noises.register_buffer(f"noise{index}", torch.zeros(1, 1, side, side))

    def forward(self, latents: Tensor, conditions: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """`latents` (n, 2 k + 2, 512) and k pairs of scale and shift (n, c / 2, s, s) to (n, 3, side, side).

        The second half of a layer's channels is scaled and shifted, the first passes as it is.
        """
        x = self.constant_input["weight"].expand(len(latents), -1, -1, -1)
        x = self.style_conv1(x, latents[:, 0], self._noise(0))
        picture: Tensor = self.to_rgb1(x, latents[:, 1], None)
        for step, (scale, shift) in enumerate(conditions):
            at = 2 * step + 1
            x = self.style_convs[2 * step](x, latents[:, at], self._noise(at), up=True)
            bent = x[:, x.shape[1] - scale.shape[1] :]
            bent.mul_(scale).add_(shift)
            x = self.style_convs[2 * step + 1](x, latents[:, at + 1], self._noise(at + 1))
            picture = self.to_rgbs[step](x, latents[:, at + 2], picture)
        return picture

    def _noise(self, index: int) -> Tensor:
        noise: Tensor = self.noises.get_buffer(f"noise{index}")
        return noise
