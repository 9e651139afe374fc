"""The generator of Wav2Lip: a face whose lower half is hidden, drawn anew to a sound.

K. R. Prajwal, R. Mukhopadhyay, V. P. Namboodiri, C. V. Jawahar (2020), *A lip sync expert is all you need for speech
to lip generation in the wild*; layers and keys as in github.com/Rudrabha/Wav2Lip, `models/wav2lip.py`.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from models.layers import ConvBlock, same, sound_blocks
from models.wav2lip.winograd import WinogradConv

if TYPE_CHECKING:
    from torch import Tensor

SIDE: Final = 96
"""Pixels of a face."""

MEL_BANDS: Final = 80
MEL_COLUMNS: Final = 16
"""What is heard for a frame: 200 ms."""

FACE_CHANNELS: Final = 6
DOUBLINGS: Final = 5
"""Blocks of the decoder that double the size, from 3 x 3 on."""

RESIDUALS: Final = 2
"""Convolutions in such a block after the one that doubles."""


class Wav2LipNetwork(nn.Module):  # type: ignore[misc]
    """`forward(mel, face)`: mel (n, 1, 80, 16) in -4..4, face (n, 6, 96, 96) in 0..1; gives (n, 3, 96, 96) in 0..1.

    Channels 0-2 of the face are the frame to draw with rows 48-95 black, 3-5 a whole picture of the same face; both,
    and what comes out, are BGR. With `top` only the rows from there on, (n, 3, 96 - top, 96): the same values, for
    the decoder leaves out what they do not depend on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(_face_encoder())
        self.audio_encoder = nn.Sequential(*sound_blocks(1))
        self.face_decoder_blocks = nn.ModuleList(_face_decoder())
        self.output_block = nn.Sequential(ConvBlock(80, 32, 3, 1, 1), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: "Tensor", face: "Tensor", top: int = 0) -> "Tensor":
        seen, x = [], face
        for block in self.face_encoder_blocks:
            x = block(x)
            seen.append(x)
        x = self.audio_encoder(mel)
        first = 0
        for block, row in zip(self.face_decoder_blocks, decoder_rows(top), strict=True):
            x = block(x[:, :, row - first :])
            first = 2 * row
            x = torch.cat([x, seen.pop()[:, :, first:]], dim=1)
        return self.output_block(x)[:, :, top - first :]


def decoder_rows(top: int) -> tuple[int, ...]:
    """The first row that each block of the decoder must be given, so that rows from `top` on are right.

    A block doubles its rows exactly: row `2 i` on need row `i` on. Each 3 x 3 convolution after that sees one row
    further up, and takes the border of what it is given for the border of the picture: there are two in a block, and
    one in the output.
    """
    rows, valid = [], top - 1
    for _ in range(DOUBLINGS):
        rows.append(max(0, (valid - RESIDUALS) // 2))
        valid = rows[-1]
    return (0, 0, *reversed(rows))


WINOGRAD_TILES: Final = {2: 2, 3: 4, 4: 4}
"""Side of the tile for the blocks of the decoder whose residual convolutions it makes faster: at 6, 12 and 24 pixels.

Over 8 frames on an AVX2 processor they took 0.5, 0.5 and 0.8 of the time; with fewer channels they took longer.
"""


def with_winograd(network: Wav2LipNetwork) -> Wav2LipNetwork:
    """`network`, whose batch norms are folded, with the wide convolutions of its decoder in tiles."""
    for number, side in WINOGRAD_TILES.items():
        for block in network.face_decoder_blocks[number][1:]:
            block.conv_block[0] = WinogradConv(block.conv_block[0], side)
    return network


def _face_encoder() -> list[nn.Sequential]:
    """96 -> 48 -> 24 -> 12 -> 6 -> 3 -> 1 pixels."""
    halved = [(16, 32, 2), (32, 64, 3), (64, 128, 2), (128, 256, 2), (256, 512, 1)]
    return [
        nn.Sequential(ConvBlock(FACE_CHANNELS, 16, 7, 1, 3)),
        *(nn.Sequential(ConvBlock(a, b, 3, 2, 1), *same(b, times)) for a, b, times in halved),
        nn.Sequential(ConvBlock(512, 512, 3, 1, 0), ConvBlock(512, 512, 1, 1, 0)),
    ]


def _face_decoder() -> list[nn.Sequential]:
    """1 -> 3 -> 6 -> 12 -> 24 -> 48 -> 96 pixels; what the encoder saw at that size joins after each block."""
    doubled = [(1024, 512), (768, 384), (512, 256), (320, 128), (160, 64)]
    return [
        nn.Sequential(ConvBlock(512, 512, 1, 1, 0)),
        nn.Sequential(ConvBlock(1024, 512, 3, 1, 0, widened=0), *same(512, 1)),
        *(nn.Sequential(ConvBlock(a, b, 3, 2, 1, widened=1), *same(b, RESIDUALS)) for a, b in doubled),
    ]
