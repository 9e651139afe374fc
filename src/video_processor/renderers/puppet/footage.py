"""Footage with another mouth: head, eyes and body stay as filmed, the lower face follows the sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import RenderError
from avatar.types import Floats, Footage, Image, Portrait, RenderChunk
from video_processor.footage.frames import read_frames, shown_frames
from video_processor.renderers.puppet.calm_mouth import CalmMouth, calm_mouth, pose_of
from video_processor.renderers.puppet.carriage import Carriage, carriage
from video_processor.renderers.puppet.fields import is_empty, lay, resample, smoothstep
from video_processor.renderers.puppet.filmed_inside import (
    FilmedInside,
    best_inside,
    draw_filmed_inside,
    open_frames,
    skin_light,
)
from video_processor.renderers.puppet.filmed_lips import filmed_lips
from video_processor.renderers.puppet.lip_edges import inner_edges
from video_processor.renderers.puppet.lip_warp import Sheets, lip_warp
from video_processor.renderers.puppet.lips import Lips
from video_processor.renderers.puppet.lower_face import LowerFace, lower_face
from video_processor.renderers.puppet.mouth import Mouth, build_mouth, draw_inside
from video_processor.renderers.puppet.own_smile import own_smiles

PARTED: Final = (0.012, 0.05)
"""Over this stretch of opening the footage's own lips count as parted, eye distances."""

LINE_WIDTH, LINE_SHARE = 0.014, 0.5
"""The line of shut lips that were parted in the footage, eye distances, and its strength."""


@dataclass(frozen=True, slots=True)
class FootageSession:
    """Footage ready to be dubbed."""

    portrait: Portrait
    footage: Footage
    track: Carriage
    calm: CalmMouth
    face: LowerFace
    smiles: Floats
    mouth: Mouth
    inside: FilmedInside | None

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, uint8 RGB (H, W, 3)."""
        motion = chunk.own_motion
        shown = shown_frames(self.footage, chunk.first, chunk.count, motion.fps)
        for image, index, shapes in zip(read_frames(self.footage, shown), shown, motion.blendshapes, strict=True):
            yield self.draw(image, int(index), shapes)

    def draw(self, image: Image, index: int, shapes: Floats) -> Image:
        """Frame `index` of the footage, whose picture is `image`, with the mouth of blendshapes (52,)."""
        hold = float(self.track.hold[index])
        if hold == 0:
            return image
        frame = self.track.frame(index)
        calm = self.calm.at(float(self.footage.times[index]), pose_of(frame.turn))
        wanted = self.face.wanted(calm, shapes, self.smiles[index])
        moves = self.face.moves(frame, wanted, hold)
        marks = self.track.landmarks[index].astype(np.float64)
        own_gap = float(np.linalg.norm(marks[13] - marks[14])) / frame.scale - self.calm.seam
        arrived = marks[:, :2] + moves
        parted = float(smoothstep(*PARTED, own_gap))
        sources = inner_edges(image, marks[:, :2], frame.scale, parted)
        sheets = lip_warp(frame, sources, arrived, self.face, self.portrait.size)
        if sheets is None:
            return image
        lips = filmed_lips(frame, arrived, sheets.box, calm, wanted, seam=self.calm.seam, parted=parted)
        return self._composed(image, sheets, lips, parted, skin_light(image, marks, frame.scale))

    def _composed(self, image: Image, sheets: Sheets, lips: Lips, parted: float, light: float) -> Image:
        canvas = image.copy()
        face = canvas[sheets.box]
        upper, lower = (np.ascontiguousarray(resample(image, places)) for places in (sheets.upper, sheets.lower))
        below = np.ascontiguousarray(lips.below())
        face[:] = cv2.blendLinear(lower, upper, below, 1 - below)
        if lips.cover > 0:
            self._lay_inside(canvas, lips, light)
        shut = parted * float(1 - smoothstep(0.0, 0.03, lips.gap))
        if shut > 0:
            lay(face, self.mouth.line, lips.shut_line(LINE_WIDTH) * np.float32(LINE_SHARE * shut))
        return canvas

    def _lay_inside(self, canvas: Image, lips: Lips, light: float) -> None:
        part, place = lips.place()
        if is_empty(part):
            return
        if self.inside is not None:
            colours, cover = draw_filmed_inside(self.inside, lips, part, place, light)
        else:
            colours, cover = draw_inside(self.mouth, place)
        lay(canvas[part], colours, cover * np.float32(lips.cover))


def build_footage_session(portrait: Portrait, footage: Footage) -> FootageSession:
    """Everything that depends only on the footage."""
    known = ~np.isnan(footage.landmarks[:, 0, 0])
    if not known.any():
        raise RenderError("The footage shows no face.")
    track = carriage(footage.landmarks, int(np.flatnonzero(known)[0]))
    calm = calm_mouth(track, footage.times)
    rest = portrait.rest.copy()
    rest[BLENDSHAPE_INDEX["jawOpen"]] = 0.0
    widest = open_frames(track, calm.seam)
    return FootageSession(
        portrait=portrait,
        footage=footage,
        track=track,
        calm=calm,
        face=lower_face(calm.mean, rest),
        smiles=own_smiles(track, calm, footage.duration),
        mouth=build_mouth(portrait),
        inside=best_inside(read_frames(footage, widest), track, widest),
    )
