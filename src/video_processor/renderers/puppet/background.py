"""Cutting the person out softly, and filling in what lies behind."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet.fields import Box, ease, resample
from video_processor.renderers.puppet.rim import likeness

SURE_RIM: Final = (0.015, 0.05)
"""Over this stretch outside the outline fades what travels with the person in any case, in inter-ocular distances."""

LIKELY_RIM, LIKELY = (0.06, 0.14), (0.1, 0.4)
"""Over the first stretch fades what shows the person's colours; it does so by a likeness from the one number on to the
other."""

FAINT: Final = 0.06
"""Pixels that are the person's by less are the ground's."""

MOST_COVER: Final = 0.985
LEAST_COVER: Final = 0.05

MIRROR_SHARE: Final = 0.6
"""A pixel that lies so far behind the person shows what lies this share of it outside."""

MIRROR_FADE: Final = (0.45, 1.1)
"""Over this depth the mirrored texture gives way to smooth colours; so far a turning head lays bare what is behind."""

OUTLINE_SOFTNESS, MIRROR_MARGIN, MIRROR_SOFTNESS = 0.10, 0.015, 0.03
"""How much the outline is smoothed for the mirror, how far outside it the mirror begins, and the softness of its
limits. All in inter-ocular distances."""

RIDGE_DEPTH: Final = 2.0
"""So much deeper counts what lies halfway between two outlines, where one mirror would meet another."""

MIRROR_PIXELS: Final = 30.0
"""Inter-ocular distance at which the mirror's smooth map is made."""

LEAST_SHARE: Final = 0.08
"""Where less of a pixel is the person's, its colour says nothing of theirs."""


def matte(portrait: Portrait) -> Image | None:
    """How much each pixel belongs to the moving person, (H, W) uint8; None where person and ground cannot be told."""
    person = (portrait.person > 127).astype(np.uint8)
    cover = float(person.mean())
    if not LEAST_COVER < cover < MOST_COVER:
        return None
    outside = np.asarray(cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / portrait.inter_ocular, np.float32)
    alike = ease(*LIKELY, likeness(portrait.image, person > 0, portrait.inter_ocular))
    soft = np.maximum(1 - ease(*SURE_RIM, outside), alike * (1 - ease(*LIKELY_RIM, outside)))
    return np.asarray(np.round(np.where(soft < FAINT, 0, soft) * 255), np.uint8)


def separated(image: Image, cover: Image, unit: float) -> tuple[Image, Image]:
    """The person's own colours and what lies behind them, (H, W, 3) each; with `cover` (H, W) they give the picture.

    `unit`: the inter-ocular distance, pixels. Behind the soft rim lies what surrounds it, and the rim's colours are
    what makes up the rest; only where no colour could, the ground keeps a trace.
    """
    behind = continued(image, cover > 0, unit)
    share = cover[..., None].astype(np.float32) / np.float32(255)
    mixed = (share > LEAST_SHARE) & (share < 1)
    wanted = np.rint((image - behind * (1 - share)) / np.maximum(share, np.float32(LEAST_SHARE)))
    own = np.where(mixed, np.clip(wanted, 0, 255), image).astype(np.uint8)
    impossible = (share > 0) & (share < 1) & (~mixed | (own != wanted))
    trace = np.rint((image - own * share) / np.maximum(1 - share, np.float32(1 / 255)))
    return own, np.asarray(np.where(impossible, np.clip(trace, 0, 255), behind), np.uint8)


