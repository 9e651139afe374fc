"""From SadTalker's coefficients over time to the pose and expression of keypoints.

Layers and keys as in github.com/OpenTalker/SadTalker, `src/facerender/modules/mapping.py`, which are those of
PIRenderer (Y. Ren and others, 2021).
"""

from typing import TYPE_CHECKING, Final

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

COEFFICIENTS: Final = 70
"""Expression 64, angles 3, translation 3."""

FULL_COEFFICIENTS: Final = 73
"""Of the network for whole pictures: also the scale and the two offsets by which the face was aligned."""

KEYPOINTS: Final = 15
BINS: Final = 66
WIDTH: Final = 1024
LAYERS: Final = 3
SLOPE: Final = 0.1


class MappingNetwork(nn.Module):  # type: ignore[misc]
    """`forward(semantics)`, (n, coefficients, 27): angles as scores of bins and offsets of the keypoints."""

    def __init__(self, coefficients: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(coefficients, WIDTH, 7))
        for index in range(LAYERS):
            layer = nn.Sequential(nn.LeakyReLU(SLOPE), nn.Conv1d(WIDTH, WIDTH, 3, dilation=3))
            self.add_module(f"encoder{index}", layer)
        self.fc_roll = nn.Linear(WIDTH, BINS)
        self.fc_pitch = nn.Linear(WIDTH, BINS)
        self.fc_yaw = nn.Linear(WIDTH, BINS)
        self.fc_t = nn.Linear(WIDTH, 3)
        self.fc_exp = nn.Linear(WIDTH, 3 * KEYPOINTS)

    def forward(self, semantics: "Tensor") -> "dict[str, Tensor]":
        """`yaw`, `pitch` and `roll` (n, 66), `t` (n, 3) and `exp` (n, 45)."""
        x = self.first(semantics)
        for index in range(LAYERS):
            x = getattr(self, f"encoder{index}")(x) + x[:, :, 3:-3]
        x = x.mean(dim=2)
        return {name: getattr(self, f"fc_{name}")(x) for name in ("yaw", "pitch", "roll", "t", "exp")}


def mapping_degrees(scores: "Tensor") -> "Tensor":
    """(n,) degrees in -99..96 of scores (n, 66) of bins three degrees wide."""
    import torch

    bins = torch.arange(BINS, dtype=scores.dtype, device=scores.device)
    return (functional.softmax(scores, dim=1) * bins).sum(dim=1) * 3.0 - 99.0
