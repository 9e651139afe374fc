"""The person cut out of the picture, in colours of their own, and laid over another background."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar.types import Cutout, Floats, Image, Portrait
from video_processor.colours import fill_transparent
from video_processor.matte_doubt import settle

OWN_ALPHA_SHARE: Final = 0.01
"""Share of clearly transparent pixels from which on a picture counts as cut out by whoever made it."""

WIDE_SHARE: Final = 0.06
"""Side of the first window that colours are estimated in, over the picture's longer side."""

NARROW_PIXELS: Final = 5
"""Side of the second."""

LARGELY: Final = 0.9
"""Share from which on a pixel shows a side's own colour."""

DOUBTED: Final = 0.01
"""Weight of the colours of other pixels, which decide where there are none better."""

LEAST_WEIGHT: Final = 1e-4

SURE_PERSON: Final = 250
"""Matte from which on a pixel's colour is nobody else's."""


def cut_out(portrait: Portrait, alpha: Image, behind: Image | None) -> Portrait:
    """The portrait with its person, by `alpha` of `person_alpha`, over `behind`, RGB of its size, or over nothing."""
    colours = portrait.image if _is_cut_out(portrait) else person_colours(portrait.image, alpha)
    front = np.dstack([fill_transparent(colours, alpha), alpha])
    ground = np.zeros_like(portrait.image) if behind is None else behind
    return replace(portrait, image=laid_over(front, ground), cutout=Cutout(front, behind))


def person_alpha(portrait: Portrait) -> Image:
    """The person's share of each pixel (H, W) uint8: the picture's own transparency where it has any to speak of."""
    if portrait.alpha is not None and _is_cut_out(portrait):
        return portrait.alpha
    return settle(portrait.image, portrait.person)


def laid_over(front: Image, behind: Image) -> Image:
    """RGBA (H, W, 4), straight alpha, over RGB (H, W, 3)."""
    share = front[..., 3].astype(np.float32) / np.float32(255)
    return np.asarray(cv2.blendLinear(np.ascontiguousarray(front[..., :3]), behind, share, 1 - share), np.uint8)


def person_colours(image: Image, alpha: Image) -> Image:
    """The picture with the background taken out of the colours of soft edges.

    Blur fusion (Forte 2021, *Approximate Fast Foreground Colour Estimation*), twice; at first, pixels that are one
    side's alone count most.
    """
    share = (alpha.astype(np.float32) / np.float32(255))[..., None]
    seen = image.astype(np.float32)
    wide = max(3, round(WIDE_SHARE * max(image.shape[:2]))) | 1
    person, ground = _mean(seen, _sure(share), wide), _mean(seen, _sure(1 - share), wide)
    person = _corrected(seen, person, ground, share)
    person, ground = _mean(person, share, NARROW_PIXELS), _mean(ground, 1 - share, NARROW_PIXELS)
    person = _corrected(seen, person, ground, share)
    return np.where(alpha[..., None] >= SURE_PERSON, image, np.rint(person)).astype(np.uint8)


def _sure(share: Floats) -> Floats:
    """The weight of each pixel's colour as one of that side."""
    return np.asarray(np.clip((share - LARGELY) / (1 - LARGELY), 0, 1) + DOUBTED * share, np.float32)


def _corrected(seen: Floats, person: Floats, ground: Floats, share: Floats) -> Floats:
    """The person's colours, 0..255, so that mixed with the ground by `share` (H, W, 1) they give what is `seen`."""
    rest = seen - share * person - (1 - share) * ground
    return np.asarray(np.clip(person + share * rest, 0, 255), np.float32)


def _mean(colours: Floats, weight: Floats, side: int) -> Floats:
    total = cv2.blur(weight, (side, side))[..., None]
    found = cv2.blur(colours * weight, (side, side)) / np.maximum(total, np.float32(LEAST_WEIGHT))
    return np.where(total > LEAST_WEIGHT, found, colours).astype(np.float32)


def _is_cut_out(portrait: Portrait) -> bool:
    """Whether the picture itself is transparent around the person."""
    return portrait.alpha is not None and float((portrait.alpha < 128).mean()) >= OWN_ALPHA_SHARE
