"""The coefficients of a face in a picture: the network of Deep3DFaceRecon, a ResNet-50.

Y. Deng and others (2019), *Accurate 3D face reconstruction with weakly-supervised learning*; layers and keys as in
github.com/OpenTalker/SadTalker, `src/face3d/models/networks.py`.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

SIDE: Final = 224
"""Pixels of a face."""

HEADS: Final = (80, 64, 80, 3, 27, 2, 1)
"""Identity, expression, texture, angles, light, translation across and in depth: 257 in all."""

STAGES: Final = ((64, 3), (128, 4), (256, 6), (512, 3))
GROWTH: Final = 4


class ReconstructionNetwork(nn.Module):  # type: ignore[misc]
    """`forward(face)`: RGB (n, 3, 224, 224) in 0..1 to (n, 257)."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = _ResNet50()
        self.final_layers = nn.ModuleList(nn.Conv2d(STAGES[-1][0] * GROWTH, size, 1) for size in HEADS)

    def forward(self, face: "Tensor") -> "Tensor":
        seen = self.backbone(face)
        return torch.cat([head(seen) for head in self.final_layers], dim=1).flatten(1)


class _ResNet50(nn.Module):  # type: ignore[misc]
    """K. He and others (2015), with the stride in the 3 x 3 convolution, down to the mean of its last map."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, STAGES[0][0], 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(STAGES[0][0])
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        inputs = STAGES[0][0]
        for number, (width, blocks) in enumerate(STAGES, 1):
            first = _Bottleneck(inputs, width, stride=1 if number == 1 else 2)
            inputs = width * GROWTH
            self.add_module(
                f"layer{number}", nn.Sequential(first, *(_Bottleneck(inputs, width) for _ in range(1, blocks)))
            )

    def forward(self, x: "Tensor") -> "Tensor":
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for number in range(1, len(STAGES) + 1):
            x = getattr(self, f"layer{number}")(x)
        return x.mean(dim=(2, 3), keepdim=True)


class _Bottleneck(nn.Module):  # type: ignore[misc]
    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        outputs = width * GROWTH
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: "Tensor") -> "Tensor":
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))
