"""The network of `models.visemes.network` in PyTorch, to be trained, and as arrays when it is."""

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar.types import Floats
from models.visemes.mel import MEL_BANDS
from models.visemes.network import AHEAD_STEPS, DILATIONS, OUTPUTS, STEP_FRAMES, TAPS
from scripts.training.examples import CLASS_COUNT

CHANNELS: Final = 96


class LipNetwork(nn.Module):  # type: ignore[misc]
    """Levelled log-mel (batch, frames, 64) to lips (batch, frames, 19) and phone classes (batch, frames, classes)."""

    def __init__(self) -> None:
        super().__init__()
        widths = [STEP_FRAMES * MEL_BANDS] + [CHANNELS] * len(DILATIONS)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(widths[i], CHANNELS, TAPS, dilation=dilation) for i, dilation in enumerate(DILATIONS)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(CHANNELS) for _ in DILATIONS)
        self.head = nn.Linear(CHANNELS, STEP_FRAMES * OUTPUTS)
        self.phones = nn.Linear(CHANNELS, STEP_FRAMES * CLASS_COUNT)
        for layer in (self.head, self.phones):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, levelled: Tensor) -> tuple[Tensor, Tensor]:
        batch, frames, _ = levelled.shape
        x = levelled.reshape(batch, frames // STEP_FRAMES, -1).transpose(1, 2)
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            ahead = AHEAD_STEPS[index]
            padded = functional.pad(x, ((TAPS - 1) * DILATIONS[index] - ahead, ahead))
            new = torch.relu(norm(convolution(padded)))
            x = new if index == 0 else x + new
        x = x.transpose(1, 2)
        lips, phones = self.head(x), self.phones(x)
        return lips.reshape(batch, frames, OUTPUTS), phones.reshape(batch, frames, CLASS_COUNT)


def arrays(network: LipNetwork, shapes: Floats) -> dict[str, Floats]:
    """What `models.visemes.weights` reads: convolutions with their batch norms folded in, head, `shapes` (15, 2)."""
    found: dict[str, Any] = {}
    for index, (convolution, norm) in enumerate(zip(network.convolutions, network.norms, strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = convolution.weight * scale[:, None, None]
        found[f"layer{index}.weight"] = weight.permute(2, 1, 0).reshape(-1, CHANNELS)
        found[f"layer{index}.bias"] = (convolution.bias - norm.running_mean) * scale + norm.bias
    found["head.weight"] = network.head.weight.T
    found["head.bias"] = network.head.bias
    folded = {name: np.ascontiguousarray(value.detach().numpy(), np.float32) for name, value in found.items()}
    return {**folded, "shapes": shapes}
