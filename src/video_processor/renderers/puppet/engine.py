"""The puppet: a portrait moved by blendshapes and head pose, with no weights and no GPU.

A frame is made in four steps: lids and irises are moved in a copy of the portrait, the maps of head and
skin are composed into one, the portrait is resampled once through it (twice below the lip line, for the
lower sheet), and the inside of the mouth and the still background are laid in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.errors import RenderError
from avatar.types import Floats, Image, Portrait, RenderChunk, Size
from video_processor.face_checks import EYES_HIDDEN
from video_processor.renderers.base import RendererCapabilities
from video_processor.renderers.puppet.background import fill_behind, matte
from video_processor.renderers.puppet.eyes import (
    EYEBALL_RADIUS,
    LID_FOLLOWS_GAZE,
    SQUINT_LOWER,
    SQUINT_UPPER,
    VERTICAL_SHARE,
    WIDE_UPPER,
    Eye,
    LidState,
    build_eyes,
)
from video_processor.renderers.puppet.fields import resample
from video_processor.renderers.puppet.frame import HeadFrame, head_frame
from video_processor.renderers.puppet.head import HeadMotion, head_motion
from video_processor.renderers.puppet.lips import Lips, MouthRig, OwnInside, own_inside
from video_processor.renderers.puppet.mouth import Mouth, build_mouth, draw_inside
from video_processor.renderers.puppet.skin import Skin, build_skin

VERSION: Final = 1
SHUT_LINE_GAP, SHUT_LINE_WIDTH = 0.02, 0.018
"""Under this opening parted lips that have shut get a line of this width, in inter-ocular distances."""

MEET_LOWER: Final = 0.10
"""How far the lower lid comes up at a full blink, share of the opening."""


class PuppetRenderer:
    """The engine that always works."""

    capabilities = RendererCapabilities(
        name="puppet", version=VERSION, summary="moves the picture itself: lips, eyes, brows, head; no weights, any CPU"
    )

    def prepare(self, portrait: Portrait, size: Size) -> "PuppetSession":
        """Solves the portrait's fields. The portrait must already have the output's size."""
        if portrait.size != size:
            raise RenderError(f"The portrait is {portrait.size.width}x{portrait.size.height}, not the video's size.")
        return build_session(portrait)


@dataclass(frozen=True, slots=True)
class PuppetSession:
    """A portrait ready to move."""

    portrait: Portrait
    frame: HeadFrame
    source: Image
    behind: Image | None
    pixels: Floats
    head: HeadMotion
    skin: Skin
    eyes: tuple[Eye, ...]
    mouth: Mouth
    mouth_rig: MouthRig
    own_inside: OwnInside | None

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, uint8 RGB (H, W, 3)."""
        motion = chunk.own_motion
        for shapes, pose in zip(motion.blendshapes, motion.pose, strict=True):
            yield self.draw(shapes, pose)

    def draw(self, shapes: Floats, pose: Floats) -> Image:
        """One frame for blendshapes (52,) and relative pose (6,)."""
        source = self._with_eyes(shapes)
        weights = self.skin.weights(shapes, self.portrait.rest)
        upper, lower = self.skin.offsets(weights)
        base = self.pixels + self.head.grid.expand(self.head.offsets(pose))
        canvas = self._skin_sheet(source, base, upper, self.skin.grid.box)
        self._lower_face(canvas, source, base, (upper, lower), weights, pose)
        return self._over_background(canvas)

    def _with_eyes(self, shapes: Floats) -> Image:
        if not self.eyes:
            return self.source
        states = [self._lids(side, shapes) for side in ("Right", "Left")]
        if all(state.is_still for state in states):
            return self.source
        picture = self.source.copy()
        for eye, state in zip(self.eyes, states, strict=True):
            eye.draw(picture, state)
        return picture

    def _lids(self, side: str, shapes: Floats) -> LidState:
        def change(name: str) -> float:
            i = BLENDSHAPE_INDEX[name + side]
            return float(shapes[i] - self.portrait.rest[i])

        rest_blink = float(self.portrait.rest[BLENDSHAPE_INDEX["eyeBlink" + side]])
        blink = change("eyeBlink") / max(1 - rest_blink, 0.2)
        squint, wide = change("eyeSquint"), change("eyeWide")
        up_ward = change("eyeLookUp") - change("eyeLookDown")
        open_share = 1 - max(blink, 0)
        upper = blink + open_share * (SQUINT_UPPER * squint - WIDE_UPPER * wide - LID_FOLLOWS_GAZE * up_ward)
        out = 1.0 if side == "Left" else -1.0
        right_ward = out * (change("eyeLookOut") - change("eyeLookIn"))
        reach = EYEBALL_RADIUS * self.frame.scale
        across = np.sin(np.radians(GAZE_HORIZONTAL_DEGREES * right_ward))
        down = -VERTICAL_SHARE * np.sin(np.radians(GAZE_VERTICAL_DEGREES * up_ward))
        turned = self.frame.turn[:2, :2] @ np.array([across, down])
        return LidState(
            upper=float(np.clip(upper, -0.35, 1.0)),
            lower=float(np.clip(SQUINT_LOWER * squint + MEET_LOWER * max(blink, 0), 0, 0.5)),
            iris_x=float(turned[0] * reach),
            iris_y=float(turned[1] * reach),
        )

    def _skin_sheet(self, source: Image, base: Floats, offsets: Floats, box: tuple[slice, slice]) -> Image:
        """The whole picture through head map and upper sheet, RGBA."""
        places = base.copy()
        places[box] += self.skin.grid.sample(offsets, base[box])
        drawn = resample(source, places)
        return np.asarray(drawn, np.uint8)

    def _lower_face(
        self, canvas: Image, source: Image, base: Floats, sheets: tuple[Floats, Floats], weights: Floats, pose: Floats
    ) -> None:
        """Lays the lower sheet and the inside of the mouth into `canvas`, in place."""
        lips = self.mouth_rig.follow(self.skin.moved(weights), pose)
        box = lips.box
        places = base[box] + self.skin.grid.sample(sheets[1], base[box])
        lower = resample(source, places)
        share = lips.below()
        canvas[box] = cv2.blendLinear(lower, np.ascontiguousarray(canvas[box]), share, 1 - share)
        if lips.cover > 0:
            self._inside(canvas[box], base[box], sheets[0], lips)
        if self.own_inside is not None and lips.gap < SHUT_LINE_GAP:
            line = lips.shut_line(SHUT_LINE_WIDTH)[..., None] * np.float32(0.8 * (1 - lips.gap / SHUT_LINE_GAP))
            _lay(canvas[box], self.mouth.line, line)

    def _inside(self, face: Image, base: Floats, upper_sheet: Floats, lips: Lips) -> None:
        """Draws the inside of the mouth into the patch `face`, in place."""
        part, place = lips.place()
        inside, cover = draw_inside(self.mouth, place, upper_teeth=self.own_inside is None)
        if self.own_inside is not None:
            places = base[part] + self.skin.grid.sample(upper_sheet, base[part])
            own = resample(self.own_inside.mask(lips.gap), places, cv2.INTER_LINEAR)[..., None]
            kept = resample(self.source, places)
            inside = inside * (1 - own) + kept[..., :3] * own
        _lay(face[part], inside, cover[..., None] * np.float32(lips.cover))

    def _over_background(self, canvas: Image) -> Image:
        front = cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB)
        if self.behind is None:
            return np.asarray(front, np.uint8)
        share = cv2.extractChannel(canvas, 3).astype(np.float32) * np.float32(1 / 255)
        return np.asarray(cv2.blendLinear(front, self.behind, share, 1 - share), np.uint8)


def _lay(picture: Image, colours: Floats, share: Floats) -> None:
    """Lays `colours` over the first three channels of `picture`, in place; `share` (h, w, 1) in 0..1."""
    mixed = picture[..., :3] * (1 - share) + colours * share
    picture[..., :3] = np.clip(np.rint(mixed), 0, 255)


def build_session(portrait: Portrait) -> PuppetSession:
    """Everything that depends only on the portrait."""
    frame = head_frame(portrait)
    cut = matte(portrait)
    height, width = portrait.image.shape[:2]
    cover = np.full((height, width), 255, np.uint8) if cut is None else cut
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    head = head_motion(portrait, frame, layered=cut is not None)
    return PuppetSession(
        portrait=portrait,
        frame=frame,
        source=np.dstack([portrait.image, cover]),
        behind=None if cut is None else fill_behind(portrait.image, cut == 255),
        pixels=np.stack([columns, rows], axis=-1),
        head=head,
        skin=build_skin(portrait, frame),
        eyes=() if EYES_HIDDEN in portrait.notes else build_eyes(portrait),
        mouth=build_mouth(portrait),
        mouth_rig=MouthRig(portrait, frame, head),
        own_inside=own_inside(portrait, frame),
    )
