"""Cutting the person out softly, and filling in what lies behind."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Image, Portrait
from video_processor.renderers.puppet.fields import Box

SOLID_MARGIN: Final = 0.03
FADE_MARGIN: Final = 0.07
"""Rim of background that travels with the person, and the stretch over which it fades, in inter-ocular distances."""

MOST_COVER: Final = 0.985
LEAST_COVER: Final = 0.05

LEAST_SHARE: Final = 0.08
"""Where less of a pixel is the person's, its colour says nothing of theirs."""


def matte(portrait: Portrait) -> Image | None:
    """How much each pixel belongs to the moving person, (H, W) uint8; None where person and ground cannot be told."""
    person = (portrait.person > 127).astype(np.uint8)
    cover = float(person.mean())
    if not LEAST_COVER < cover < MOST_COVER:
        return None
    outside = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / portrait.inter_ocular
    fade = np.clip(1 - (outside - SOLID_MARGIN) / FADE_MARGIN, 0, 1)
    soft = fade * fade * (3 - 2 * fade)
    return np.asarray(np.round(soft * 255), np.uint8)


def separated(image: Image, cover: Image) -> tuple[Image, Image]:
    """The person's own colours and what lies behind them, (H, W, 3) each; with `cover` (H, W) they give the picture.

    Behind the soft rim lies what surrounds it, and the rim's colours are what makes up the rest; only where no colour
    could, the ground keeps a trace.
    """
    behind = fill_behind(image, cover > 0, (slice(0, image.shape[0]), slice(0, image.shape[1])))
    share = cover[..., None].astype(np.float32) / np.float32(255)
    mixed = (share > LEAST_SHARE) & (share < 1)
    wanted = np.rint((image - behind * (1 - share)) / np.maximum(share, np.float32(LEAST_SHARE)))
    own = np.where(mixed, np.clip(wanted, 0, 255), image).astype(np.uint8)
    impossible = (share > 0) & (share < 1) & (~mixed | (own != wanted))
    trace = np.rint((image - own * share) / np.maximum(1 - share, np.float32(1 / 255)))
    return own, np.asarray(np.where(impossible, np.clip(trace, 0, 255), behind), np.uint8)


def fill_behind(image: Image, hidden: NDArray[np.bool_], box: Box) -> Image:
    """The `box` of a picture with all that is `hidden` (H, W) replaced by what surrounds it, smoothly; equal elsewhere.

    Pull-push interpolation over an image pyramid (Gortler et al. 1996, *The Lumigraph*).
    """
    image, hidden = image[box], hidden[box]
    known = (~hidden).astype(np.float32)
    filled = _pull_push(image.astype(np.float32) * known[..., None], known)
    return np.asarray(np.where(known[..., None] > 0, image, np.clip(np.round(filled), 0, 255)), np.uint8)


def _pull_push(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours where known, a smooth continuation where not; `weighted` is colour times `weight`."""
    height, width = weight.shape
    own = weighted / np.maximum(weight, 1e-6)[..., None]
    if min(height, width) <= 2 or weight.min() > 0.999:
        total = max(float(weight.sum()), 1e-6)
        mean = weighted.reshape(-1, weighted.shape[-1]).sum(axis=0) / total
        share = np.clip(weight, 0, 1)[..., None]
        return np.asarray(own * share + mean * (1 - share), np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = _pull_push(
        np.asarray(cv2.resize(weighted, half, interpolation=cv2.INTER_AREA), np.float32),
        np.asarray(cv2.resize(weight, half, interpolation=cv2.INTER_AREA), np.float32),
    )
    behind = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight, 0, 1)[..., None]
    return np.asarray(own * share + behind * (1 - share), np.float32)
