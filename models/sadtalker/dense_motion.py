"""How every place of the feature volume moves, from keypoints before and after.

Layers and keys as in github.com/OpenTalker/SadTalker, `src/facerender/modules/dense_motion.py`. Grids run from the
middle of the first place to that of the last, while `grid_sample` takes -1 and 1 for the outer edges: so the networks
were trained.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from models.sadtalker.mapping import KEYPOINTS
from models.sadtalker.volumes import Down3d, Up3d, axis, grid

if TYPE_CHECKING:
    from torch import Tensor

FEATURES: Final = 32
DEPTH: Final = 16
COMPRESSED: Final = 4
MOTIONS: Final = KEYPOINTS + 1
"""Of the keypoints, and standing still, which comes first."""

SEEN: Final = MOTIONS * (COMPRESSED + 1)
DOWN: Final = (SEEN, 64, 128, 256, 512, 1024)
UP: Final = (1024, 512, 256, 128, 64, 32)
JOINED: Final = SEEN + UP[-1]
KEYPOINT_VARIANCE: Final = 0.01
LEAST_SHARE: Final = 1e-3
"""Motions with a smaller share of a place have no part in it."""


class Motion(NamedTuple):
    """`mask` (n, 16, d, h, w): the share of each motion; `deformation` (n, d, h, w, 3): where each place comes from.

    `occlusion` (n, 1, h, w) in 0..1: how much of what is there was seen in the source.
    """

    mask: "Tensor"
    deformation: "Tensor"
    occlusion: "Tensor"


class DenseMotion(nn.Module):  # type: ignore[misc]
    """`forward(compressed, driving, source)`: features (1, 4, d, h, w), keypoints (n, 15, 3) and (1, 15, 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.compress = nn.Conv3d(FEATURES, COMPRESSED, 1)
        self.norm = nn.BatchNorm3d(COMPRESSED)
        self.hourglass = _Hourglass()
        self.mask = nn.Conv3d(JOINED, MOTIONS, 7, padding=3)
        self.occlusion = nn.Conv2d(JOINED * DEPTH, 1, 7, padding=3)

    def compressed(self, features: "Tensor") -> "Tensor":
        """(1, 4, d, h, w) of the source's volume (1, 32, d, h, w)."""
        return functional.relu(self.norm(self.compress(features)))

    def forward(self, compressed: "Tensor", driving: "Tensor", source: "Tensor") -> Motion:
        shape = tuple(compressed.shape[2:])
        shifts = functional.pad(source - driving, (0, 0, 1, 0))
        heat = _heat(driving, shape) - _heat(source, shape)
        seen = torch.cat(
            [functional.pad(heat, (0, 0, 0, 0, 0, 0, 1, 0))[:, :, None], self.shifted(compressed, shifts)], dim=2
        )
        joined = self.hourglass(seen.flatten(1, 2).to(compressed.dtype))
        mask = functional.softmax(self.mask(joined).float(), dim=1)
        occlusion = torch.sigmoid(self.occlusion(joined.flatten(1, 2)))
        return Motion(mask, _deformation(mask, shifts), occlusion)

    def shifted(self, compressed: "Tensor", shifts: "Tensor") -> "Tensor":
        """(n, 16, 4, d, h, w): the features as each of the motions `shifts` (n, 16, 3) would move them."""
        count, shape = len(shifts), tuple(compressed.shape[2:])
        places = grid(shape, compressed) + shifts[:, :, None, None, None]
        repeated = compressed.float().expand(count * MOTIONS, -1, -1, -1, -1)
        moved = functional.grid_sample(repeated, places.flatten(0, 1), align_corners=False)
        return moved.unflatten(0, (count, MOTIONS))


def _heat(keypoints: "Tensor", shape: "tuple[int, int, int]") -> "Tensor":
    """(n, 15, d, h, w): a bell around each keypoint."""
    z, y, x = (
        torch.exp(-0.5 / KEYPOINT_VARIANCE * (axis(size, keypoints) - keypoints[:, :, place, None]) ** 2)
        for size, place in zip(shape, (2, 1, 0), strict=True)
    )
    return z[:, :, :, None, None] * y[:, :, None, :, None] * x[:, :, None, None, :]


def _deformation(mask: "Tensor", shifts: "Tensor") -> "Tensor":
    """(n, d, h, w, 3): the places that the motions point to, each by its share."""
    shares = mask.where(mask >= LEAST_SHARE, 0.0)
    moved = torch.einsum("nkdhw,nkc->ndhwc", shares, shifts)
    return moved + shares.sum(dim=1)[..., None] * grid(tuple(mask.shape[2:]), mask)


class _Hourglass(nn.Module):  # type: ignore[misc]
    """(n, 80, d, h, w) to (n, 112, d, h, w): what it makes of it, and what came in."""

    def __init__(self) -> None:
        super().__init__()
        downs = nn.ModuleList(Down3d(a, b) for a, b in pairwise(DOWN))
        self.encoder = nn.ModuleDict({"down_blocks": downs})
        self.decoder = _Decoder()

    def forward(self, x: "Tensor") -> "Tensor":
        kept = [x]
        for block in self.encoder["down_blocks"]:
            kept.append(block(kept[-1]))
        return self.decoder(kept)


class _Decoder(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        inputs = (UP[0], *(2 * width for width in UP[1:-1]))
        self.up_blocks = nn.ModuleList(Up3d(a, b) for a, b in zip(inputs, UP[1:], strict=True))
        self.conv = nn.Conv3d(JOINED, JOINED, 3, padding=1)
        self.norm = nn.BatchNorm3d(JOINED)

    def forward(self, kept: "list[Tensor]") -> "Tensor":
        x = kept.pop()
        for block in self.up_blocks:
            x = torch.cat([block(x), kept.pop()], dim=1)
        return functional.relu(self.norm(self.conv(x)))
