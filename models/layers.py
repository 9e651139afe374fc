"""Layers that networks of this field share; their keys are those of the official checkpoints."""

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

Size = int | tuple[int, int]


class ConvBlock(nn.Module):  # type: ignore[misc]
    """Convolution, batch norm, what came in where `residual`, then ReLU; Wav2Lip and its expert are made of it.

    `widened` is the output padding of a transposed convolution; None makes a plain one.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Size,
        stride: Size,
        padding: Size,
        *,
        residual: bool = False,
        widened: int | None = None,
    ) -> None:
        super().__init__()
        if widened is None:
            conv = nn.Conv2d(inputs, outputs, kernel, stride, padding)
        else:
            conv = nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, widened)
        self.conv_block = nn.Sequential(conv, nn.BatchNorm2d(outputs))
        self.residual = residual

    def forward(self, x: "Tensor") -> "Tensor":
        y = self.conv_block(x)
        return (y.add_(x) if self.residual else y).relu_()


def sound_blocks(last: int) -> list[ConvBlock]:
    """What Wav2Lip, its expert and SadTalker hear a mel window with: (n, 1, 80, 16) to (n, 512, 1, 1).

    80 x 16 -> 27 x 16 -> 9 x 6 -> 3 x 3 -> 1; `last` residual blocks at 3 x 3.
    """
    return [
        ConvBlock(1, 32, 3, 1, 1),
        *same(32, 2),
        ConvBlock(32, 64, 3, (3, 1), 1),
        *same(64, 2),
        ConvBlock(64, 128, 3, 3, 1),
        *same(128, 2),
        ConvBlock(128, 256, 3, (3, 2), 1),
        *same(256, last),
        ConvBlock(256, 512, 3, 1, 0),
        ConvBlock(512, 512, 1, 1, 0),
    ]


def same(channels: int, times: int) -> list[ConvBlock]:
    """Residual blocks 3 x 3 that keep size and channels."""
    return [ConvBlock(channels, channels, 3, 1, 1, residual=True) for _ in range(times)]
