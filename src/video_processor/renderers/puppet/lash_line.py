"""The line that the lashes of a closed lid make along its edge."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.eye_opening import EyeAxes
from video_processor.renderers.puppet.fields import ease, smoothstep
from video_processor.renderers.puppet.lid_colour import LASHES_ABOVE, shade_hue

LINE_ABOVE, LINE_BELOW = 0.006, 0.018
"""How far the line fades out above the lid's edge and below it in the middle of the eye, in inter-ocular distances."""

SHADOW_DEPTH, SHADOW = 0.055, 0.55
"""How far the shadow under it fades out, in inter-ocular distances, and how much light it takes."""

OWN_LASHES, LINE = (0.40, 0.60, 0.84), (0.42, 0.68, 0.84)
"""Share of the light that the line takes by the share that the open eye's lashes take."""

FULL_SHADOW: Final = 0.68
"""Lashes that take less than this share of the light cast less shadow."""

FAIR: Final = (0.45, 0.70)
"""Lashes that take less of the light than the second share become brown as the shade of the skin is."""

THINNEST: Final = 0.6
"""Width of the line at the corners over that at its thickest."""

INNER_END, OUTER_END = (-0.04, 0.16), (-0.07, 0.10)
"""Over this stretch from a corner on the line appears, in eye lengths."""

HAIR, HAIR_DEPTH, HAIR_SLANT = 0.010, 0.55, 0.35
"""Width of a lash in inter-ocular distances, how much the line's reach changes from lash to lash, and how far lashes
lean outward over their reach."""

DARKEST: Final = 12
"""Percentile of the light along an open eye's upper lid that its lashes have."""


def lash_line(own: Image, closed: Image, eye: EyeAxes, upper: Floats) -> tuple[Image, Image]:
    """The light (h, w, 3) that the line leaves of a closed lid `closed` (h, w, 3), in the colour of `own`'s lashes.

    255 is all of it. First that of the lashes alone, then with the shadow that they cast on a lower lid they meet.
    `upper` (h, w): the upper lid's edge in the picture, pixels down the eye.
    """
    depth = np.asarray((eye.down - upper) * np.float32(1 / eye.unit), np.float32)
    strip = (depth > -LASHES_ABOVE) & (depth < 0) & (eye.along > 0.1) & (eye.along < 0.9)
    taken = _lash_colour(own[strip], closed[strip])
    thick = np.float32(THINNEST) + np.float32(1 - THINNEST) * ease(0.05, 0.60, eye.outward) * (
        1 - ease(0.80, 1.08, eye.outward)
    )
    pixel = 0.7 / eye.unit
    reach = np.maximum(np.float32(LINE_BELOW) * thick * _hairs(eye, depth), np.float32(pixel))
    above = np.exp(-np.square(np.minimum(depth, 0) / np.maximum(np.float32(LINE_ABOVE) * thick, np.float32(pixel))))
    below = np.maximum(depth, 0)
    ends = ease(*INNER_END, eye.outward) * ease(*OUTER_END, 1 - eye.outward)
    line = np.exp(-np.square(below / reach)) * ends
    shadow = (
        np.float32(SHADOW * min(1.0, float(taken.mean()) / FULL_SHADOW))
        * np.exp(-np.square(below * np.float32(1 / SHADOW_DEPTH)))
        * ends
    )
    dark = shadow[..., None] * shade_hue(closed[strip])
    lashes = 1 - line[..., None] * taken
    lit = [1 - above[..., None] * (1 - light) for light in (lashes, lashes * (1 - dark))]
    alone, met = (np.asarray(np.rint(255 * np.clip(light, 0, 1)), np.uint8) for light in lit)
    return alone, met


def _lash_colour(open_: Image, closed: Image) -> Floats:
    """How much of the skin's red, green and blue lashes take, (3,), by the colours (n, 3) along an upper lid's edge."""
    if not len(open_):
        return np.full(3, LINE[1], np.float32)
    light = open_.astype(np.float32).mean(axis=1)
    lashes = open_[light <= np.percentile(light, DARKEST)].astype(np.float32).mean(axis=0)
    taken = 1 - lashes / np.maximum(closed.astype(np.float32).mean(axis=0), 1)
    strength = float(taken.mean())
    wanted = float(np.interp(strength, OWN_LASHES, LINE))
    line = taken + (wanted - strength)
    fair = 1 - float(smoothstep(*FAIR, strength))
    return np.asarray(np.clip(line * (1 - fair) + wanted * shade_hue(closed) * fair, 0, 1), np.float32)


def _hairs(eye: EyeAxes, depth: Floats) -> Floats:
    """How far the line reaches from lash to lash, shares (h, w), the same for every call."""
    place = (eye.grid @ np.array([eye.down_axis[1], -eye.down_axis[0]], np.float32)) / eye.unit
    place = place - np.float32(HAIR_SLANT) * depth
    noise = np.random.default_rng(0).uniform(-1, 1, 256).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise[None], (0, 0), 0.6), np.float32)[0]
    steps = place / np.float32(HAIR) + np.float32(64)
    return np.asarray(1 + HAIR_DEPTH * np.interp(steps, np.arange(256), noise), np.float32)
