"""SadTalker's generator: a source picture, moved to where its keypoints are to be.

Layers and keys as in github.com/OpenTalker/SadTalker, `src/facerender/modules/generator.py`
(`OcclusionAwareSPADEGenerator`).
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from torch import nn
from torch.nn import functional

from models.sadtalker.dense_motion import DEPTH, FEATURES, DenseMotion
from models.sadtalker.spade import MAP, SpadeDecoder
from models.sadtalker.volumes import Down2d, Residual3d, Same2d

if TYPE_CHECKING:
    from torch import Tensor

RESIDUAL_BLOCKS: Final = 6
SLOPE: Final = 0.01


class SourceFeatures(NamedTuple):
    """All that the generator reads from the source alone: its volume (1, 32, 16, h, w), and of it (1, 4, 16, h, w)."""

    volume: "Tensor"
    compressed: "Tensor"


class Generator(nn.Module):  # type: ignore[misc]
    """`features(picture)` once for a source, then `forward(features, driving, source)` for its frames."""

    def __init__(self) -> None:
        super().__init__()
        self.dense_motion_network = DenseMotion()
        self.first = Same2d(3, 64)
        self.down_blocks = nn.ModuleList([Down2d(64, 128), Down2d(128, 256)])
        self.second = nn.Conv2d(256, FEATURES * DEPTH, 1)
        blocks = {f"3dr{index}": Residual3d(FEATURES) for index in range(RESIDUAL_BLOCKS)}
        self.resblocks_3d = nn.ModuleDict(blocks)
        self.third = Same2d(FEATURES * DEPTH, MAP, SLOPE)
        self.fourth = nn.Conv2d(MAP, MAP, 1)
        self.decoder = SpadeDecoder()

    def features(self, picture: "Tensor") -> SourceFeatures:
        """Of an RGB picture (1, 3, size, size) in 0..1; `h` and `w` are a quarter of its size."""
        x = self.first(picture.to(self.second.weight.dtype))
        for block in self.down_blocks:
            x = block(x)
        volume = self.second(x).unflatten(1, (FEATURES, DEPTH))
        for block in self.resblocks_3d.values():
            volume = block(volume)
        return SourceFeatures(volume, self.dense_motion_network.compressed(volume))

    def forward(self, features: SourceFeatures, driving: "Tensor", source: "Tensor") -> "Tensor":
        """RGB (n, 3, size, size) in 0..1 for keypoints `driving` (n, 15, 3) of a source with `source` (1, 15, 3)."""
        motion = self.dense_motion_network(features.compressed, driving, source)
        volume = features.volume.float().expand(len(driving), -1, -1, -1, -1)
        warped = functional.grid_sample(volume, motion.deformation, align_corners=False)
        seen = self.fourth(self.third(warped.flatten(1, 2).to(features.volume.dtype)))
        return self.decoder(seen * motion.occlusion)
