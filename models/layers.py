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


def same(channels: int, times: int) -> list[ConvBlock]:
    """Residual blocks 3 x 3 that keep size and channels."""
    return [ConvBlock(channels, channels, 3, 1, 1, residual=True) for _ in range(times)]
