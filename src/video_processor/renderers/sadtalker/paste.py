"""A drawn face in the picture: colours matched, and laid in by a soft mask that leaves all else as it is."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet.fields import smoothstep
from video_processor.renderers.sadtalker.view import View

FEATHER: Final = 0.12
"""Width of the mask's soft edge inside the square, over the square's side; none along the frame's own edges."""

BESIDE: Final = (0.35, 0.7)
"""The mask fades over this stretch away from the person: what lies further stays the picture's own. In inter-ocular
distances."""

PERSON: Final = 128

MATCH_BLUR: Final = 0.06
MOST_MATCH: Final = 20.0
"""Colours are matched where they differ over areas larger than this share of the square's side, by no more levels."""


@dataclass(frozen=True, slots=True)
class Paste:
    """`mask` (h, w) float32 over the part of the square inside the frame; None where the networks draw all."""

    view: View
    picture: Image
    mask: Floats | None
    rest: Floats | None

    def laid(self, face: Image) -> Image:
        """The frame with a face as the networks drew it (pixels, pixels, 3) uint8 RGB."""
        drawn = self.view.fitted(face)
        if self.mask is None or self.rest is None:
            return np.ascontiguousarray(drawn)
        frame = self.picture.copy()
        part = frame[self.view.inside]
        part[:] = cv2.blendLinear(np.ascontiguousarray(drawn), np.ascontiguousarray(part), self.mask, self.rest)
        return frame


def build_paste(portrait: Portrait, view: View) -> Paste:
    if view.mode == "crop":
        return Paste(view, portrait.image, None, None)
    mask = _edges(view) * _near(portrait, view)
    return Paste(view, portrait.image, mask, 1 - mask)


def colour_match(source: Image, redrawn: Image) -> Floats:
    """What is to be added to all that is drawn of a source, which the networks draw as `redrawn` where nothing moves.

    Both (pixels, pixels, 3); levels, changing slowly over the picture.
    """
    difference = source.astype(np.float32) - redrawn
    blurred = cv2.GaussianBlur(difference, (0, 0), MATCH_BLUR * len(source), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(blurred, -MOST_MATCH, MOST_MATCH), np.float32)


def matched(face: Image, match: Floats) -> Image:
    return np.asarray(cv2.add(face, match, dtype=cv2.CV_8U), np.uint8)


def _edges(view: View) -> Floats:
    """1 in the middle of the square, 0 at its edges but for those that are the frame's or lie beyond it."""
    x, y, side = view.square
    rows, columns = view.inside
    across = _ramp(columns, x, side, view.frame.width)
    down = _ramp(rows, y, side, view.frame.height)
    return np.asarray(down[:, None] * across[None], np.float32)


def _ramp(pixels: slice, start: float, side: float, limit: int) -> Floats:
    place = np.arange(pixels.start, pixels.stop, dtype=np.float32)
    feather = FEATHER * side
    low = smoothstep(0, feather, place - start) if start > 0 else np.ones_like(place)
    high = smoothstep(0, feather, start + side - 1 - place) if start + side < limit else np.ones_like(place)
    return np.asarray(low * high, np.float32)


def _near(portrait: Portrait, view: View) -> Floats:
    """1 on the person and close by, 0 further away; 1 everywhere where no person is told from the ground."""
    person = portrait.person[view.inside] >= PERSON
    if not person.any():
        return np.ones(person.shape, np.float32)
    away = np.asarray(cv2.distanceTransform((~person).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    return np.asarray(1 - smoothstep(*BESIDE, away / portrait.inter_ocular), np.float32)
