"""The folds in which shut lips end: an open mouth stretches them flat, and with them goes their shadow."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet.fields import Box, common, resample, softstep
from video_processor.renderers.puppet.frame import HeadFrame

REACH: Final = 0.2
"""Half the side of the patch round a corner, inter-ocular distances."""

FOLD: Final = 0.075
"""Dark lines narrower than this are folds, inter-ocular distances."""

MOST_FLAT: Final = 0.85
"""Share of the shadow that goes."""

SPREAD: Final = (0.10, 0.055)
"""How far the shadow goes along the line of the lips and across it, inter-ocular distances."""

OUTWARD: Final = 0.03
"""The middle of the fold lies so far outside the corner of the lips, inter-ocular distances."""

FLAT_GAP: Final = (0.03, 0.2)
"""Over this stretch of opening beyond the picture's the folds get flat."""

PURSED, PURSED_SHARE = (0.72, 0.95), 0.8
"""Pursed lips, this narrow against the picture's, flatten them by that share."""

OUTER, INNER = (61, 291), (78, 308)


@dataclass(frozen=True, slots=True)
class Fold:
    """How much lighter than in the picture the skin of a corner is when it is flat, (h, w, 4) from `x`, `y` on."""

    lighter: Image
    x: int
    y: int

    def lay_flat(self, face: Image, positions: Floats, share: float) -> None:
        """Lightens `face` (h, w, 4), which shows the picture's `positions` (h, w, 2), in place; `share` in 0..1."""
        places = np.asarray(cv2.subtract(positions, np.array([self.x, self.y, 0.0, 0.0])), np.float32)
        found = resample(self.lighter, places, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        cv2.addWeighted(face, 1.0, found, share, 0.0, dst=face)


def build_folds(portrait: Portrait, frame: HeadFrame) -> tuple[Fold, ...]:
    """The folds at the corners of the mouth, subject's right first."""
    return tuple(_fold(portrait, frame, *ends) for ends in zip(OUTER, INNER, OUTER[::-1], strict=True))


def _fold(portrait: Portrait, frame: HeadFrame, outer: int, inner: int, opposite: int) -> Fold:
    marks = portrait.landmarks[:, :2].astype(np.float64)
    along = (marks[outer] - marks[opposite]) / max(float(np.linalg.norm(marks[outer] - marks[opposite])), 1e-6)
    middle = (marks[outer] + marks[inner]) / 2 + along * OUTWARD * frame.scale
    (x0, y0), (x1, y1) = (
        np.clip(middle + side * REACH * frame.scale, 0, portrait.size).astype(int) for side in (-1, 1)
    )
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    x0, y0 = min(x0, portrait.size.width - 1), min(y0, portrait.size.height - 1)
    picture = np.ascontiguousarray(portrait.image[y0:y1, x0:x1, :3])
    wide = max(3, round(FOLD * frame.scale) | 1)
    flat = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
    flat = cv2.GaussianBlur(flat, (0, 0), 0.2 * wide).astype(np.float32)
    rows, columns = np.mgrid[y0:y1, x0:x1].astype(np.float64)
    away = np.stack([columns - middle[0], rows - middle[1]], axis=-1) / frame.scale
    far, across = away @ along / SPREAD[0], away @ np.array([-along[1], along[0]]) / SPREAD[1]
    share = MOST_FLAT * np.exp(-(far**2) - across**2)
    lighter = np.rint(np.maximum(flat - picture, 0) * share[..., None]).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(lighter.max(axis=-1))
    part = slice(top, top + max(1, height)), slice(left, left + max(1, width))
    return Fold(_framed(lighter[part]), int(x0 + left) - 1, int(y0 + top) - 1)


def _framed(lighter: Image) -> Image:
    """(h, w, 3) to (h + 2, w + 2, 4), with zeros around."""
    return np.pad(lighter, ((1, 1), (1, 1), (0, 1)))


def flatness(gap: float, own_gap: float, narrow: float) -> float:
    """How flat the folds are at an opening of `gap`, where the picture shows `own_gap`, inter-ocular distances.

    `narrow`: width of the mouth over that in the picture.
    """
    return max(softstep(*FLAT_GAP, gap - own_gap), PURSED_SHARE * (1 - softstep(*PURSED, narrow)))


def corner_box(corner: tuple[float, float], unit: float, box: Box) -> Box:
    """The part of `box` round a corner of the mouth (x, y) in which its fold is seen; it may be empty."""
    (x, y), reach = corner, REACH * unit
    return common((slice(int(y - reach), int(y + reach) + 1), slice(int(x - reach), int(x + reach) + 1)), box)
