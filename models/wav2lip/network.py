"""The generator of Wav2Lip: a face whose lower half is hidden, drawn anew to a sound.

K. R. Prajwal, R. Mukhopadhyay, V. P. Namboodiri, C. V. Jawahar (2020), *A lip sync expert is all you need for speech
to lip generation in the wild*; layers and keys as in github.com/Rudrabha/Wav2Lip, `models/wav2lip.py`.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from models.layers import ConvBlock, same, sound_blocks
from models.wav2lip.tiles import FirstGrowth, SummedDoubling, TiledDoubling, TiledResiduals, Workplace

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

LARGE: Final = 2
"""Blocks at the encoder's start, and at the decoder's end, whose pictures are larger than their weights."""


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
        self.large_at_once: int | None = None
        """Frames that go through the layers with large pictures together; None: all."""

    def forward(self, mel: "Tensor", face: "Tensor", top: int = 0) -> "Tensor":
        parts = face.split(self.large_at_once or len(face))
        large = [_seen(self.face_encoder_blocks[:LARGE], part) for part in parts]
        small = _seen(self.face_encoder_blocks[LARGE:], _joined([seen[-1] for seen in large]))
        rows = decoder_rows(top)
        x = self._drawn(slice(0, -LARGE), self.audio_encoder(mel), small, rows)
        starts = x.split(self.large_at_once or len(x))
        last = slice(-LARGE, None)
        return _joined(
            [
                self.output_block(self._drawn(last, start, seen, rows))[:, :, top - 2 * rows[-1] :]
                for start, seen in zip(starts, large, strict=True)
            ]
        )

    def _drawn(self, part: slice, x: "Tensor", seen: "list[Tensor]", rows: tuple[int, ...]) -> "Tensor":
        """`x` after some of the decoder's blocks, joined after each by what the encoder saw at that size."""
        first = 2 * rows[part.start - 1] if part.start else 0
        for block, row in zip(self.face_decoder_blocks[part], rows[part], strict=True):
            x = block(x[:, :, row - first :])
            first = 2 * row
            x = torch.cat([x, seen.pop()[:, :, first:]], dim=1)
        return x


def _seen(blocks: nn.ModuleList, x: "Tensor") -> "list[Tensor]":
    """What comes out of each block."""
    seen = []
    for block in blocks:
        x = block(x)
        seen.append(x)
    return seen


def _joined(parts: "list[Tensor]") -> "Tensor":
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def decoder_rows(top: int) -> tuple[int, ...]:
    """The first row that each block of the decoder must be given, so that rows from `top` on are right.

    A block doubles its rows exactly: row `2 i` on need row `i` on. Each 3 x 3 convolution after that sees one row
    further up, and takes the border of what it is given for the border of the picture: there are two in a block, and
    one in the output. Every first row is even, so that tiles of four rows fit what comes of it.
    """
    rows, valid = [], top - 1
    for _ in range(DOUBLINGS):
        rows.append(max(0, (valid - RESIDUALS) // 4 * 2))
        valid = rows[-1]
    return (0, 0, *reversed(rows))


LARGE_AT_ONCE: Final = 2
"""Frames whose large pictures stay in a processor's cache."""

ENCODER_TILES: Final = {3: 4, 4: 3, 5: 3}
RESIDUAL_TILES: Final = {1: 3, 2: 3, 3: 4, 4: 4, 5: 4, 6: 4}
DOUBLING_TILES: Final = {3: 3, 4: 4}
"""Sides of the tiles in which the residual convolutions of the encoder's blocks are faster, those of the decoder's, and
the decoder's convolutions that double the sides; by the number of the block."""


def on_processor(network: Wav2LipNetwork) -> Wav2LipNetwork:
    """`network`, whose batch norms are folded, with most of its sums in fewer products; changed in place."""
    place = Workplace()
    network.large_at_once = LARGE_AT_ONCE
    blocks = network.face_decoder_blocks
    coders = {"encoder": (network.face_encoder_blocks, ENCODER_TILES), "decoder": (blocks, RESIDUAL_TILES)}
    for name, (coder, tiles) in coders.items():
        for number, tile in tiles.items():
            first, *residuals = coder[number]
            coder[number] = nn.Sequential(first, TiledResiduals(residuals, tile, f"{name} {number}", place))
    blocks[1][0] = FirstGrowth(blocks[1][0])
    blocks[2][0] = SummedDoubling(blocks[2][0], "doubling 2", place)
    for number, tile in DOUBLING_TILES.items():
        blocks[number][0] = TiledDoubling(blocks[number][0], tile, f"doubling {number}", place)
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
