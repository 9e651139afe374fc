"""A picture that is resampled often: interpolated once to twice its size, then read by cheap linear steps."""

from dataclasses import dataclass
from typing import Any, Final, cast

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.composing import compose
from video_processor.renderers.puppet.fields import Box, Grid, resample

FINENESS: Final = 2

MOST_SAMPLES: Final = 32_767
"""Each way, of a texture that is shown by what is compiled."""

BETWEEN: Final = np.array([[-3, 19, 19, -3]], np.float32) / 32
"""Weights of four samples in a row in the bicubic one (a = -0.75) midway between the inner two."""


@dataclass(frozen=True, slots=True)
class Texture:
    """A part of a picture. `fine` (2 h - 1, 2 w - 1, k): every other sample is a pixel, those between are bicubic.

    `x`, `y`: where the part begins in the picture. `covered` (rows, columns): 0 where no sample of a block of `block`
    samples, nor any of its neighbours, has anything of the fourth channel.
    """

    fine: Image
    x: int
    y: int
    covered: Image | None = None
    block: int = 1

    def at(self, places: Floats) -> Image:
        """The picture at `places` (h, w, 2), in samples of `fine`; past its edges they go on."""
        return np.asarray(resample(self.fine, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.uint8)

    def show(self, grid: Grid, field: Floats, box: Box, canvas: Image, where: Box) -> None:
        """Draws over the part `where` of `canvas` (h, w, 4), in place, what is seen in `box` of the output.

        `field` (rows, columns, 2): where the nodes of `grid` lie, in samples of `fine`; past its edges those go on.
        """
        if native.kernels is None or not self._can_be_shown:
            places, part = grid.expand(field, box), canvas[where]
            cv2.remap(self.fine, places, cast(Any, None), cv2.INTER_LINEAR, part, cv2.BORDER_REPLICATE)
            return
        (height, width), (rows, columns) = self._size, where
        place = canvas.shape[1], rows.start, columns.start
        native.kernels.shown(self.fine, height, width, _seen(grid, field, box), canvas, *place)

    def paint(self, grid: Grid, field: Floats, box: Box, behind: Image, corner: tuple[int, int], frame: Image) -> None:
        """Draws the same over what lies `behind` (h, w, 4), from its `corner` on, into `box` of an RGB `frame`."""
        if native.kernels is None or self.covered is None or not self._can_be_shown:
            (rows, columns), (y, x) = box, corner
            height, width = rows.stop - rows.start, columns.stop - columns.start
            canvas = np.empty((height, width, 4), np.uint8)
            self.show(grid, field, box, canvas, (slice(0, height), slice(0, width)))
            compose(canvas, behind[y : y + height, x : x + width], frame[box])
            return
        (height, width), (down, across), (rows, columns) = self._size, self.covered.shape, box
        native.kernels.painted(
            self.fine,
            height,
            width,
            (self.covered, down, across, self.block),
            _seen(grid, field, box),
            behind,
            behind.shape[1],
            corner[0],
            corner[1],
            frame,
            frame.shape[1],
            rows.start,
            columns.start,
        )

    @property
    def _size(self) -> tuple[int, int]:
        return self.fine.shape[0], self.fine.shape[1]

    @property
    def _can_be_shown(self) -> bool:
        return 2 <= min(self._size) <= max(self._size) <= MOST_SAMPLES

    def lay(self, other: "Texture", places: Floats, canvas: Image) -> None:
        """Draws itself over `canvas` (h, w, 4), in place, wherever the `other`'s `places` (h, w, 2) lie within it."""
        x, y = FINENESS * (other.x - self.x), FINENESS * (other.y - self.y)
        own = cv2.transform(places, np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))
        cv2.remap(self.fine, own, cast(Any, None), cv2.INTER_LINEAR, canvas, cv2.BORDER_TRANSPARENT)

    def places(self, positions: Floats) -> Floats:
        """Positions in the picture (h, w, 2), pixels, in samples of `fine`."""
        affine = np.array([[FINENESS, 0.0, -FINENESS * self.x], [0.0, FINENESS, -FINENESS * self.y]])
        return np.asarray(cv2.transform(positions, affine), np.float32)

    def positions(self, places: Floats) -> Floats:
        """The inverse of `places`."""
        affine = np.array([[1 / FINENESS, 0.0, self.x], [0.0, 1 / FINENESS, self.y]])
        return np.asarray(cv2.transform(places, affine), np.float32)


