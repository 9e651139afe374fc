"""Blocks that SadTalker's keypoint detector and generator are made of, and the grid that both measure by.

Keys as in github.com/OpenTalker/SadTalker, `src/facerender/modules/util.py`, whose networks are those of an unofficial
face-vid2vid (T.-C. Wang and others, 2021, *One-shot free-view neural talking-head synthesis for video conferencing*).
"""

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


class Down2d(nn.Module):  # type: ignore[misc]
    """Convolution, batch norm, ReLU, then every four pixels become their mean."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: "Tensor") -> "Tensor":
        return functional.avg_pool2d(functional.relu(self.norm(self.conv(x))), 2)


class Same2d(nn.Module):  # type: ignore[misc]
    """Convolution, batch norm, and a ReLU that lets `slope` of what is negative through."""

    def __init__(self, inputs: int, outputs: int, slope: float = 0.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)
        self.slope = slope

    def forward(self, x: "Tensor") -> "Tensor":
        return functional.leaky_relu(self.norm(self.conv(x)), self.slope)


class Down3d(nn.Module):  # type: ignore[misc]
    """Height and width halve, depth stays."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: "Tensor") -> "Tensor":
        y = functional.relu(self.norm(self.conv(x)))
        return functional.avg_pool2d(y.flatten(1, 2), 2).unflatten(1, y.shape[1:3])


class Up3d(nn.Module):  # type: ignore[misc]
    """Height and width double, each pixel four times, depth stays."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: "Tensor") -> "Tensor":
        return functional.relu(self.norm(self.conv(functional.interpolate(x, scale_factor=(1, 2, 2)))))


class Residual3d(nn.Module):  # type: ignore[misc]
    """Norm, ReLU, convolution, twice, and what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm3d(channels)
        self.norm2 = nn.BatchNorm3d(channels)

    def forward(self, x: "Tensor") -> "Tensor":
        y = self.conv1(functional.relu(self.norm1(x)))
        return self.conv2(functional.relu(self.norm2(y))) + x


def axis(size: int, like: "Tensor") -> "Tensor":
    """(size,) from -1 to 1, both ends included."""
    return 2.0 * torch.arange(size, dtype=torch.float32, device=like.device) / (size - 1) - 1.0


def grid(shape: "tuple[int, int, int]", like: "Tensor") -> "Tensor":
    """(depth, height, width, 3) of x, y, z."""
    z, y, x = torch.meshgrid(*(axis(size, like) for size in shape), indexing="ij")
    return torch.stack([x, y, z], dim=-1)
