"""Fifteen keypoints of a face in three dimensions, as they would lie if it looked straight ahead.

Layers and keys as in github.com/OpenTalker/SadTalker, `src/facerender/modules/keypoint_detector.py`.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

from models.sadtalker.mapping import KEYPOINTS
from models.sadtalker.volumes import Down2d, Up3d, axis

if TYPE_CHECKING:
    from torch import Tensor

DOWN: Final = (3, 64, 128, 256, 512, 1024)
UP: Final = (1024, 512, 256, 128, 64, 32)
DEPTH: Final = 16
TEMPERATURE: Final = 0.1
LOW_PASS: Final = 13
REDUCTION: Final = 4


class KeypointNetwork(nn.Module):  # type: ignore[misc]
    """`forward(picture)`: RGB (n, 3, size, size) in 0..1 to (n, 15, 3), x, y and z in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 3, LOW_PASS, stride=REDUCTION, padding=LOW_PASS // 2, groups=3, bias=False)
        self.predictor = _Hourglass()
        self.kp = nn.Conv3d(UP[-1], KEYPOINTS, 3, padding=1)

    def forward(self, picture: "Tensor") -> "Tensor":
        heat = self.kp(self.predictor(self.down(picture)))
        share = functional.softmax(heat.flatten(2) / TEMPERATURE, dim=2).view_as(heat)
        depth, height, width = heat.shape[2:]
        places = [
            (share.sum(dim=(2, 3)) @ axis(width, heat)),
            (share.sum(dim=(2, 4)) @ axis(height, heat)),
            (share.sum(dim=(3, 4)) @ axis(depth, heat)),
        ]
        return torch.stack(places, dim=2)


class _Hourglass(nn.Module):  # type: ignore[misc]
    """Down in two dimensions, then channels become depth, then up in three."""

    def __init__(self) -> None:
        super().__init__()
        pairs = enumerate(pairwise(DOWN))
        self.down_blocks = nn.ModuleDict({f"down{i}": Down2d(a, b) for i, (a, b) in pairs})
        self.conv = nn.Conv2d(DOWN[-1], UP[0] * DEPTH, 1)
        pairs = enumerate(pairwise(UP))
        self.up_blocks = nn.ModuleDict({f"up{i}": Up3d(a, b) for i, (a, b) in pairs})

    def forward(self, x: "Tensor") -> "Tensor":
        for block in self.down_blocks.values():
            x = block(x)
        x = self.conv(x).unflatten(1, (UP[0], DEPTH))
        for block in self.up_blocks.values():
            x = block(x)
        return x