def _seen(grid: Grid, field: Floats, box: Box) -> native.Field:
    rows, columns = box
    size = rows.stop - rows.start, columns.stop - columns.start
    return field, grid.rows, grid.columns, grid.step, rows.start - grid.y, columns.start - grid.x, *size


def texture(picture: Image, box: Box, beyond: int, block: int) -> Texture:
    """The texture of `box` of a picture (H, W, 4) and `beyond` pixels around it, told of in blocks of `block` samples.

    Past the picture's edges it is mirrored, but only the columns and rows that are covered there.
    """
    wide = np.asarray(cv2.copyMakeBorder(picture, beyond, beyond, beyond, beyond, cv2.BORDER_REFLECT_101), np.uint8)
    edge = cv2.copyMakeBorder(picture[..., 3], beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    wide[..., 3][edge < 255] = 0
    wide[beyond : beyond + picture.shape[0], beyond : beyond + picture.shape[1]] = picture
    rows, columns = (slice(s.start, s.stop + 2 * beyond) for s in box)
    fine = np.ascontiguousarray(refined(wide[rows, columns]))
    return Texture(fine, columns.start - beyond, rows.start - beyond, _covered(fine[..., 3], block), block)


def _covered(cover: Image, block: int) -> Image:
    height, width = (-(-length // block) for length in cover.shape)
    whole = np.zeros((height * block, width * block), np.uint8)
    whole[: cover.shape[0], : cover.shape[1]] = cover
    found = whole.reshape(height, block, width, block).max(axis=(1, 3))
    return np.ascontiguousarray(cv2.dilate(found, np.ones((3, 3), np.uint8)))


def lay_patch(
    patch: Image, box: Box, over: Texture, grid: Grid, field: Floats, seen: Box, canvas: Image, where: Box
) -> None:
    """Draws the picture's part `box` (h, w, 4) over the part `where` of the canvas (H, W, 4), in place.

    `field` (rows, columns, 2): where the nodes of `grid` lie in the texture `over`; `seen`: what of the output `where`
    is.
    """
    (rows, columns), (height, width) = box, patch.shape[:2]
    if native.kernels is None:
        Texture(refined(patch), columns.start, rows.start).lay(over, grid.expand(field, seen), canvas[where])
        return
    x, y = FINENESS * (over.x - columns.start), FINENESS * (over.y - rows.start)
    fine = np.empty((FINENESS * height, FINENESS * width, 4), np.uint8)
    place = (canvas.shape[1], where[0].start, where[1].start)
    native.kernels.lay_patch(patch, height, width, x, y, _seen(grid, field, seen), fine, canvas, *place)


def refined(picture: Image) -> Image:
    """(h, w, 4) to (2 h - 1, 2 w - 1, 4)."""
    height, width = picture.shape[:2]
    wide = np.empty((height, FINENESS * width, 4), np.uint8)
    pixels = wide.view(np.uint32)
    pixels[:, ::2] = picture.view(np.uint32)
    pixels[:, 1::2] = np.asarray(cv2.filter2D(picture, -1, BETWEEN, anchor=(1, 0)), np.uint8).view(np.uint32)
    fine = np.empty((FINENESS * height, FINENESS * width, 4), np.uint8)
    fine[::2] = wide
    fine[1::2] = cv2.filter2D(wide, -1, BETWEEN.T, anchor=(0, 1))
    return fine[:-1, :-1]
