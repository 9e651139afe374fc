"""Networks made ready to compute fast: batch norms folded, channels last, the device's best precision."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from models.computing import Computing, Precision

if TYPE_CHECKING:
    import torch
    from torch.nn import Module

CONVOLUTIONS: Final = ("Conv1d", "Conv2d", "Conv3d", "Linear")
TRANSPOSED: Final = ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
NORMS: Final = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")


def made_ready(network: "Module", computing: Computing) -> "Module":
    """`network`, which holds its weights, on its device: in eval mode, folded, channels last, in its precision."""
    import torch

    network.eval().requires_grad_(requires_grad=False)
    fold_batch_norms(network)
    network.to(device=computing.device, dtype=dtype_of(computing.precision))
    if any(isinstance(module, torch.nn.Conv2d) for module in network.modules()):
        _channels_last(network)
    return network


def compiled(network: "Module", example: Callable[["Module"], object]) -> "Module":
    """`network` by `torch.compile`, warmed up by `example`, which calls it; itself where no compiler works here.

    It takes minutes of the first call. Worth it on a GPU only: on two cores it was no faster than `made_ready` alone.
    """
    import torch

    try:
        faster: Module = torch.compile(network)
        example(faster)
    except Exception:
        torch.compiler.reset()
        example(network)
        return network
    return faster


def dtype_of(precision: Precision) -> "torch.dtype":
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def fold_batch_norms(network: "Module") -> int:
    """Each batch norm that follows a convolution or a linear layer in a sequence becomes part of it; how many did.

    Exact but for rounding: `w' = w g / sqrt(v + e)`, `b' = (b - m) g / sqrt(v + e) + h`.
    """
    import torch

    folded = 0
    for sequence in network.modules():
        if not isinstance(sequence, torch.nn.Sequential):
            continue
        layers = list(sequence.named_children())
        for (_, first), (name, second) in pairwise(layers):
            if type(second).__name__ in NORMS and type(first).__name__ in CONVOLUTIONS + TRANSPOSED:
                fold(first, second)
                setattr(sequence, name, torch.nn.Identity())
                folded += 1
    return folded


def fold(convolution: "Module", norm: Any) -> None:
    """The batch norm `norm`, which `convolution` feeds, becomes part of its weights, computed in double precision."""
    import torch

    with torch.no_grad():
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight: Any = convolution.weight
        shape = [1] * weight.dim()
        shape[1 if type(convolution).__name__ in TRANSPOSED else 0] = -1
        bias = 0.0 if convolution.bias is None else convolution.bias.double()
        shifted = ((bias - norm.running_mean.double()) * scale + norm.bias.double()).to(weight.dtype)
        if type(convolution).__name__ in TRANSPOSED and convolution.groups != 1:
            raise ValueError("A transposed convolution in groups cannot take a batch norm.")
        convolution.weight = torch.nn.Parameter((weight.double() * scale.reshape(shape)).to(weight.dtype), False)
        convolution.bias = torch.nn.Parameter(shifted, False)


def _channels_last(network: "Module") -> None:
    """The weights of convolutions over pictures; those over films keep theirs."""
    import torch

    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
