"""The part of the output that moves in a frame, and where each of its pixels lies in the portrait."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet.fields import Box, Grid, around, common, grown, ringed, within
from video_processor.renderers.puppet.head import HeadMotion, PosedHead
from video_processor.renderers.puppet.lips import Lips
from video_processor.renderers.puppet.skin import Sheet, Skin
from video_processor.renderers.puppet.texture import Texture, texture

FACE_MARGIN: Final = 0.35
"""How far beyond its place in the picture the face may get, in inter-ocular distances."""

BEYOND: Final = 0.6
"""So much of the person is mirrored past the picture's edges, for heads that come away from them, in inter-ocular
distances."""

ROUNDING_PIXELS: Final = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """`box`: all of the output that can ever move; `seen`: the part of it that the face reaches, and its grid."""

    head: HeadMotion
    skin: Skin
    texture: Texture
    box: Box
    seen: Box
    face: Grid
    nodes: Floats

    def plan(self, weights: Floats, head: PosedHead, lips: Lips) -> "Plan":
        """Head and skin composed on the coarse grids."""
        turned = self.head.offsets(head)
        found = self.nodes + self.head.grid.sample(turned, self.nodes)
        upper = found + self._offsets(self.skin.upper, weights, found)
        part = _cells(lips.reach, self.face)
        lower = found[part] + self._offsets(self.skin.lower, weights, found[part])
        under = lips.is_under(self.nodes[part])
        upper[part][under] = lower[under]
        place = self.texture.places
        return Plan(
            self,
            self._region(turned),
            place(self.head.nodes + turned),
            place(upper),
            _part_of(self.face, part),
            place(lower),
        )

    def _region(self, turned: Floats) -> Box:
        """All that may differ from the picture: the face, and the head as far as it has moved."""
        furthest = max(float(turned.max()), -float(turned.min()))
        if furthest == 0:
            return self.seen
        head = common(grown(self.head.extent, np.ceil(furthest) + ROUNDING_PIXELS), self.box)
        return around(head, self.seen)

    def _offsets(self, sheet: Sheet, weights: Floats, positions: Floats) -> Floats:
        return sheet.grid.sample(sheet.offsets(weights), positions)


def _cells(box: Box, grid: Grid) -> Box:
    """The cells of `grid` that a box of the picture touches, with two more around them."""
    rows, columns = (
        slice(min(max(0, (s.start - first) // grid.step - 2), n - 1), max(1, min(n, (s.stop - first) // grid.step + 3)))
        for s, first, n in zip(box, (grid.y, grid.x), (grid.rows, grid.columns), strict=True)
    )
    return rows, columns


def _part_of(grid: Grid, cells: Box) -> Grid:
    rows, columns = cells
    return Grid(
        grid.x + columns.start * grid.step,
        grid.y + rows.start * grid.step,
        columns.stop - columns.start,
        rows.stop - rows.start,
        grid.step,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """One frame on the coarse grids: where the nodes of head, face and lower sheet lie in the texture.

    `region`: all of the output that may differ from the picture.
    """

    stage: Stage
    region: Box
    head: Floats
    face: Floats
    lower_grid: Grid
    lower: Floats

    def maps(self, region: Box) -> "Maps":
        """Every pixel of a region that holds all that the face reaches, or is a part of that."""
        seen = common(self.stage.seen, region)
        whole = self.stage.face.expand(self.face, seen)
        if seen != region:
            face, whole = whole, self.stage.head.grid.expand(self.head, region)
            whole[within(seen, region)] = face
        return Maps(region, whole, self.lower_grid, self.lower)


@dataclass(frozen=True, slots=True)
class Maps:
    """Where output pixels lie in the texture: those of `region` (h, w, 2), and round the lips those of the lower sheet.

    Below the lips both are one.
    """

    region: Box
    whole: Floats
    lower_grid: Grid
    lower: Floats

    def above(self, box: Box) -> Floats:
        """The upper sheet over a box of the output within the region."""
        return self.whole[within(box, self.region)]

    def below(self, box: Box) -> Floats:
        """The lower sheet over a box of the output round the lips."""
        return self.lower_grid.expand(self.lower, box)


def reach_of(skin: Skin, portrait: Portrait) -> Box:
    """The part of the output that the face may get to."""
    width, height = portrait.size
    return common(grown(skin.upper.grid.box, FACE_MARGIN * portrait.inter_ocular), (slice(0, height), slice(0, width)))


def build_stage(portrait: Portrait, layer: Image, head: HeadMotion, skin: Skin) -> Stage:
    """`layer` (H, W, 4): the picture with the cover of the person."""
    seen, box = reach_of(skin, portrait), head.reachable
    face = ringed(seen, skin.upper.grid.step)
    return Stage(head, skin, texture(layer, box, round(BEYOND * portrait.inter_ocular)), box, seen, face, face.nodes())
