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

from avatar.errors import RenderError
from avatar.types import Floats, Image, Portrait, RenderChunk, Size
from video_processor.face_checks import EYES_HIDDEN
from video_processor.renderers.base import RendererCapabilities
from video_processor.renderers.puppet.background import fill_behind, matte
from video_processor.renderers.puppet.eyes import Eye, build_eyes
from video_processor.renderers.puppet.fields import Grid, resample
from video_processor.renderers.puppet.frame import HeadFrame, head_frame
from video_processor.renderers.puppet.head import HeadMotion, head_motion
from video_processor.renderers.puppet.lid_state import lid_state
from video_processor.renderers.puppet.lips import Lips, MouthRig, OwnInside, own_inside
from video_processor.renderers.puppet.mouth import Mouth, build_mouth, draw_inside
from video_processor.renderers.puppet.skin import Skin, build_skin
from video_processor.renderers.puppet.texture import Box, Texture, texture

VERSION: Final = 1
STAGE_MARGIN: Final = 0.35
"""How far beyond its place in the picture the face may get, in inter-ocular distances."""

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
    texture: Texture
    behind: Image | None
    pixels: Floats
    head: HeadMotion
    skin: Skin
    stage: "_Stage"
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
        texture = self._with_eyes(shapes)
        weights = self.skin.weights(shapes, self.portrait.rest)
        maps = self._maps(weights, pose)
        canvas = texture.at(maps.upper)
        self._lower_face(canvas, texture, maps, self.mouth_rig.follow(self.skin.moved(weights), pose))
        return self._over_background(canvas)

    def _with_eyes(self, shapes: Floats) -> Texture:
        states = [lid_state(side, shapes, self.portrait.rest, self.frame) for side in ("Right", "Left")]
        if not self.eyes or all(state.is_still for state in states):
            return self.texture
        picture = self.source.copy()
        for eye, state in zip(self.eyes, states, strict=True):
            eye.draw(picture, state)
        return self.texture.with_changes(picture, (eye.box for eye in self.eyes))

    def _maps(self, weights: Floats, pose: Floats) -> "_Maps":
        """Head and skin composed on coarse grids, then expanded once."""
        turned = self.head.offsets(pose)
        whole = self.pixels + self.head.grid.expand(turned)
        grid, nodes = self.stage.grid, self.stage.nodes
        shift = self.head.grid.sample(turned, nodes)
        upper, lower = (
            self.pixels[grid.box] + grid.expand(shift + self.skin.grid.sample(sheet, nodes + shift))
            for sheet in self.skin.offsets(weights)
        )
        whole[grid.box] = upper
        return _Maps(whole, lower, grid.box)

    def _lower_face(self, canvas: Image, texture: Texture, maps: "_Maps", lips: Lips) -> None:
        """Lays the lower sheet and the inside of the mouth into `canvas`, in place."""
        box = _common(lips.box, maps.box)
        lower = texture.at(maps.lower[_within(box, maps.box)])
        share = np.ascontiguousarray(lips.below()[_within(box, lips.box)])
        face = canvas[box]
        face[:] = cv2.blendLinear(lower, np.ascontiguousarray(face), share, 1 - share)
        if lips.cover > 0:
            self._inside(face, maps.upper[box], lips)
        if self.own_inside is not None and lips.gap < SHUT_LINE_GAP:
            line = lips.shut_line(SHUT_LINE_WIDTH)[_within(box, lips.box)]
            _lay(face, self.mouth.line, line[..., None] * np.float32(SHUT_LINE_SHARE * (1 - lips.gap / SHUT_LINE_GAP)))

    def _inside(self, face: Image, places: Floats, lips: Lips) -> None:
        """Draws the inside of the mouth into the patch `face`, in place; `places` are the upper sheet's."""
        part, place = lips.place()
        inside, cover = draw_inside(self.mouth, place, upper_teeth=self.own_inside is None)
        if self.own_inside is not None:
            own = resample(self.own_inside.mask(lips.gap), places[part], cv2.INTER_LINEAR)[..., None]
            inside = inside * (1 - own) + self.texture.at(places[part])[..., :3] * own
        _lay(face[part], inside, cover[..., None] * np.float32(lips.cover))

    def _over_background(self, canvas: Image) -> Image:
        if self.portrait.channels == 4:
            return canvas
        front = cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB)
        if self.behind is None:
            return np.asarray(front, np.uint8)
        share = cv2.extractChannel(canvas, 3).astype(np.float32) * np.float32(1 / 255)
        return np.asarray(cv2.blendLinear(front, self.behind, share, 1 - share), np.uint8)


