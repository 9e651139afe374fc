"""The skin of an upper lid: how it stretches over the eye as the lid comes down, and the lashes at its edge."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.eye_opening import EyeAxes
from video_processor.renderers.puppet.fields import Box, ease
from video_processor.renderers.puppet.lash_line import lash_line
from video_processor.renderers.puppet.lid_colour import LASHES_ABOVE, Lids, closed_lid

LEAST_SKIN, MOST_SKIN = 0.05, 0.16
"""So much skin above the lashes stretches with the lid at least and at most, in inter-ocular distances."""

UNDER_BROW: Final = 0.015
"""Skin so far under the brow's landmarks keeps still, in inter-ocular distances."""

INNER_CORNER, OUTER_CORNER = (-0.22, 0.0), (-0.40, -0.08)
"""Over this stretch from beyond a corner on, in eye lengths, lashes and creases go."""

CORNER_FADE: Final = 0.04
"""Above a corner's level so much skin goes over to what it was, in inter-ocular distances."""

ARCH: Final = 0.6
"""Power of the arch in which a lid's fold goes down to the corners."""

LID_EDGE: Final = 0.02
"""Standard deviation of the blur of a lid's outline, in inter-ocular distances."""

DARK: Final = 0.55
"""What is darker than this share of the skin above an eye lies over it: a frame of glasses, a fringe."""

STRAND_END, DIM = 0.04, 0.80
"""So far beyond it, in inter-ocular distances, what is darker than the second share belongs to it."""

ALL_BARE: Final = 0.98
"""Less bare skin than this takes its colour from what surrounds it."""

OVER_FOLD: Final = 0.03
"""What lies over an eye comes from further up than this above the fold, in inter-ocular distances."""

PRESSED: Final = 0.3
"""A lid that goes up presses its skin together to this share at most."""


@dataclass(frozen=True, slots=True)
class LidSkin:
    """The upper lid of one eye, over its patch (h, w).

    `own` (h, w, 3): the patch without what lies over the skin; `closed`: the patch with the eye closed, without lashes;
    `lashes` and `ink` (h, w, 3): the light that the lashes of a lid that comes down leave, without and with their
    shadow on the lower lid, 255 for all. `shown`: 0 where hair or a frame of glasses lies over the lid, and beyond it.
    `depth`: how far below the fold, where skin begins to move, each pixel lies, and `stretch`: how much skin there is
    from there to the lashes, pixels down the eye's own axis.
    """

    own: Image
    closed: Image
    lashes: Image
    ink: Image
    shown: Floats
    depth: Floats
    stretch: Floats

    def cropped(self, cut: Box) -> "LidSkin":
        """Over a part of the patch; `own`, `lashes` and `ink` stay whole."""
        return replace(
            self,
            closed=self.closed[cut],
            shown=self.shown[cut],
            depth=self.depth[cut],
            stretch=self.stretch[cut],
        )

    def shift(self, drop: Floats, *, down: bool) -> Floats:
        """Where skin lay before the lid's edge came `down` by `drop`, or went up, as shifts (h, w) in pixels.

        The way of a lid that comes down grows with the square of the distance from the fold, so that skin under the
        brow hardly moves; skin of one that goes up is pressed together evenly.
        """
        if not down:
            pressed = np.maximum(self.stretch + drop, np.float32(PRESSED) * self.stretch)
            return np.asarray(np.minimum(self.depth * (self.stretch / pressed - 1), -drop), np.float32)
        root = np.sqrt(np.square(self.stretch) + 4 * drop * self.depth)
        return np.asarray(np.maximum(self.depth * (2 * self.stretch / (self.stretch + root) - 1), -drop), np.float32)


def lid_skin(patch: Image, eye: EyeAxes, lids: list[Floats], brow: Floats) -> LidSkin:
    """`lids`: the upper and the lower lid's edge; `brow`: the brow's lower edge, all (h, w), pixels down the eye."""
    unit = eye.unit
    lashes = lids[0] - np.float32(LASHES_ABOVE * unit)
    stretch = np.clip(lashes - brow - np.float32(UNDER_BROW * unit), LEAST_SKIN * unit, MOST_SKIN * unit)
    stretch = np.asarray(np.minimum(stretch, np.maximum(lashes - eye.down.min(), 1)), np.float32)
    fold = np.asarray(lashes - stretch, np.float32)
    bare = _bare(patch, eye, lids[0], fold)
    own = fill_behind(patch, bare < ALL_BARE, (slice(0, patch.shape[0]), slice(0, patch.shape[1])))
    outline = _outline(eye, lids[0], fold)
    closed = closed_lid(patch, own, eye, Lids(lids[0], lids[1], fold, brow), bare)
    alone, met = lash_line(own, closed, eye, lids[0])
    return LidSkin(
        own=own,
        closed=closed,
        lashes=alone,
        ink=met,
        shown=np.asarray(bare * outline * _above_corners(eye, lids[0]), np.float32),
        depth=np.maximum(eye.down - fold, 0),
        stretch=stretch,
    )


def _outline(eye: EyeAxes, upper: Floats, fold: Floats) -> Floats:
    """1 on the lid, softly 0 above its fold, which goes down to the corners in an arch, and beyond them."""
    middle = (np.clip(eye.outward, -0.2, 1.3) - 0.55) / 0.75
    arch = np.power(np.maximum(1 - np.square(middle), 0), np.float32(ARCH))
    top = upper - arch * (upper - fold)
    inside = (eye.down > top) * _between(eye)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), max(0.7, LID_EDGE * eye.unit)), np.float32)


def _between(eye: EyeAxes) -> Floats:
    """0 beyond the corners, 1 between them."""
    return ease(*INNER_CORNER, eye.outward) * ease(*OUTER_CORNER, 1 - eye.outward)


def _above_corners(eye: EyeAxes, upper: Floats) -> Floats:
    """1 between the corners; beyond them it fades towards their level."""
    beyond = 1 - ease(-0.05, 0.05, np.minimum(eye.outward, 1 - eye.outward))
    return np.asarray(1 - beyond * (1 - ease(0.0, CORNER_FADE * eye.unit, upper - eye.down)), np.float32)


def _bare(patch: Image, eye: EyeAxes, upper: Floats, fold: Floats) -> Floats:
    """0 on what lies over the skin above the eye, softly 1 elsewhere.

    That is what is much darker than this skin and comes in from outside: lashes and creases lie within.
    """
    above = upper - eye.down
    skin = (above > LASHES_ABOVE * eye.unit) & (above < 0.28 * eye.unit)
    light = patch.astype(np.float32).mean(axis=2)
    level = float(np.median(light[skin])) if skin.any() else 0.0
    dark = skin & (light < DARK * level)
    _, pieces = cv2.connectedComponents(dark.astype(np.uint8))
    outside = eye.down < fold - np.float32(OVER_FOLD * eye.unit)
    outside[:, 0] = outside[:, -1] = True
    over = np.isin(pieces, np.unique(pieces[outside & dark])) & dark
    wide = 2 * max(1, round(STRAND_END * eye.unit)) + 1
    ends = cv2.dilate(over.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))) > 0
    over |= ends & skin & (light < DIM * level)
    soft = cv2.GaussianBlur(over.astype(np.float32), (0, 0), max(0.7, 0.01 * eye.unit))
    return np.asarray(1 - np.clip(2 * soft, 0, 1), np.float32)
