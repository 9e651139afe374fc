"""Where and how a network computes."""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "bf16", "fp16"]


@dataclass(frozen=True, slots=True)
class Computing:
    """`device` as PyTorch names it: `cpu`, `cuda:0`, `mps`. `batch`: frames at once. `compiled`: by `torch.compile`."""

    device: str = "cpu"
    precision: Precision = "fp32"
    batch: int = 8
    compiled: bool = False
