"""The puppet: a portrait moved by blendshapes and head pose, with no weights and no GPU.

A frame is made in four steps: the maps of head and skin are composed into one over the part of the picture that
moves, the portrait is resampled once through it (twice below the lip line, for the lower sheet), eyes and the
inside of the mouth are laid in, and all of it over the still background.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import RenderError
from avatar.types import Floats, Image, Portrait, RenderChunk, Size
from video_processor.face_checks import EYES_HIDDEN
from video_processor.renderers.base import RendererCapabilities, RenderSession
from video_processor.renderers.puppet.background import fill_behind, matte
from video_processor.renderers.puppet.eyes import Eye, build_eyes
from video_processor.renderers.puppet.fields import Box, common, overlay, resample, within
from video_processor.renderers.puppet.footage import build_footage_session
from video_processor.renderers.puppet.frame import HeadFrame, head_frame
from video_processor.renderers.puppet.head import PosedHead, head_motion
from video_processor.renderers.puppet.lid_state import lid_state
from video_processor.renderers.puppet.lips import Lips, MouthRig, OwnInside, own_inside
from video_processor.renderers.puppet.mouth import Mouth, build_mouth, draw_inside
from video_processor.renderers.puppet.skin import build_skin
from video_processor.renderers.puppet.stage import Maps, Stage, build_stage, reach_of

VERSION: Final = 2
RIM: Final = 254
"""Covers of 1 to 254 are those of the person's rim; of 0 less 1, as of 255 less 1, is none."""

TONGUE_OUT: Final = BLENDSHAPE_INDEX["tongueOut"]
SHUT_LINE_GAP, SHUT_LINE_WIDTH, SHUT_LINE_SHARE = 0.02, 0.014, 0.55
"""Under this opening parted lips that have shut get a line of this width, inter-ocular distances, and strength."""


class PuppetRenderer:
    """The engine that always works."""

    capabilities = RendererCapabilities(
        name="puppet",
        version=VERSION,
        summary="moves the picture itself: lips, eyes, brows, head; no weights, any CPU",
        alpha=True,
    )

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        """Solves the portrait's fields. The portrait must already have the output's size."""
        if portrait.size != size:
            raise RenderError(f"The portrait is {portrait.size.width}x{portrait.size.height}, not the video's size.")
        return (
            build_session(portrait) if portrait.footage is None else build_footage_session(portrait, portrait.footage)
        )


