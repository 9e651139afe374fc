"""The part of the video that SadTalker draws: all of it where the face fills it, else a square that is pasted back."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from avatar.types import Image, Portrait, Size
from video_processor.renderers.sadtalker.alignment import Square, face_square, face_width

Mode = Literal["crop", "full"]

FILLS: Final = 0.8
"""Share of the frame's longer side from which on a face's own square, leaning with the head, is taken to fill it."""

SQUARE_ENOUGH: Final = 1.05
"""Frames whose sides differ by less are drawn whole."""

ROOM: Final = 1.2
"""How much larger the square is that is pasted back, so that hair and chin move within it: SadTalker's `extfull`."""


@dataclass(frozen=True, slots=True)
class View:
    """`crop`: the networks draw the whole frame. `full`: they draw `square`, which is laid into the picture.

    The square lies at whole pixels and may reach beyond the frame.
    """

    mode: Mode
    square: Square
    frame: Size

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns of the frame that the square covers."""
        x, y, side = (int(value) for value in self.square)
        return slice(max(y, 0), min(y + side, self.frame.height)), slice(max(x, 0), min(x + side, self.frame.width))

    def cut(self, frame: Image, pixels: int) -> Image:
        """The square of a frame, `pixels` wide; beyond the frame it is mirrored."""
        rows, columns = self.inside
        x, y, side = (int(value) for value in self.square)
        beyond = (rows.start - y, y + side - rows.stop, columns.start - x, x + side - columns.stop)
        part = frame[rows, columns]
        if any(beyond):
            part = np.asarray(cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REFLECT_101), np.uint8)
        method = cv2.INTER_AREA if side > pixels else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(part, (pixels, pixels), interpolation=method), np.uint8)

    def fitted(self, face: Image) -> Image:
        """A drawn square (pixels, pixels, 3) at its size in the frame, as far as it lies inside: (h, w, 3)."""
        rows, columns = self.inside
        x, y, side = (int(value) for value in self.square)
        method = cv2.INTER_CUBIC if side > face.shape[0] else cv2.INTER_AREA
        whole = np.asarray(cv2.resize(face, (side, side), interpolation=method), np.uint8)
        return whole[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]


def view_of(portrait: Portrait) -> View:
    """What is drawn of a portrait at the video's size."""
    size, landmarks = portrait.size, portrait.landmarks
    longer, shorter = max(size), min(size)
    if longer <= SQUARE_ENOUGH * shorter and face_width(landmarks) >= FILLS * longer:
        return View("crop", Square((size.width - longer) // 2, (size.height - longer) // 2, longer), size)
    return View("full", _within(face_square(landmarks), size), size)


def _within(own: Square, size: Size) -> Square:
    """The square with room, which gives way to the frame's edges; where the face's own does not fit, it passes them."""
    side = round(min(own.side * ROOM, max(min(size), own.side)))
    x, y = (_moved(start + own.side / 2 - side / 2, side, limit) for start, limit in zip(own[:2], size, strict=True))
    return Square(x, y, side)


def _moved(start: float, length: int, limit: int) -> int:
    if length >= limit:
        return (limit - length) // 2
    return round(min(max(start, 0.0), limit - length))
