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
from avatar.types import Floats, Image, Portrait, RenderChunk
from video_processor.face_checks import EYES_HIDDEN
from video_processor.renderers.puppet import native
from video_processor.renderers.puppet.background import separated
from video_processor.renderers.puppet.composing import compose
from video_processor.renderers.puppet.eyes import Eye, build_eyes
from video_processor.renderers.puppet.features import Features
from video_processor.renderers.puppet.fields import Box, beside, common, is_empty, within
from video_processor.renderers.puppet.frame import HeadFrame, head_frame
from video_processor.renderers.puppet.head import head_motion
from video_processor.renderers.puppet.lid_state import lid_state
from video_processor.renderers.puppet.lip_corners import Fold, build_folds
from video_processor.renderers.puppet.lips import MouthRig, OwnInside, own_inside
from video_processor.renderers.puppet.matte import matte
from video_processor.renderers.puppet.mouth import Mouth, build_mouth
from video_processor.renderers.puppet.skin import build_skin
from video_processor.renderers.puppet.stage import Plan, Stage, build_stage, reach_of

TONGUE_OUT: Final = BLENDSHAPE_INDEX["tongueOut"]


@dataclass(frozen=True, slots=True)
class PuppetSession:
    """A portrait ready to move.

    `still`: the frame in which nothing moves, RGB, or RGBA where nothing lies behind the person; `behind`: what lies
    there, RGBA over the stage's box.
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
    folds: tuple[Fold, ...]

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, uint8 (H, W, 3) RGB, or (H, W, 4) RGBA where nothing lies behind."""
        motion = chunk.own_motion
        for shapes, pose in zip(motion.blendshapes, motion.pose, strict=True):
            yield self.draw(shapes, pose)

    def draw(self, shapes: Floats, pose: Floats) -> Image:
        """One frame for blendshapes (52,) and relative pose (6,)."""
        plan, features = self.plan(shapes, pose)
        if is_empty(plan.region):
            return self.still.copy()
        frame = np.empty_like(self.still)
        for part in beside(plan.region, (slice(0, frame.shape[0]), slice(0, frame.shape[1]))):
            frame[part] = self.still[part]
        if frame.shape[2] == 4 or self.behind is None:
            self._draw(plan, features, plan.region, frame)
            return frame
        box = common(features.box, plan.region)
        for part in (plan.region,) if is_empty(box) else beside(box, plan.region):
            if not is_empty(part):
                plan.paint(part, self.behind, frame)
        if not is_empty(box):
            self._draw(plan, features, box, frame)
        return frame

    def _draw(self, plan: Plan, features: Features, box: Box, frame: Image) -> None:
        """Draws a box of a frame, features and all."""
        canvas, maps = plan.shown(box)
        features.draw(canvas, maps)
        self._over_background(canvas, box, frame)

    def plan(self, shapes: Floats, pose: Floats) -> tuple[Plan, Features]:
        """Where everything lies in a frame, and what is laid in."""
        weights = self.stage.skin.weights(shapes, self.portrait.rest)
        head = self.stage.head.posed(pose)
        lips = self.mouth_rig.follow(self.stage.skin.moved(weights), head, float(shapes[TONGUE_OUT]))
        sides = zip(self.eyes, ("Right", "Left"), strict=False)
        states = [(eye, lid_state(side, shapes, self.portrait.rest, self.frame)) for eye, side in sides]
        parts = [(eye.part(state), state) for eye, state in states if not state.is_still]
        eyes = tuple((part, state, part.seen(head)) for part, state in parts)
        features = Features(self.stage, eyes, lips, self.mouth, self.own_inside, self.folds)
        return self.stage.plan(weights, head, lips), features

    def _over_background(self, canvas: Image, region: Box, frame: Image) -> None:
        """Composes `canvas` over what lies behind it, into the `region` of the output `frame`; uses it up."""
        target, part = frame[region], within(region, self.stage.box)
        if frame.shape[2] == 4:
            np.copyto(target, canvas)
        elif self.behind is None:
            cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB, dst=target)
        elif native.kernels is not None:
            (height, width), behind, corner = canvas.shape[:2], self.behind, (part[0].start, part[1].start)
            place = (region[0].start, region[1].start)
            native.kernels.composed(
                canvas, height, width, behind, behind.shape[1], *corner, frame, frame.shape[1], *place
            )
        else:
            compose(canvas, self.behind[part], target)


def _corner(box: Box) -> tuple[int, int]:
    return box[0].start, box[1].start


def _with_cover(picture: Image) -> Image:
    """(h, w, 3) to (h, w, 4), all of it covered."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)


@dataclass(frozen=True, slots=True)
class _Layers:
    """What moves, `front` (H, W, 4) RGBA, and what lies `behind` it (H, W, 3), or None where nothing does or all moves.

    `cover` (H, W): how much each pixel moves; None where person and ground cannot be told.
    """

    front: Image
    cover: Image | None
    behind: Image | None


def _layers(portrait: Portrait) -> _Layers:
    image, cutout = portrait.image, portrait.cutout
    if cutout is not None:
        return _Layers(cutout.front, cutout.front[..., 3], cutout.behind)
    cover = matte(portrait)
    if cover is None:
        return _Layers(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]), None, None)
    own, cover, behind = separated(image, cover, portrait.inter_ocular)
    return _Layers(np.dstack([own, cover]), cover, behind)


def build_session(portrait: Portrait) -> PuppetSession:
    """Everything that depends only on the portrait."""
    frame = head_frame(portrait)
    layers = _layers(portrait)
    person = replace(portrait, image=np.ascontiguousarray(layers.front[..., :3]))
    skin = build_skin(portrait, frame)
    head = head_motion(portrait, frame, layers.cover, reach_of(skin, portrait))
    stage = build_stage(portrait, layers.front, head, skin)
    return PuppetSession(
        portrait=portrait,
        frame=frame,
        still=layers.front if portrait.channels == 4 else portrait.image,
        behind=None if layers.behind is None else _with_cover(layers.behind[stage.box]),
        stage=stage,
        eyes=() if EYES_HIDDEN in portrait.notes else build_eyes(person, np.ascontiguousarray(layers.front[..., 3])),
        mouth=build_mouth(person),
        mouth_rig=MouthRig(portrait, frame, head, skin.upper.grid.step),
        own_inside=own_inside(person, frame),
        folds=build_folds(person, frame),
    )
