"""A picture from features: layers whose scale and offset are read from a map (SPADE).

T. Park and others (2019), *Semantic image synthesis with spatially-adaptive normalization*; layers and keys as in
github.com/OpenTalker/SadTalker, `src/facerender/modules/generator.py` and `util.py`.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

MAP: Final = 256
HIDDEN: Final = 128
WIDTH: Final = 512
MIDDLE: Final = 6
SLOPE: Final = 0.2
EPSILON: Final = 1e-5


class SpadeDecoder(nn.Module):  # type: ignore[misc]
    """`forward(features)`: (n, 256, h, w) to RGB (n, 3, 4 h, 4 w) in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Conv2d(MAP, WIDTH, 3, padding=1)
        for index in range(MIDDLE):
            self.add_module(f"G_middle_{index}", SpadeBlock(WIDTH, WIDTH))
        self.up_0 = SpadeBlock(WIDTH, 256)
        self.up_1 = SpadeBlock(256, 64)
        self.conv_img = nn.Conv2d(64, 3, 3, padding=1)

    def forward(self, features: "Tensor") -> "Tensor":
        x = self.fc(features)
        for index in range(MIDDLE):
            x = getattr(self, f"G_middle_{index}")(x, features)
        for block in (self.up_0, self.up_1):
            x = functional.interpolate(x, scale_factor=2)
            x = block(x, functional.interpolate(features, size=x.shape[2:]))
        return torch.sigmoid(self.conv_img(functional.leaky_relu_(x, SLOPE)).float())


class SpadeBlock(nn.Module):  # type: ignore[misc]
    """Two layers and what came in, which goes through a layer of its own where the channels change."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_0 = SpectralConv(inputs, outputs, 3)
        self.conv_1 = SpectralConv(outputs, outputs, 3)
        self.norm_0 = Spade(inputs)
        self.norm_1 = Spade(outputs)
        self.conv_s: SpectralConv | None = None
        if inputs != outputs:
            self.conv_s = SpectralConv(inputs, outputs, 1, bias=False)
            self.norm_s = Spade(inputs)

    def forward(self, x: "Tensor", features: "Tensor") -> "Tensor":
        """(n, outputs, h, w) of `x` (n, inputs, h, w) and the map `features` (n, 256, h, w)."""
        normal, kept = normalised(x), x
        if self.conv_s is not None:
            kept = self.conv_s(self.norm_s(normal, features))
        y = self.conv_0(functional.leaky_relu_(self.norm_0(normal, features), SLOPE))
        return self.conv_1(functional.leaky_relu_(self.norm_1(normalised(y), features), SLOPE)).add_(kept)


class Spade(nn.Module):  # type: ignore[misc]
    """Channels of mean 0 and variance 1, scaled and shifted by what the map of their size says."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp_shared = nn.Sequential(nn.Conv2d(MAP, HIDDEN, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(HIDDEN, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(HIDDEN, channels, 3, padding=1)

    def forward(self, normal: "Tensor", features: "Tensor") -> "Tensor":
        shared = self.mlp_shared(features)
        return torch.addcmul(self.mlp_beta(shared), normal, self.mlp_gamma(shared).add_(1.0))


def normalised(x: "Tensor") -> "Tensor":
    """Every channel of (n, c, h, w) to mean 0 and variance 1 over its picture.

    For one picture the norm over a batch is the same, and a processor computes it where the channels lie.
    """
    if len(x) == 1 and x.device.type == "cpu":
        return functional.batch_norm(x, None, None, training=True, eps=EPSILON)
    return functional.instance_norm(x, eps=EPSILON)


class SpectralConv(nn.Module):  # type: ignore[misc]
    """A convolution whose weights are divided by their largest singular value, of which both vectors are stored."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.register_buffer("weight_u", torch.empty(outputs))
        self.register_buffer("weight_v", torch.empty(inputs * kernel * kernel))

    @property
    def weight(self) -> "Tensor":
        flat = self.weight_orig.flatten(1)
        return self.weight_orig / torch.dot(self.weight_u, flat @ self.weight_v)

    def forward(self, x: "Tensor") -> "Tensor":
        return functional.conv2d(x, self.weight, self.bias, padding=self.weight_orig.shape[-1] // 2)
