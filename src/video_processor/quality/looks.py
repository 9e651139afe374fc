"""A quick look at every frame on its way to the encoder: how light it is, and how much of it has changed.

Some two thousand pixels of a frame, and as many as a thousand of the mouth, are compared with the frame before.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar.arrays import opened_arrays
from avatar.files import PARTIAL_PREFIX
from avatar.types import Floats, Image, Portrait, Size
from video_processor.renderers.puppet import topology as topo

SAMPLES_ACROSS: Final = 48
MOUTH_SAMPLES_ACROSS: Final = 32
LIT_LEVEL: Final = 24
"""A channel above this, of 255, is lit."""

OPAQUE: Final = 128
MOUTH_MARGIN: Final = 0.25
CHIN_MARGIN: Final = 0.6
"""How far the box of the mouth reaches beyond the lips, and down the chin, in widths of the mouth."""


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of rows and columns."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in n frames, (n,) each.

    `lit`: share of the channels' values that are seen and not black. `moved`: largest change of any pixel from the
    frame before, and `mouth`: mean change of the mouth's, both in levels of 255; NaN where nothing came before, or
    there is no mouth.
    """

    lit: Floats
    moved: Floats
    mouth: Floats

    def __len__(self) -> int:
        return len(self.lit)


class WatchedFrames:
    """Passes frames on unchanged and looks at each."""

    def __init__(self, source: Iterable[Image], mouth: Box | None) -> None:
        self._source = source
        self._mouth = mouth
        self._before: tuple[Image, Image] | None = None
        self._rows: list[tuple[float, float, float]] = []

    def __iter__(self) -> Iterator[Image]:
        for frame in self._source:
            self._see(frame)
            yield frame

    @property
    def look(self) -> Look:
        """At the frames so far."""
        rows = np.array(self._rows, np.float32).reshape(-1, 3)
        return Look(*(np.ascontiguousarray(column) for column in rows.T))

    def _see(self, frame: Image) -> None:
        whole = sampled(frame)
        mouth = whole[:0] if self._mouth is None else _mouth_samples(frame, self._mouth)
        moved = mouthed = np.nan
        if self._before is not None:
            moved = float(cv2.absdiff(whole, self._before[0]).max())
            if mouth.size:
                change = cv2.absdiff(mouth, self._before[1])
                moved, mouthed = max(moved, float(change.max())), float(np.mean(cv2.mean(change)[:3]))
        self._rows.append((lit_share(whole), moved, mouthed))
        self._before = whole, mouth


def sampled(frame: Image) -> Image:
    """Every so many pixels of a frame (H, W, 3 or 4), in both directions."""
    step = max(1, min(frame.shape[:2]) // SAMPLES_ACROSS)
    return np.ascontiguousarray(frame[step // 2 :: step, step // 2 :: step])


def lit_share(samples: Image) -> float:
    """Share of the colours' values of pixels (h, w, 3 or 4) that are not black, and not transparent."""
    if samples.shape[-1] == 3:
        return np.count_nonzero(samples > LIT_LEVEL) / samples.size
    seen = samples[..., :3][samples[..., 3] >= OPAQUE]
    return np.count_nonzero(seen > LIT_LEVEL) / (samples.size * 3 / 4)


def _mouth_samples(frame: Image, box: Box) -> Image:
    step = max(1, (box.right - box.left) // MOUTH_SAMPLES_ACROSS)
    return np.ascontiguousarray(frame[box.top : box.bottom : step, box.left : box.right : step, :3])


def mouth_box(landmarks: Floats, size: Size) -> Box | None:
    """Mouth and chin of landmarks (478, 3) in a frame of that size; None where they lie outside."""
    lips = landmarks[list(topo.UPPER_LIP_RINGS[0] + topo.LOWER_LIP_RINGS[0]), :2]
    low, high = lips.min(axis=0), lips.max(axis=0)
    width = float(high[0] - low[0])
    around = MOUTH_MARGIN * width
    left, right = (int(np.clip(x, 0, size.width)) for x in (low[0] - around, high[0] + around + 1))
    top, bottom = (int(np.clip(y, 0, size.height)) for y in (low[1] - around, high[1] + CHIN_MARGIN * width + 1))
    return Box(top, bottom, left, right) if right - left > 1 and bottom - top > 1 else None


def mouth_of(portrait: Portrait, size: Size | None = None) -> Box | None:
    """The mouth of a framed portrait, in a video of that `size` where it is enlarged.

    None in footage, where it does not stay in its place.
    """
    if portrait.footage is not None:
        return None
    size = size or portrait.size
    scale = np.array([*np.divide(size, portrait.size), 1.0], np.float32)
    return mouth_box(portrait.landmarks * scale, size)


def joined(looks: Sequence[Look]) -> Look:
    """Looks at stretches that follow each other."""
    return Look(*(np.concatenate([getattr(look, field.name) for look in looks]) for field in fields(Look)))


def save_look(path: Path, look: Look) -> None:
    """Written under a temporary name and renamed, but not flushed: a look that is lost can be had from the segment.

    For the same reason nothing is raised where it cannot be written.
    """
    partial = path.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(6)}{path.suffix}")
    with suppress(OSError):
        with partial.open("wb") as file:
            np.savez(file, lit=look.lit, moved=look.moved, mouth=look.mouth)
        partial.replace(path)


def load_look(path: Path) -> Look:
    """What `save_look` wrote."""
    with opened_arrays(path) as stored:
        return Look(stored["lit"], stored["moved"], stored["mouth"])