def continued(image: Image, hidden: NDArray[np.bool_], unit: float) -> Image:
    """The picture with what is `hidden` (H, W) replaced by the texture around it, mirrored at the outline.

    Further inside, and where the mirror shows nothing, lies `fill_behind`. `unit`: the inter-ocular distance, pixels.
    """
    edge = np.asarray(cv2.dilate(hidden.astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
    smooth = fill_behind(image, edge > 0, (slice(0, image.shape[0]), slice(0, image.shape[1])))
    if edge.all():
        return smooth
    places, depth = _mirror(edge, unit)
    shown = resample(1 - edge, places, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
    shown = cv2.erode(shown, np.ones((3, 3), np.uint8)).astype(np.float32)
    share = cv2.GaussianBlur(shown, (0, 0), MIRROR_SOFTNESS * unit) * (1 - ease(*MIRROR_FADE, depth))
    texture = resample(image, places, cv2.INTER_LINEAR)
    mixed = cv2.blendLinear(texture, smooth, share, 1 - share)
    return np.where(hidden[..., None], mixed, image).astype(np.uint8)


def _mirror(hidden: Image, unit: float) -> tuple[Floats, Floats]:
    """Where to look for each pixel (H, W, 2) beyond the smoothed outline of `hidden`, and how deep it lies in units.

    As far outside along the distance's gradient as the pixel lies inside, times `MIRROR_SHARE`.
    """
    height, width = hidden.shape
    scale = min(1.0, MIRROR_PIXELS / unit)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = (cv2.resize(hidden.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    inside, outside = (cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (small, 1 - small))
    depth = np.asarray(cv2.GaussianBlur(inside - outside, (0, 0), OUTLINE_SOFTNESS * unit * scale), np.float32)
    down, across = np.gradient(depth)
    slope = np.stack([across, down], axis=-1).astype(np.float32)
    steep = np.linalg.norm(slope, axis=-1, keepdims=True)
    inward = slope / np.maximum(steep, np.float32(1e-3))
    here = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size)), axis=-1)
    margin = np.float32(MIRROR_MARGIN * unit * scale)
    places = here - np.asarray((1 + MIRROR_SHARE) * np.maximum(depth, 0) + margin, np.float32)[..., None] * inward
    for _ in range(2):
        still = np.maximum(_at(depth, places) + margin, 0)
        places = places - still[..., None] * _at(inward, places)
    offset = cv2.resize((places - here) / np.float32(scale), (width, height), interpolation=cv2.INTER_LINEAR)
    offset[..., 0] += np.arange(width, dtype=np.float32)
    offset[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    halfway = RIDGE_DEPTH * np.maximum(1 - steep[..., 0], 0)
    deep = cv2.resize(depth / np.float32(scale * unit) + halfway, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(offset, np.float32), np.asarray(deep, np.float32)


def _at(field: Floats, places: Floats) -> Floats:
    return np.asarray(resample(field, np.asarray(places, np.float32), cv2.INTER_LINEAR, cv2.BORDER_REPLICATE))


def fill_behind(image: Image, hidden: NDArray[np.bool_], box: Box) -> Image:
    """The `box` of a picture with all that is `hidden` (H, W) replaced by what surrounds it, smoothly; equal elsewhere.

    Pull-push interpolation over an image pyramid (Gortler et al. 1996, *The Lumigraph*).
    """
    image, hidden = image[box], hidden[box]
    known = (~hidden).astype(np.float32)
    filled = pull_push(image.astype(np.float32) * known[..., None], known)
    return np.asarray(np.where(known[..., None] > 0, image, np.clip(np.round(filled), 0, 255)), np.uint8)


def pull_push(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours where known, a smooth continuation where not; `weighted` is colour times `weight`."""
    height, width = weight.shape
    own = weighted / np.maximum(weight, 1e-6)[..., None]
    if min(height, width) <= 2 or weight.min() > 0.999:
        total = max(float(weight.sum()), 1e-6)
        mean = weighted.reshape(-1, weighted.shape[-1]).sum(axis=0) / total
        share = np.clip(weight, 0, 1)[..., None]
        return np.asarray(own * share + mean * (1 - share), np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = pull_push(
        np.asarray(cv2.resize(weighted, half, interpolation=cv2.INTER_AREA), np.float32),
        np.asarray(cv2.resize(weight, half, interpolation=cv2.INTER_AREA), np.float32),
    )
    behind = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight, 0, 1)[..., None]
    return np.asarray(own * share + behind * (1 - share), np.float32)