@dataclass(frozen=True, slots=True)
class PuppetSession:
    """A portrait ready to move.

    `still`: the frame in which nothing moves, RGB, or RGBA where nothing lies behind the person; `behind`: what lies
    there, over the stage's box.
    """

    portrait: Portrait
    frame: HeadFrame
    still: Image
    behind: Image | None
    stage: Stage
    eyes: tuple[Eye, ...]
    mouth: Mouth
    mouth_rig: MouthRig
    own_inside: OwnInside | None

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, uint8 (H, W, 3) RGB, or (H, W, 4) RGBA where nothing lies behind."""
        motion = chunk.own_motion
        for shapes, pose in zip(motion.blendshapes, motion.pose, strict=True):
            yield self.draw(shapes, pose)

    def draw(self, shapes: Floats, pose: Floats) -> Image:
        """One frame for blendshapes (52,) and relative pose (6,)."""
        weights = self.stage.skin.weights(shapes, self.portrait.rest)
        head = self.stage.head.posed(pose)
        lips = self.mouth_rig.follow(self.stage.skin.moved(weights), head, float(shapes[TONGUE_OUT]))
        maps = self.stage.maps(weights, head, lips)
        canvas = self.stage.texture.at(maps.whole)
        self._eyes(canvas, maps, shapes, head)
        self._lower_face(canvas, maps, lips)
        frame = self.still.copy()
        self._over_background(canvas, maps.region, frame[maps.region])
        return frame

    def _eyes(self, canvas: Image, maps: Maps, shapes: Floats, head: PosedHead) -> None:
        for eye, side in zip(self.eyes, ("Right", "Left"), strict=False):
            state = lid_state(side, shapes, self.portrait.rest, self.frame)
            if state.is_still:
                continue
            seen = common(eye.seen(head), maps.region)
            corner = np.array([eye.box[1].start, eye.box[0].start], np.float32)
            places = self.stage.texture.positions(maps.above(seen)) - corner
            overlay(eye.draw(state), places, canvas[within(seen, maps.region)])

    def _lower_face(self, canvas: Image, maps: Maps, lips: Lips) -> None:
        """Lays the lower sheet and the inside of the mouth into `canvas`, in place."""
        box = common(lips.box, self.stage.seen)
        lower = self.stage.texture.at(maps.below(box))
        share = np.ascontiguousarray(lips.below()[within(box, lips.box)])
        face = canvas[within(box, maps.region)]
        face[:] = cv2.blendLinear(lower, np.ascontiguousarray(face), share, 1 - share)
        if lips.cover > 0:
            self._inside(face, maps.above(box), lips, box)
        if self.own_inside is not None and lips.gap < SHUT_LINE_GAP:
            line = lips.shut_line(SHUT_LINE_WIDTH)[within(box, lips.box)]
            _lay(face, self.mouth.line, line[..., None] * np.float32(SHUT_LINE_SHARE * (1 - lips.gap / SHUT_LINE_GAP)))

    def _inside(self, face: Image, places: Floats, lips: Lips, box: Box) -> None:
        """Draws the inside of the mouth into the patch `face`, in place; `places` are the upper sheet's."""
        hole, place = lips.place()
        part = common(hole, box)
        inside, cover = (
            layer[within(part, hole)] for layer in draw_inside(self.mouth, place, upper_teeth=self.own_inside is None)
        )
        target = within(part, box)
        if self.own_inside is not None:
            seen = self.stage.texture.positions(places[target])
            own = resample(self.own_inside.mask(lips.gap), seen, cv2.INTER_LINEAR)[..., None]
            inside = inside * (1 - own) + self.stage.texture.at(places[target])[..., :3] * own
        _lay(face[target], inside, cover[..., None] * np.float32(lips.cover))

    def _over_background(self, canvas: Image, region: Box, frame: Image) -> None:
        """Composes `canvas` over what lies behind it, into `frame`, which is the region of the output."""
        if frame.shape == canvas.shape:
            np.copyto(frame, canvas)
            return
        if self.behind is None:
            cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB, dst=frame)
            return
        cover = cv2.extractChannel(canvas, 3)
        behind = self.behind[within(region, self.stage.box)]
        np.copyto(frame, behind)
        cv2.copyTo(cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB), cover, dst=frame)
        rows, columns = np.divmod(np.flatnonzero(cover - np.uint8(1) < RIM), cover.shape[1])
        share = cover[rows, columns, None].astype(np.float32) * np.float32(1 / 255)
        under = behind[rows, columns]
        frame[rows, columns] = np.rint(under + (canvas[rows, columns, :3] - under.astype(np.float32)) * share)


def _lay(picture: Image, colours: Floats, share: Floats) -> None:
    """Lays `colours` over the first three channels of `picture`, in place; `share` (h, w, 1) in 0..1."""
    mixed = picture[..., :3] * (1 - share) + colours * share
    picture[..., :3] = np.clip(np.rint(mixed), 0, 255)


def _front(portrait: Portrait) -> tuple[Image, Image | None]:
    """What moves (H, W, 4) RGBA, and how much each pixel does (H, W); None where person and ground cannot be told."""
    if portrait.cutout is not None:
        return portrait.cutout.front, portrait.cutout.front[..., 3]
    cut = matte(portrait)
    cover = np.full(portrait.image.shape[:2], 255, np.uint8) if cut is None else cut
    return np.dstack([portrait.image, cover]), cut


def _behind(portrait: Portrait, cut: Image | None, box: Box) -> Image | None:
    """What lies behind what moves, over `box`; None where nothing does or all moves."""
    if portrait.cutout is not None:
        return None if portrait.cutout.behind is None else portrait.cutout.behind[box]
    return None if cut is None else fill_behind(portrait.image, cut == 255, box)


def build_session(portrait: Portrait) -> PuppetSession:
    """Everything that depends only on the portrait."""
    frame = head_frame(portrait)
    front, cut = _front(portrait)
    person = replace(portrait, image=np.ascontiguousarray(front[..., :3]))
    skin = build_skin(portrait, frame)
    head = head_motion(portrait, frame, cut, reach_of(skin, portrait))
    stage = build_stage(portrait, front, head, skin)
    return PuppetSession(
        portrait=portrait,
        frame=frame,
        still=front if portrait.channels == 4 else portrait.image,
        behind=_behind(portrait, cut, stage.box),
        stage=stage,
        eyes=() if EYES_HIDDEN in portrait.notes else build_eyes(person),
        mouth=build_mouth(person),
        mouth_rig=MouthRig(portrait, frame, head, skin.upper.grid.step),
        own_inside=own_inside(person, frame),
    )
