"""SadTalker's generator on a processor: frames one by one, in a third of the products."""

import threading
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from models.sadtalker.dense_motion import DEPTH, FEATURES
from models.sadtalker.generator import SLOPE, SourceFeatures
from models.sadtalker.on_cpu.decoding import ProcessorDecoder
from models.sadtalker.on_cpu.motion import ProcessorMotion
from models.sadtalker.on_cpu.warping import warped
from models.winograd import Filter, Scratch, tiled

if TYPE_CHECKING:
    from torch import Tensor


class ProcessorGenerator:
    """As `Generator`, whose norms are folded, in fp32. Safe for threads: callers wait for the memory they all draw in.

    It takes what it needs out of `generator`, which is of no other use afterwards.
    """

    def __init__(self, generator: Any) -> None:
        self._of_source = generator
        self._motion = ProcessorMotion(generator.dense_motion_network)
        # The depth of a place goes before its channels here.
        weight = generator.third.conv.weight.detach().unflatten(1, (FEATURES, DEPTH)).transpose(1, 2).flatten(1, 2)
        self._third = Filter(weight, generator.third.conv.bias)
        self._fourth = generator.fourth.weight.detach()[:, :, 0, 0].t().contiguous()
        self._fourth_bias = generator.fourth.bias.detach()
        self._decoder = ProcessorDecoder(generator.decoder)
        self._scratch = Scratch()
        self._lock = threading.RLock()
        del generator.decoder, generator.third, generator.fourth, generator.dense_motion_network.hourglass
        del generator.dense_motion_network.mask

    def features(self, picture: "Tensor") -> SourceFeatures:
        """Of an RGB picture (1, 3, size, size) in 0..1: volumes (16, h, w, 32) and (4, 16, h, w)."""
        volume, compressed = self._of_source.features(picture)
        return SourceFeatures(volume[0].permute(1, 2, 3, 0).contiguous(), compressed[0].contiguous())

    def __call__(self, features: SourceFeatures, driving: "Tensor", source: "Tensor") -> "Tensor":
        """RGB (n, 3, size, size) in 0..1 for keypoints `driving` (n, 15, 3) of a source with `source` (1, 15, 3)."""
        with self._lock:
            return torch.cat([self._drawn(features, one, source[0]) for one in driving])

    def motion(self, features: SourceFeatures, driving: "Tensor", source: "Tensor") -> "tuple[Tensor, Tensor, Tensor]":
        """Mask, deformation and occlusion for keypoints (15, 3) after and before, as `ProcessorMotion` gives them."""
        with self._lock:
            return self._motion(features.compressed, driving, source, self._scratch)

    def _drawn(self, features: SourceFeatures, driving: "Tensor", source: "Tensor") -> "Tensor":
        _, deformation, occlusion = self.motion(features, driving, source)
        moved = warped(features.volume, deformation.permute(1, 2, 0, 3)).flatten(2)
        picture = self._within(moved, "moved")
        seen = moved.new_empty(*moved.shape[:2], self._third.outputs)
        places = tiled(seen)
        for rows, band in self._third.bands(picture, self._scratch):
            places[rows] = functional.leaky_relu_(band, SLOPE)
        flat = torch.addmm(self._fourth_bias, seen.flatten(0, 1), self._fourth).view(*seen.shape[:2], -1)
        return self._decoder(self._within(flat.mul_(occlusion), "seen"), self._scratch)

    def _within(self, picture: "Tensor", name: str) -> "Tensor":
        """`picture` (h, w, c) with a border."""
        put = self._scratch.bordered(name, *picture.shape)
        put[1:-1, 1:-1] = picture
        return put
