"""What is laid into a frame of moved skin: the eyes, the lower sheet of skin, the inside of the mouth."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.eyes import Eye, LidState
from video_processor.renderers.puppet.fields import Box, around, common, is_empty, lay, resample, within
from video_processor.renderers.puppet.lip_corners import Fold, corner_box, flatness
from video_processor.renderers.puppet.lips import Lips, OwnInside
from video_processor.renderers.puppet.mouth import Mouth, draw_inside
from video_processor.renderers.puppet.stage import Maps, Stage
from video_processor.renderers.puppet.texture import lay_patch

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
        below = maps.below(box)
        lower = self.stage.texture.at(below)
        share = np.ascontiguousarray(lips.below()[within(box, lips.box)])
        face = canvas[within(box, maps.region)]
        cv2.blendLinear(lower, face, share, 1 - share, dst=face)
        self._flatten_folds(face, maps.above(box), below, share, box)
        if lips.cover > 0:
            self._inside(face, maps.above(box), box)
        if self.own_inside is not None and lips.gap < SHUT_LINE_GAP:
            line = lips.shut_line(SHUT_LINE_WIDTH)[within(box, lips.box)]
            strength = SHUT_LINE_SHARE * (1 - max(lips.gap, 0.0) / SHUT_LINE_GAP)
            lay(face, self.mouth.line, line * np.float32(strength))

    def _flatten_folds(self, face: Image, above: Floats, below: Floats, share: Floats, box: Box) -> None:
        """Takes the shadow from the corners of an open or pursed mouth, in place.

        `share` (h, w): how much of the patch shows the lower sheet.
        """
        flat = flatness(self.lips.gap, self.lips.own_gap, self.lips.narrow)
        if flat == 0:
            return
        origin = np.array([self.lips.box[1].start, self.lips.box[0].start], np.float32)
        for fold, corner in zip(self.folds, self.lips.upper[[0, -1]] + origin, strict=True):
            part = corner_box(corner, self.lips.unit, box)
            if part is None:
                continue
            low = share[part]
            mixed = cv2.blendLinear(below[part], np.ascontiguousarray(above[part]), low, 1 - low)
            places = np.asarray(mixed, np.float32)
            fold.lay_flat(face[part], self.stage.texture.positions(places), flat)

    def _inside(self, face: Image, places: Floats, box: Box) -> None:
        """Draws the inside of the mouth into the patch `face`, in place; `places` are the upper sheet's."""
        hole, place = self.lips.place()
        part = common(hole, box)
        if is_empty(part):
            return
        inside, cover = (
            layer[within(part, hole)] for layer in draw_inside(self.mouth, place, upper_teeth=self.own_inside is None)
        )
        target = within(part, box)
        if self.own_inside is not None:
            seen = self.stage.texture.positions(places[target])
            own = resample(self.own_inside.mask(self.lips.gap), seen, cv2.INTER_LINEAR)
            teeth = self.stage.texture.at(places[target])[..., :3].astype(np.float32)
            blended = cv2.blendLinear(teeth, np.ascontiguousarray(inside), own, 1 - own)
            inside = np.asarray(blended, np.float32)
        lay(face[target], inside, cover * np.float32(self.lips.cover))
