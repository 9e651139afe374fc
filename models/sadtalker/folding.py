"""Norms that become part of the convolutions before them, where those are attributes of one block."""

from typing import TYPE_CHECKING, Any, Final

from models.acceleration import NORMS, fold

if TYPE_CHECKING:
    from torch.nn import Module

PAIRS: Final = (
    ("conv", "norm"),
    ("compress", "norm"),
    ("conv1", "norm2"),
    *((f"conv{i}", f"bn{i}") for i in (1, 2, 3)),
)
"""Names of a convolution and of the norm that it feeds, in the blocks of SadTalker's networks."""


def folded(network: Any) -> Any:
    """`network` with its batch norms, and the spectral norms of its decoder, in the weights of its convolutions."""
    import torch

    from models.sadtalker.spade import SpectralConv

    for block in list(network.modules()):
        for convolution, norm in PAIRS:
            if type(getattr(block, norm, None)).__name__ in NORMS and hasattr(block, convolution):
                fold(getattr(block, convolution), getattr(block, norm))
                setattr(block, norm, torch.nn.Identity())
        for name, layer in list(block.named_children()):
            if isinstance(layer, SpectralConv):
                setattr(block, name, _plain(layer))
    return network


def _plain(layer: Any) -> "Module":
    import torch

    outputs, inputs, side, _ = layer.weight_orig.shape
    with torch.device("meta"):
        plain = torch.nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=layer.bias is not None)
    plain.weight = torch.nn.Parameter(layer.weight.detach(), requires_grad=False)
    if layer.bias is not None:
        plain.bias = torch.nn.Parameter(layer.bias.detach(), requires_grad=False)
    return plain
