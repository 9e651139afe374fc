"""Captions drawn into frames: white letters with a dark edge, at the bottom."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from avatar.captions import Cue
from avatar.types import Image
from video_processor.captions.font import open_font

HEIGHT_SHARE: Final = 0.055
WIDTH_SHARE: Final = 0.92
"""Of the frame: the size of the letters, and the room for a line."""

LINE_LETTERS: Final = 22.0
"""Letters as wide as they are high in a line of 42 columns."""

BOTTOM_SHARE: Final = 0.05
EDGE_SHARE: Final = 0.09
SPACING_SHARE: Final = 0.2
SMALLEST_PIXELS: Final = 8
KEPT_OVERLAYS: Final = 4


class _Overlay(NamedTuple):
    """What is laid over a frame: colour (h, w, 3) and cover (h, w, 1) in 0..1, with its upper left corner."""

    colour: NDArray[np.float32]
    cover: NDArray[np.float32]
    left: int
    top: int


def captioned(frames: Iterable[Image], cues: Sequence[Cue], *, first: int, fps: Fraction, font: str) -> Iterator[Image]:
    """The frames, from index `first`, with the cue of each frame's time drawn in; RGB or RGBA with straight alpha.

    `font` is a font file, or empty for Pillow's own. Frames without a cue are passed on as they are.
    """
    at = 0
    for index, frame in enumerate(frames, first):
        time = float(index / fps)
        while at < len(cues) and cues[at].end <= time:
            at += 1
        if at < len(cues) and cues[at].start <= time:
            yield _laid_over(frame, _overlay(cues[at].text, frame.shape[1], frame.shape[0], font))
        else:
            yield frame


def _laid_over(frame: Image, overlay: _Overlay) -> Image:
    result = frame.copy()
    height, width = overlay.cover.shape[:2]
    part = result[overlay.top : overlay.top + height, overlay.left : overlay.left + width]
    colour, cover = overlay.colour, overlay.cover
    if frame.shape[2] == 4:
        under = part[..., 3:].astype(np.float32) / 255.0 * (1.0 - cover)
        whole = cover + under
        mixed = (colour * cover + part[..., :3] * under) / np.maximum(whole, 1e-6)
        part[..., 3:] = np.rint(255.0 * whole).astype(np.uint8)
    else:
        mixed = part * (1.0 - cover) + colour * cover
    part[..., :3] = np.rint(mixed).astype(np.uint8)
    return result


@lru_cache(maxsize=KEPT_OVERLAYS)
def _overlay(text: str, width: int, height: int, path: str) -> _Overlay:
    room = WIDTH_SHARE * width
    size = max(SMALLEST_PIXELS, round(min(HEIGHT_SHARE * height, room / LINE_LETTERS)))
    box = _box(text, path, size)
    if (wide := box[2] - box[0]) > room and size > SMALLEST_PIXELS:
        size = max(SMALLEST_PIXELS, int(size * room / wide))
        box = _box(text, path, size)
    ink = Pillow.new("L", (box[2] - box[0], box[3] - box[1]))
    edge = ink.copy()
    for sheet, stroke in ((ink, 0), (edge, _edge(size))):
        ImageDraw.Draw(sheet).multiline_text(
            (-box[0], -box[1]),
            text,
            255,
            open_font(path, size),
            spacing=SPACING_SHARE * size,
            align="center",
            stroke_width=stroke,
        )
    left = max(0, (width - ink.width) // 2)
    top = max(0, height - round(BOTTOM_SHARE * height) - ink.height)
    letters, both = (np.asarray(sheet, np.float32)[: height - top, : width - left, None] / 255 for sheet in (ink, edge))
    cover = np.maximum(letters, both)
    colour = np.repeat(255.0 * letters / np.maximum(cover, 1e-6), 3, axis=2).astype(np.float32)
    return _Overlay(colour, cover, left, top)


def _box(text: str, path: str, size: int) -> tuple[int, int, int, int]:
    draw = ImageDraw.Draw(Pillow.new("L", (1, 1)))
    left, top, right, bottom = draw.multiline_textbbox(
        (0, 0), text, open_font(path, size), spacing=SPACING_SHARE * size, align="center", stroke_width=_edge(size)
    )
    return int(left) - 1, int(top) - 1, int(right) + 2, int(bottom) + 2


def _edge(size: int) -> int:
    return max(1, round(EDGE_SHARE * size))
