"""The part of the output that moves in a frame, and where each of its pixels lies in the portrait."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.fields import (
    Box,
    Grid,
    around,
    beside,
    common,
    grown,
    is_empty,
    resample,
    ringed,
    within,
)
from video_processor.renderers.puppet.head import HeadMotion, PosedHead
from video_processor.renderers.puppet.lips import Lips
from video_processor.renderers.puppet.skin import Skin
from video_processor.renderers.puppet.texture import FINENESS, Texture, texture

FACE_MARGIN: Final = 0.35
"""How far beyond its place in the picture the face may get, in inter-ocular distances."""

BEYOND: Final = 0.6
"""So much of the person is mirrored past the picture's edges, for heads that come away from them, in inter-ocular
distances."""

BLOCK_CELLS: Final = 2
"""Whether the texture has anything is told in blocks of so many samples as the pixels of this many of the head's cells.
"""

STILL_PIXELS: Final = 0.02
"""What the head moves by less keeps still."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`box`: all of the output that can ever move; `skin_box`: the part of the portrait whose skin moves by itself.

    `face`: a fine grid over the box, its `nodes`, and their `places` on the head's grid.
    `person` (rows, columns): 0 at nodes of the head's grid with nothing of the person near them, else 1.
    """

    head: HeadMotion
    skin: Skin
    texture: Texture
    box: Box
    skin_box: Box
    face: Grid
    nodes: Floats
    places: Floats
    person: Floats

    def plan(self, weights: Floats, head: PosedHead, lips: Lips) -> "Plan":
        """Head and skin composed on the coarse grids."""
        turned = self.head.offsets(head)
        in_texture, skin_cells, moving_cells = self._carried(turned)
        seen, moves = self._pixels(skin_cells), self._pixels(moving_cells)
        cells = _cells(seen, self.face)
        face = self.face.part(cells)
        part = _cells(lips.reach, face)
        upper, lower = self._laid(turned, weights, lips, cells, part)
        region = seen if is_empty(moves) else moves if is_empty(seen) else around(moves, seen)
        return Plan(self, region, seen, in_texture, face, upper, face.part(part), lower)

    def _carried(self, turned: Floats) -> tuple[Floats, Box, Box]:
        """Where the nodes of the head's grid lie in the texture, and the cells with what may differ from the picture:
        the skin that moves by itself, and what moves of the person.
        """
        if native.kernels is not None:
            (rows, columns), grid, places = self.skin_box, self.head.grid.numbers, np.empty_like(turned)
            box = (rows.start, rows.stop, columns.start, columns.stop)
            found = native.kernels.carried(turned, grid, self.person, STILL_PIXELS, box, self._texture_numbers, places)
            skin, moving = ((slice(top, bottom), slice(left, right)) for top, bottom, left, right in found)
            return places, skin, moving
        in_portrait = self.head.nodes + turned
        return self.texture.places(in_portrait), self._skin_cells(in_portrait), self._moving_cells(turned, in_portrait)

    def _laid(self, turned: Floats, weights: Floats, lips: Lips, cells: Box, part: Box) -> tuple[Floats, Floats]:
        """Where the nodes of some of the face's `cells` lie in the texture, and those of the lower sheet, a `part`."""
        skin, head = self.skin, self.head.grid
        above, below = skin.upper.offsets(weights), skin.lower.offsets(weights)
        if native.kernels is not None:
            face = self.face.part(cells)
            corner, size = (part[0].start, part[1].start), (part[0].stop - part[0].start, part[1].stop - part[1].start)
            upper, lower = np.empty((face.rows, face.columns, 2), np.float32), np.empty((*size, 2), np.float32)
            native.kernels.sheets_laid(
                *(turned, head.numbers, above, skin.upper.grid.numbers, below, skin.lower.grid.numbers),
                *(face.numbers, (*corner, *size), (*lips.down.tolist(), lips.under), self._texture_numbers),
                *(upper, lower),
            )
            return upper, lower
        nodes = self.nodes[cells]
        found = nodes + resample(turned, self.places[cells], cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        upper = found + skin.upper.grid.sample(above, found)
        lower = found[part] + skin.lower.grid.sample(below, found[part])
        under = lips.is_under(nodes[0, part[1], 0], nodes[part[0], :1, 1])
        cv2.copyTo(lower, under.view(np.uint8), dst=upper[part])
        return self.texture.places(upper), self.texture.places(lower)

    @property
    def _texture_numbers(self) -> tuple[int, int, int]:
        return self.texture.x, self.texture.y, FINENESS

    def _skin_cells(self, in_portrait: Floats) -> Box:
        """The head's cells in which skin that moves by itself is seen, those of the nodes given `in_portrait`."""
        rows, columns = self.skin_box
        inside = cv2.inRange(in_portrait, (columns.start, rows.start), (columns.stop, rows.stop))
        return _bounds(inside)

    def _moving_cells(self, turned: Floats, in_portrait: Floats) -> Box:
        """The head's cells in which something of the person moves."""
        places = self.head.grid.index(in_portrait)
        person = cv2.max(self.person, resample(self.person, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE))
        still = cv2.inRange(turned, (-STILL_PIXELS, -STILL_PIXELS), (STILL_PIXELS, STILL_PIXELS))
        return _bounds(((person > 0) & (still == 0)).view(np.uint8))

    def _pixels(self, cells: Box) -> Box:
        """The pixels of the box in some of the head's cells."""
        grid = self.head.grid
        rows, columns = (
            slice(first + s.start * grid.step, first + s.stop * grid.step)
            for s, first in zip(cells, (grid.y, grid.x), strict=True)
        )
        return common((rows, columns), self.box)


def _bounds(mask: Any) -> Box:
    """The smallest box of cells that holds the mask, and one more around it; empty where the mask is."""
    x, y, width, height = cv2.boundingRect(mask)
    if width == 0:
        return slice(0, 0), slice(0, 0)
    return slice(y - 1, y + height + 1), slice(x - 1, x + width + 1)


def _cells(box: Box, grid: Grid) -> Box:
    """The cells of `grid` that a box of the picture touches, with two more around them."""
    rows, columns = (
        slice(min(max(0, (s.start - first) // grid.step - 2), n - 1), max(1, min(n, (s.stop - first) // grid.step + 3)))
        for s, first, n in zip(box, (grid.y, grid.x), (grid.rows, grid.columns), strict=True)
    )
    return rows, columns


@dataclass(frozen=True, slots=True)
class Plan:
    """One frame on the coarse grids: where the nodes of head, face and lower sheet lie in the texture.

    `region`: all of the output that may differ from the picture; `seen`: the part of it that the face covers.
    """

    stage: Stage
    region: Box
    seen: Box
    head: Floats
    face_grid: Grid
    face: Floats
    lower_grid: Grid
    lower: Floats

    def shown(self, region: Box) -> tuple[Image, "Maps"]:
        """The texture over a region (h, w, 4), and where the face's pixels in it lie."""
        canvas = np.empty((region[0].stop - region[0].start, region[1].stop - region[1].start, 4), np.uint8)
        for grid, field, part in self._parts(region):
            self.stage.texture.show(grid, field, part, canvas, within(part, region))
        seen = common(self.seen, region)
        return canvas, Maps(region, seen, self.face_grid, self.face, self.lower_grid, self.lower)

    def paint(self, region: Box, behind: Image, frame: Image) -> None:
        """Draws the texture over what lies `behind` the stage's box (h, w, 4), into a region of the RGB `frame`."""
        rows, columns = self.stage.box
        for grid, field, part in self._parts(region):
            corner = part[0].start - rows.start, part[1].start - columns.start
            self.stage.texture.paint(grid, field, part, behind, corner, frame)

    def _parts(self, region: Box) -> Iterator[tuple[Grid, Floats, Box]]:
        """The parts of a region of which the head or the face tells what is seen there."""
        seen = common(self.seen, region)
        for part in (region,) if is_empty(seen) else beside(seen, region):
            if not is_empty(part):
                yield self.stage.head.grid, self.head, part
        if not is_empty(seen):
            yield self.face_grid, self.face, seen


@dataclass(frozen=True, slots=True)
class Maps:
    """Where output pixels of a `region` lie in the texture, as far as the face covers it (`seen`): its upper sheet on
    the grid `face_grid`, and round the lips the lower one. Below the lips both are one.
    """

    region: Box
    seen: Box
    face_grid: Grid
    face: Floats
    lower_grid: Grid
    lower: Floats

    def above(self, box: Box) -> Floats:
        """The upper sheet over a box of the output within the part that is seen (h, w, 2)."""
        return self.face_grid.expand(self.face, box)

    def below(self, box: Box) -> Floats:
        """The lower sheet over a box of the output round the lips (h, w, 2)."""
        return self.lower_grid.expand(self.lower, box)


def reach_of(skin: Skin, portrait: Portrait) -> Box:
    """The part of the output that the face may get to."""
    width, height = portrait.size
    return common(grown(_skin_box(skin), FACE_MARGIN * portrait.inter_ocular), (slice(0, height), slice(0, width)))


def _skin_box(skin: Skin) -> Box:
    return around(skin.upper.grid.box, skin.lower.grid.box)


def build_stage(portrait: Portrait, layer: Image, head: HeadMotion, skin: Skin) -> Stage:
    """`layer` (H, W, 4): the picture with the cover of the person."""
    box = head.reachable
    face = ringed(box, skin.upper.grid.step)
    nodes = face.nodes()
    layered = texture(layer, box, round(BEYOND * portrait.inter_ocular), BLOCK_CELLS * head.grid.step)
    return Stage(head, skin, layered, box, _skin_box(skin), face, nodes, head.grid.index(nodes), _person(layered, head))


def _person(layered: Texture, head: HeadMotion) -> Floats:
    side = 4 * head.grid.step + 1
    near = cv2.dilate(cv2.extractChannel(layered.fine, 3), np.ones((side, side), np.uint8))
    places = layered.places(head.nodes)
    return np.asarray(resample(near, places, cv2.INTER_NEAREST, cv2.BORDER_REPLICATE) > 0, np.float32)
