"""GFPGAN v1 clean (Wang et al. 2021, arXiv:2101.04061): the network of the checkpoints v1.2, v1.3 and v1.4."""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from models.convolution import phase_weights
from models.gfpgan.decoder import STYLE, ModulatedConvolution, StyleDecoder
from models.gfpgan.layers import SLOPE, Convolution, ResidualBlock, rectified

SIDE: Final = 512
"""Pixels of the pictures that come in and go out."""

DECODER_CHANNELS: Final = (512, 512, 512, 512, 512, 256, 128, 64)
"""At 4, 8, 16, 32, 64, 128, 256 and 512 pixels."""

ENCODER_CHANNELS: Final = tuple(channels // 2 for channels in DECODER_CHANNELS)
STEPS: Final = len(DECODER_CHANNELS) - 1
UP_BY_PHASES: Final = 4
"""From the fifth step on, 64 pixels to 128, enlarging and convolution can be one sum."""


class Gfpgan(nn.Module):  # type: ignore[misc]
    """A U-Net gives a face's latents and, for every size, how a StyleGAN2 decoder is to be bent towards that face.

    The names of its parts are those of the official checkpoints. `toRGB` served the training only.
    """

    def __init__(self) -> None:
        super().__init__()
        down, up = ENCODER_CHANNELS[::-1], ENCODER_CHANNELS[1:]
        self.conv_body_first = Convolution(3, down[0], 1)
        self.conv_body_down = nn.ModuleList(ResidualBlock(many, few, up=False) for many, few in pairwise(down))
        self.final_conv = Convolution(down[-1], down[-1], 3)
        self.conv_body_up = nn.ModuleList(
            ResidualBlock(before, after, up=True) for before, after in pairwise(ENCODER_CHANNELS)
        )
        self.toRGB = nn.ModuleList(Convolution(channels, 3, 1) for channels in up)
        self.final_linear = nn.Linear(down[-1] * 16, (2 * STEPS + 2) * STYLE)
        self.stylegan_decoder = StyleDecoder(DECODER_CHANNELS)
        self.condition_scale = nn.ModuleList(_condition(channels) for channels in up)
        self.condition_shift = nn.ModuleList(_condition(channels) for channels in up)

    def forward(self, faces: Tensor) -> Tensor:
        """Faces (n, 3, 512, 512), RGB in -1..1, aligned as FFHQ's are, restored; about the same range, not clamped."""
        latents, conditions = self.encoded(faces)
        restored: Tensor = self.stylegan_decoder(latents, conditions)
        return restored

    def encoded(self, faces: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Latents (n, 16, 512), and scale and shift (n, c, s, s) at 8, 16, ... 512 pixels."""
        x = rectified(self.conv_body_first(faces))
        seen = []
        for block in self.conv_body_down:
            x = block(x)
            seen.append(x)
        x = rectified(self.final_conv(x))
        latents = self.final_linear(x.reshape(len(x), -1)).view(len(x), -1, STYLE)
        conditions = []
        for step, block in enumerate(self.conv_body_up):
            x = block(x.add_(seen.pop()))
            conditions.append((self.condition_scale[step](x), self.condition_shift[step](x)))
        return latents, conditions


def _condition(channels: int) -> nn.Sequential:
    return nn.Sequential(
        Convolution(channels, channels, 3), nn.LeakyReLU(SLOPE, inplace=True), Convolution(channels, channels, 3)
    )


def lay_channels_last(network: Gfpgan) -> None:
    """The weights that styles change lie as those of its other convolutions do."""
    for part in network.modules():
        if isinstance(part, ModulatedConvolution):
            part.weight.data = part.weight.data[0].contiguous(memory_format=torch.channels_last)[None]
            part.keep_power()


def use_winograd(network: Gfpgan) -> None:
    """Its convolutions take the fast way from here on, which wants channels first. See `models.convolution`."""
    for part in network.modules():
        if isinstance(part, (Convolution, ModulatedConvolution)):
            part.winograd = True
            part.weight.data = part.weight.data.contiguous()
        if isinstance(part, ModulatedConvolution):
            part.keep_power()
        if isinstance(part, ResidualBlock):
            part.by_slices = True
    for block in network.conv_body_up[UP_BY_PHASES:]:
        block.conv2.phases = phase_weights(block.conv2.weight.data)
    for layer in network.stylegan_decoder.style_convs[2 * UP_BY_PHASES :: 2]:
        layer.modulated_conv.phases = phase_weights(layer.modulated_conv.weight.data[0])
