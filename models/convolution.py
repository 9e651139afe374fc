"""Convolutions of 3 x 3 on a processor by Winograd's minimal filtering, where PyTorch brings it along.

F(6 x 6, 3 x 3) needs 64 products where the plain sum needs 324 (Lavin and Gray 2016, arXiv:1509.09308); NNPACK, which
PyTorch contains, computes it. Its rounding errors are some six times those of the plain sum in fp32.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from models.threads import compute_alone

if TYPE_CHECKING:
    from torch import Tensor

SHORTEST_SIDE: Final = 24
FEWEST_CHANNELS: Final = 32
"""Below either of these the transforms take longer than what they save."""


def has_winograd() -> bool:
    """Whether this machine's PyTorch can. Ask before anything is computed so: it also makes NNPACK ready.

    NNPACK's own threads are as many as PyTorch has where it convolves first. They serve one convolution at a time, so
    that is done by a thread that computes alone: then each of several threads computes for itself.
    """
    import torch

    if not hasattr(torch, "_nnpack_spatial_convolution") or not torch._nnpack_available():
        return False
    _make_alone()
    return True


@lru_cache(maxsize=1)
def _make_alone() -> None:
    with ThreadPoolExecutor(1, initializer=compute_alone) as thread:
        thread.submit(_convolve_once).result()


def _convolve_once() -> None:
    import torch

    torch._nnpack_spatial_convolution(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3), None, padding=1)


def convolved(x: "Tensor", weight: "Tensor", bias: "Tensor | None", *, winograd: bool = False) -> "Tensor":
    """`x` (n, c, h, w) by `weight` (o, c, k, k), zeros around it, to (n, o, h, w). `winograd`: where it pays."""
    import torch
    from torch.nn import functional

    side = weight.shape[-1]
    pays = side == 3 and min(x.shape[-2:]) >= SHORTEST_SIDE and min(weight.shape[:2]) >= FEWEST_CHANNELS
    if winograd and pays and x.dtype == torch.float32 and x.device.type == "cpu":
        return torch._nnpack_spatial_convolution(x.contiguous(), weight.contiguous(), bias, padding=1)
    return functional.conv2d(x, weight, bias, padding=side // 2)


FEWEST_PIXELS_TO_ENLARGE: Final = 64
"""Sides from which on enlarging and convolution become one sum."""

PHASES: Final = (
    ((0.75, 0.25, 0.0), (0.25, 0.75, 0.75), (0.0, 0.0, 0.25)),
    ((0.25, 0.0, 0.0), (0.75, 0.75, 0.25), (0.0, 0.25, 0.75)),
)
"""What even and odd pixels of a picture of twice the side are, by the pixel before, that pixel and the one after of the
small picture, and by the three taps: bilinear weights are 1/4 and 3/4."""


def phase_weights(weight: "Tensor") -> "Tensor":
    """(4 o, c, 3, 3) of `weight` (o, c, 3, 3): the four pixels that one pixel becomes, each a sum over small pixels."""
    import torch

    phases = torch.tensor(PHASES, dtype=weight.dtype, device=weight.device)
    mixed = torch.einsum("yak,xbl,ockl->oyxcab", phases, phases, weight)
    return mixed.reshape(-1, *weight.shape[1:]).contiguous()


def doubled_convolved(x: "Tensor", weight: "Tensor", bias: "Tensor | None", phases: "Tensor") -> "Tensor":
    """`x` (1, c, h, w) enlarged to twice the side, bilinear, corners not aligned, then by `weight` (o, c, 3, 3).

    `phases` are its `phase_weights`; the large picture before the convolution is never made. For a processor that
    `has_winograd`.
    """
    import torch

    fourfold = None if bias is None else bias.repeat_interleave(4)
    y = interleaved(torch._nnpack_spatial_convolution(x.contiguous(), phases.contiguous(), fourfold, padding=1))
    for axis in (2, 3):
        for first in (True, False):
            _put_edge(x, weight, bias, y, axis, first=first)
    return y


def interleaved(small: "Tensor") -> "Tensor":
    """(1, o, 2 h, 2 w) of `small` (1, 4 o, h, w) fp32: four pixels that lie one behind the other become a square.

    Pairs are laid side by side as the two parts of complex numbers: runs, where a shuffle goes pixel by pixel.
    """
    import torch

    _, channels, height, width = small.shape
    parts = small.view(channels // 4, 2, 2, height, width)
    squares = small.new_empty(channels // 4, height, 2, width, 2)
    pairs = torch.view_as_complex(squares)
    for row in range(2):
        torch.complex(parts[:, row, 0], parts[:, row, 1], out=pairs[:, :, row])
    return squares.view(1, channels // 4, 2 * height, 2 * width)


def _put_edge(x: "Tensor", weight: "Tensor", bias: "Tensor | None", y: "Tensor", axis: int, *, first: bool) -> None:
    """The two outermost rows or columns: the small picture goes on beyond its edge, the large one does not."""
    from torch.nn import functional

    length = x.shape[axis]
    strip = x.narrow(axis, 0 if first else length - 2, 2)
    large = functional.interpolate(strip, scale_factor=2, mode="bilinear", align_corners=False)
    part = functional.conv2d(large.narrow(axis, 0 if first else 1, 3), weight, bias, padding=1)
    y.narrow(axis, 0 if first else 2 * length - 2, 2).copy_(part.narrow(axis, 0 if first else 1, 2))
