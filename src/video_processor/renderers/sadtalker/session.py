"""A portrait at work: sound and motion become coefficients, coefficients faces, faces frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.errors import RenderError
from avatar.types import Floats, Image, Portrait, RenderChunk
from models.sadtalker.semantics import still_window
from models.sadtalker.sound import sad_mel_windows
from video_processor.renderers.sadtalker.alignment import aligned, five_points
from video_processor.renderers.sadtalker.driving import blink_ratio, expression_scale, head_coefficients
from video_processor.renderers.sadtalker.networks import (
    EXPRESSIONS,
    HEAD,
    SOURCE_ANGLES,
    SOURCE_EXPRESSION,
    SOURCE_TRANSLATION,
    FaceNetworks,
    finite,
)
from video_processor.renderers.sadtalker.paste import Paste, build_paste, colour_match, matched
from video_processor.renderers.sadtalker.sources import Key, Sources
from video_processor.renderers.sadtalker.ticks import TICK_SAMPLES, Ticks, ticks_of
from video_processor.renderers.sadtalker.view import View

BLOCK: Final = 64
"""Frames that are drawn before the first of them is handed out, picture by picture."""

SOFT: Final = 1.5
"""Enlargement from which on a drawn face looks soft."""

DARKEST: Final = 0.25
"""A drawn face whose mean level is less than this share of the portrait's is black."""


@dataclass(frozen=True, slots=True)
class SadTalkerSession:
    """A portrait ready to be animated. `semantics` (70,) or (73,): its own coefficients; `match`: see `colour_match`.

    `level` is the mean level of the face as the networks draw it where nothing moves.
    """

    portrait: Portrait
    networks: FaceNetworks
    sources: Sources
    paste: Paste
    semantics: Floats
    match: Floats
    level: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What the networks had to tell, and how soft the face is."""
        larger = self.paste.view.square.side / self.sources.pixels
        if larger < SOFT:
            return self.sources.notes
        pixels = self.sources.pixels
        soft = f"SadTalker draws {pixels} x {pixels} pixels, shown {larger:.1f} times as large: the face looks soft."
        return (*self.sources.notes, soft)

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames, uint8 (H, W, 3) RGB. Raises `RenderError` where the networks give numbers of no use."""
        windows = self.windows(chunk)
        keys = self.sources.keys(chunk.motion, slice(chunk.lead, chunk.lead + chunk.count))
        for first in range(0, chunk.count, BLOCK):
            block = slice(first, min(first + BLOCK, chunk.count))
            for face in self._faces(windows[block], keys[block]):
                yield self.paste.laid(matched(face, self.match))

    def windows(self, chunk: RenderChunk) -> Floats:
        """The coefficients around every frame of a chunk (frames, 70 or 73, 27)."""
        ticks, motion, rest = ticks_of(chunk), chunk.motion, self.portrait.rest
        curves = ticks.at(
            np.hstack([blink_ratio(motion, rest), expression_scale(motion, rest), head_coefficients(motion)])
        )
        blink, scale, head = curves[:, 0], curves[:, 1:2], curves[:, 2:]
        own = self.semantics[:EXPRESSIONS]
        expressions = finite(self.networks.expressions(_mels(ticks), own, blink), "an expression")
        alignment = np.tile(self.semantics[EXPRESSIONS + HEAD :], (ticks.count, 1))
        heads = self.semantics[EXPRESSIONS : EXPRESSIONS + HEAD] + head
        return ticks.windows(np.hstack([expressions * scale, heads, alignment]))

    def _faces(self, windows: Floats, keys: list[Key]) -> list[Image]:
        """The faces of a block of frames, those of one picture together."""
        faces: list[Image] = [np.empty(0, np.uint8)] * len(keys)
        for key in dict.fromkeys(keys):
            frames = [n for n, other in enumerate(keys) if other == key]
            drawn = self.sources.prepared(key).draw(windows[frames])
            for n, face in zip(frames, drawn, strict=True):
                if float(face.mean()) < DARKEST * self.level:
                    raise RenderError("SadTalker's networks drew a black frame, so some of its numbers are none.")
                faces[n] = face
        return faces


def _mels(ticks: Ticks) -> Floats:
    """The mel windows (count, 80, 16) of the ticks."""
    sound, lead = ticks.sound()
    return sad_mel_windows(sound, len(sound) // TICK_SAMPLES)[lead : lead + ticks.count]


def build_session(portrait: Portrait, view: View, networks: FaceNetworks, pixels: int) -> SadTalkerSession:
    """Everything that depends only on the portrait. Raises `RenderError` where the networks cannot draw it."""
    picture = view.cut(portrait.image, pixels)
    face = aligned(picture, view.square.holding(five_points(portrait.landmarks), pixels))
    found = finite(networks.source_coefficients(face.face), "a source's coefficient")
    parts = [found[SOURCE_EXPRESSION], found[SOURCE_ANGLES], found[SOURCE_TRANSLATION]]
    semantics = np.concatenate([*parts, face.place] if view.mode == "full" else parts).astype(np.float32)
    sources = Sources(portrait, view, pixels, networks, semantics)
    redrawn = sources.prepared(sources.still).draw(still_window(semantics))[0]
    level, own = float(redrawn.mean()), float(picture.mean())
    if level < DARKEST * own:
        raise RenderError("SadTalker's networks draw this portrait black, so some of their numbers are none.")
    return SadTalkerSession(
        portrait, networks, sources, build_paste(portrait, view), semantics, colour_match(picture, redrawn), level
    )