@dataclass(frozen=True, slots=True)
class _Maps:
    """Where each output pixel lies in the portrait: `upper` (H, W, 2) for the picture, `lower` for the face's `box`."""

    upper: Floats
    lower: Floats
    box: Box


@dataclass(frozen=True, slots=True)
class _Stage:
    """The part of the output that a moving face can reach, as a grid and its nodes."""

    grid: Grid
    nodes: Floats


def _stage(skin: Skin, portrait: Portrait) -> _Stage:
    margin = round(STAGE_MARGIN * portrait.inter_ocular)
    face, (width, height) = skin.grid, portrait.size
    x0, y0 = max(0, face.x - margin), max(0, face.y - margin)
    x1, y1 = min(width, face.x + face.width + margin), min(height, face.y + face.height + margin)
    columns = round(face.columns * (x1 - x0) / face.width)
    rows = round(face.rows * (y1 - y0) / face.height)
    grid = Grid(x0, y0, x1 - x0, y1 - y0, columns, rows)
    return _Stage(grid, grid.nodes())


def _common(a: Box, b: Box) -> Box:
    """Where two boxes overlap."""
    rows, columns = (slice(max(s.start, t.start), min(s.stop, t.stop)) for s, t in zip(a, b, strict=True))
    return rows, columns


def _within(inner: Box, outer: Box) -> Box:
    """The box `inner` counted from the corner of `outer`."""
    rows, columns = (slice(s.start - t.start, s.stop - t.start) for s, t in zip(inner, outer, strict=True))
    return rows, columns


def _lay(picture: Image, colours: Floats, share: Floats) -> None:
    """Lays `colours` over the first three channels of `picture`, in place; `share` (h, w, 1) in 0..1."""
    mixed = picture[..., :3] * (1 - share) + colours * share
    picture[..., :3] = np.clip(np.rint(mixed), 0, 255)


def _layers(portrait: Portrait) -> tuple[Image, Image | None]:
    """What moves, RGBA, and what lies behind it; nothing does where all moves or the video is transparent."""
    if portrait.cutout is not None:
        return portrait.cutout.front, portrait.cutout.behind
    cut = matte(portrait)
    if cut is None:
        return np.dstack([portrait.image, np.full(portrait.image.shape[:2], 255, np.uint8)]), None
    return np.dstack([portrait.image, cut]), fill_behind(portrait.image, cut == 255)


def build_session(portrait: Portrait) -> PuppetSession:
    """Everything that depends only on the portrait."""
    frame = head_frame(portrait)
    height, width = portrait.image.shape[:2]
    source, behind = _layers(portrait)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    head = head_motion(portrait, frame, layered=behind is not None or portrait.cutout is not None)
    skin = build_skin(portrait, frame)
    return PuppetSession(
        portrait=portrait,
        frame=frame,
        source=source,
        texture=texture(source),
        behind=behind,
        pixels=np.stack([columns, rows], axis=-1),
        head=head,
        skin=skin,
        stage=_stage(skin, portrait),
        eyes=() if EYES_HIDDEN in portrait.notes else build_eyes(portrait),
        mouth=build_mouth(portrait),
        mouth_rig=MouthRig(portrait, frame, head),
        own_inside=own_inside(portrait, frame),
    )
