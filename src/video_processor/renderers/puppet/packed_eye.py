"""What the compiled loop reads of an eye, each kind in one array."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.fields import Box


@dataclass(frozen=True, slots=True)
class PackedEye:
    """An eye's patch (h, w), or a part of it from `row` and `column` of the whole (H, W) on, for `Kernels.drawn_eye`.

    `maps` (11, h, w), `layers` (3, h, w, 4) with the person's cover, `skins` (4, H, W, 4), `ball` (2 H - 1, 2 W - 1, 4)
    and `measures` without the row and the column: as told there.
    """

    maps: Floats
    layers: Image
    skins: Image
    ball: Image
    measures: tuple[float, ...]
    row: int
    column: int

    def cropped(self, cut: Box) -> "PackedEye":
        """A part of the whole patch."""
        part = (slice(None), *cut)
        maps, layers = np.ascontiguousarray(self.maps[part]), np.ascontiguousarray(self.layers[part])
        return replace(self, maps=maps, layers=layers, row=cut[0].start, column=cut[1].start)

    def draw(self, kernels: native.Kernels, state: tuple[float, ...]) -> Image:
        """The patch (h, w, 4) in a state of which `Kernels.drawn_eye` tells."""
        _, height, width = self.maps.shape
        whole_height, whole_width = self.skins.shape[1:3]
        patch = np.empty((height, width, 4), np.uint8)
        measures, whole = (self.row, self.column, *self.measures), (self.skins, self.ball, whole_height, whole_width)
        kernels.drawn_eye(self.maps, self.layers, height, width, *whole, measures, state, patch)
        return patch


def packed_eye(
    maps: Sequence[Floats],
    layers: Sequence[Image],
    cover: Image,
    skins: Sequence[Image],
    ball: Image,
    measures: tuple[float, ...],
) -> PackedEye:
    """Of a whole patch (H, W): `maps` (H, W), `layers` and `skins` (H, W, 3), `cover` (H, W), `ball` (h, w, 3)."""
    covered = np.stack([np.dstack([layer, cover]) for layer in layers])
    opaque = np.stack([cv2.cvtColor(skin, cv2.COLOR_RGB2RGBA) for skin in skins])
    fine = np.asarray(cv2.cvtColor(ball, cv2.COLOR_RGB2RGBA), np.uint8)
    return PackedEye(np.stack(maps).astype(np.float32), covered, np.asarray(opaque, np.uint8), fine, measures, 0, 0)
