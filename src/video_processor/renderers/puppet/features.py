"""What is laid into a frame of moved skin: the eyes, the lower sheet of skin, the inside of the mouth."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.eyes import Eye, LidState
from video_processor.renderers.puppet.fields import Box, Grid, around, common, is_empty, lay, resample, within
from video_processor.renderers.puppet.lip_corners import Fold, corner_box, flatness
from video_processor.renderers.puppet.lips import Lips, OwnInside
from video_processor.renderers.puppet.mouth import Mouth, draw_inside
from video_processor.renderers.puppet.stage import Maps, Stage
from video_processor.renderers.puppet.texture import FINENESS, lay_patch

SHUT_LINE_GAP, SHUT_LINE_WIDTH, SHUT_LINE_SHARE = 0.02, 0.009, 0.4
"""Under this opening parted lips that have shut get a line of this width, inter-ocular distances, and strength."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one frame. `eyes`: what of them differs from the picture, how, and where it is seen."""

    stage: Stage
    eyes: tuple[tuple[Eye, LidState, Box], ...]
    lips: Lips
    mouth: Mouth
    own_inside: OwnInside | None
    folds: tuple[Fold, ...]

    @property
    def box(self) -> Box:
        """All of the output that `draw` may change."""
        return common(reduce(around, (seen for _, _, seen in self.eyes), self.lips.box), self.stage.box)

    def draw(self, canvas: Image, maps: Maps) -> None:
        """Lays them into `canvas` (h, w, 4), which shows `maps.region`, in place."""
        for eye, state, where in self.eyes:
            seen = common(where, maps.seen)
            if is_empty(seen):
                continue
            part, face = within(seen, maps.region), (maps.face_grid, maps.face)
            lay_patch(eye.draw(state), eye.box, self.stage.texture, *face, seen, canvas, part)
        self._lower_face(canvas, maps)

    def _lower_face(self, canvas: Image, maps: Maps) -> None:
        lips = self.lips
        box = common(lips.box, maps.seen)
        if is_empty(box):
            return
        share = lips.below()[within(box, lips.box)]
        face = canvas[within(box, maps.region)]
        self._lower_sheet(face, maps, share, box)
        self._flatten_folds(face, maps, share, box)
        if lips.cover > 0:
            self._inside(face, maps, box)
        if self.own_inside is not None and lips.gap < SHUT_LINE_GAP:
            line = lips.shut_line(SHUT_LINE_WIDTH)[within(box, lips.box)]
            lay(face, self.mouth.line, line, SHUT_LINE_SHARE * (1 - max(lips.gap, 0.0) / SHUT_LINE_GAP))

    def _lower_sheet(self, face: Image, maps: Maps, share: Floats, box: Box) -> None:
        """Lays the lower sheet over the patch `face` as far as `share` (h, w) says, in place."""
        sheet = self._seen(maps.lower_grid, maps.lower, box)
        if native.kernels is not None:
            native.kernels.blended(face, sheet, share)
            return
        low = np.ascontiguousarray(share)
        cv2.blendLinear(sheet, face, low, 1 - low, dst=face)

    def _seen(self, grid: Grid, field: Floats, box: Box) -> Image:
        """The texture as that field shows it in `box` of the output (h, w, 4)."""
        height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
        canvas = np.empty((height, width, 4), np.uint8)
        self.stage.texture.show(grid, field, box, canvas, (slice(0, height), slice(0, width)))
        return canvas

    def _flatten_folds(self, face: Image, maps: Maps, share: Floats, box: Box) -> None:
        """Takes the shadow from the corners of an open or pursed mouth, in place.

        `share` (h, w): how much of the patch shows the lower sheet.
        """
        lips = self.lips
        flat = flatness(lips.gap, lips.own_gap, lips.narrow)
        if flat == 0:
            return
        for fold, (x, y) in zip(self.folds, lips.upper[:: len(lips.upper) - 1].tolist(), strict=True):
            corner = x + lips.box[1].start, y + lips.box[0].start
            seen = corner_box(corner, lips.unit, box)
            if not is_empty(seen):
                part = within(seen, box)
                self._flatten(fold, face[part], maps, share[part], seen, flat)

    def _flatten(self, fold: Fold, face: Image, maps: Maps, share: Floats, box: Box, flat: float) -> None:
        texture = self.stage.texture
        if native.kernels is not None:
            x, y, lighter = fold.x - texture.x, fold.y - texture.y, (fold.lighter, *fold.lighter.shape[:2])
            sheets = _lattice(maps.face_grid, maps.face, box), _lattice(maps.lower_grid, maps.lower, box)
            native.kernels.flat_fold(face, share, *sheets, lighter, 1 / FINENESS, x, y, flat)
            return
        low = np.ascontiguousarray(share)
        above, below = (np.ascontiguousarray(places) for places in (maps.above(box), maps.below(box)))
        mixed = np.asarray(cv2.blendLinear(below, above, low, 1 - low), np.float32)
        fold.lay_flat(face, texture.positions(mixed), flat)

    def _inside(self, face: Image, maps: Maps, box: Box) -> None:
        """Draws the inside of the mouth into the patch `face`, in place."""
        hole, place = self.lips.place()
        part = common(hole, box)
        if is_empty(part):
            return
        inside, cover = (
            layer[within(part, hole)] for layer in draw_inside(self.mouth, place, upper_teeth=self.own_inside is None)
        )
        if self.own_inside is not None:
            inside = self._own_teeth(self.own_inside, np.ascontiguousarray(inside), maps, part)
        lay(face[within(part, box)], inside, cover, self.lips.cover)

    def _own_teeth(self, own: OwnInside, inside: Floats, maps: Maps, box: Box) -> Floats:
        """The picture's teeth over the `inside` (h, w, 3), which is used up; they go with the upper sheet."""
        texture, mask = self.stage.texture, own.mask(self.lips.gap)
        teeth = self._seen(maps.face_grid, maps.face, box)
        if native.kernels is not None:
            above, x, y = _lattice(maps.face_grid, maps.face, box), own.x - texture.x, own.y - texture.y
            native.kernels.own_teeth(inside, teeth, above, (mask, *mask.shape), 1 / FINENESS, x, y)
            return inside
        seen = cv2.subtract(texture.positions(maps.above(box)), np.array([own.x, own.y, 0.0, 0.0]))
        share = resample(mask, np.asarray(seen, np.float32), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        return np.asarray(cv2.blendLinear(teeth[..., :3].astype(np.float32), inside, share, 1 - share), np.float32)


def _lattice(grid: Grid, field: Floats, box: Box) -> native.Lattice:
    """Of a sheet of skin, from the corner of `box` on."""
    rows, columns = box
    return field, grid.rows, grid.columns, grid.step, rows.start - grid.y, columns.start - grid.x
