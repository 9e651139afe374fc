"""Convolutions of 3 x 3 on a processor by Winograd's minimal filtering, where PyTorch brings it along.

F(6 x 6, 3 x 3) needs 64 products where the plain sum needs 324 (Lavin and Gray 2016, arXiv:1509.09308); NNPACK, which
PyTorch contains, computes it. Its rounding errors are some six times those of the plain sum in fp32.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import Tensor

SHORTEST_SIDE: Final = 24
FEWEST_CHANNELS: Final = 32
"""Below either of these the transforms take longer than what they save."""


def has_winograd() -> bool:
    """Whether this machine's PyTorch can."""
    import torch

    return hasattr(torch, "_nnpack_spatial_convolution") and bool(torch._nnpack_available())


def convolved(x: "Tensor", weight: "Tensor", bias: "Tensor | None", *, winograd: bool = False) -> "Tensor":
    """`x` (n, c, h, w) by `weight` (o, c, k, k), zeros around it, to (n, o, h, w). `winograd`: where it pays."""
    import torch
    from torch.nn import functional

    side = weight.shape[-1]
    pays = side == 3 and min(x.shape[-2:]) >= SHORTEST_SIDE and min(weight.shape[:2]) >= FEWEST_CHANNELS
    if winograd and pays and x.dtype == torch.float32 and x.device.type == "cpu":
        return torch._nnpack_spatial_convolution(x.contiguous(), weight.contiguous(), bias, padding=1)
    return functional.conv2d(x, weight, bias, padding=side // 2)
