"""Filling in what lies behind a person, and parting the colours of both where they mix."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet.fields import Box, ease, resample

MIRROR_SHARE: Final = 0.6
"""A pixel that lies so far behind the person shows what lies this share of it outside."""

MIRROR_FADE: Final = (0.12, 0.45)
"""Over this depth the mirrored texture gives way to smooth colours; so far a turning head lays bare what is behind."""

GRAIN: Final = 0.05
"""Texture is what differs from its surroundings of this size, in inter-ocular distances: shapes are not mirrored."""

CLEAN, CLEAN_FADE = 0.06, 0.15
"""Smooth colours are those of the ground at least so far from the person, from the second depth on, in inter-ocular
distances."""

OUTLINE_SOFTNESS, MIRROR_MARGIN, MIRROR_SOFTNESS = 0.14, 0.02, 0.03
"""How much the outline is smoothed for the mirror, how far outside it the mirror begins, and the softness of its
limits. All in inter-ocular distances."""

RIDGE_DEPTH: Final = 2.0
"""So much deeper counts what lies halfway between two outlines, where one mirror would meet another."""

MIRROR_PIXELS: Final = 30.0
"""Inter-ocular distance at which the mirror's smooth map is made."""

SWEEPS, SWEPT_PIXELS = 24, 160
"""The ground's colours are relaxed so often at every level of the pyramid whose sides have up to so many pixels."""

LEAST_SHARE, LEAST_SOFTNESS = 0.08, 0.012
"""Where less of a pixel is the person's, its colour says nothing of theirs. Neighbours so near, in inter-ocular
distances, need the same cover."""


def separated(image: Image, cover: Image, unit: float) -> tuple[Image, Image, Image]:
    """The person's own colours, their cover and what lies behind: (H, W, 3), (H, W), (H, W, 3), that give the picture.

    `unit`: the inter-ocular distance, pixels. Behind the soft rim lies what surrounds it, and the rim's colours are
    what makes up the rest; where no colour could, the rim covers more.
    """
    behind = continued(image, cover > 0, unit)
    cover = np.where(cover > 0, np.maximum(cover, _least_cover(image, behind, unit)), 0).astype(np.uint8)
    share = cover[..., None].astype(np.float32) / np.float32(255)
    mixed = (share > 0) & (share < 1)
    wanted = np.rint((image - behind * (1 - share)) / np.maximum(share, np.float32(1 / 255)))
    own = np.where(mixed, np.clip(wanted, 0, 255), image).astype(np.uint8)
    impossible = mixed & (own != wanted)
    trace = np.rint((image - own * share) / np.maximum(1 - share, np.float32(1 / 255)))
    return own, cover, np.asarray(np.where(impossible, np.clip(trace, 0, 255), behind), np.uint8)


def _least_cover(image: Image, behind: Image, unit: float) -> Image:
    """How much (H, W), smoothly, colours of 0 to 255 must cover of what lies `behind` to give the `image`."""
    over, under = cv2.subtract(image, behind), cv2.subtract(behind, image)
    room = np.where(over > 0, 255 - behind, behind).astype(np.float32)
    share = np.minimum(cv2.max(over, under) / np.maximum(room, 1), 1).max(axis=-1)
    side = 2 * max(1, round(LEAST_SOFTNESS * unit)) + 1
    soft = cv2.blur(cv2.dilate(share, np.ones((side, side), np.uint8)), (side, side))
    return np.asarray(np.ceil(np.maximum(np.clip(soft, share, 1), np.float32(LEAST_SHARE)) * 255), np.uint8)


def continued(image: Image, hidden: NDArray[np.bool_], unit: float) -> Image:
    """The picture with what is `hidden` (H, W) replaced by the colours around it and the grain mirrored at the outline.

    `unit`: the inter-ocular distance, pixels.
    """
    edge = np.asarray(cv2.dilate(hidden.astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
    smooth = _smooth(image, edge, unit)
    if edge.all():
        return smooth
    places, depth = _mirror(edge, unit)
    shown = resample(1 - edge, places, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
    shown = cv2.erode(shown, np.ones((3, 3), np.uint8)).astype(np.float32)
    share = cv2.GaussianBlur(shown, (0, 0), MIRROR_SOFTNESS * unit) * (1 - ease(*MIRROR_FADE, depth))
    texture = resample(grain(image, 1 - edge, GRAIN * unit), places, cv2.INTER_LINEAR)
    mixed = np.clip(np.rint(smooth + texture * share[..., None]), 0, 255)
    return np.where(hidden[..., None], mixed, image).astype(np.uint8)


def grain(image: Image, known: Image, size: float) -> Floats:
    """How the colours (H, W, 3) where `known` (H, W) differ from those around within `size` pixels; 0 elsewhere."""
    weight = known[..., None].astype(np.float32)
    total, share = (cv2.GaussianBlur(field, (0, 0), size) for field in (image * weight, weight[..., 0]))
    return np.asarray((image - total / np.maximum(share, np.float32(1e-3))[..., None]) * weight, np.float32)


def _smooth(image: Image, hidden: Image, unit: float) -> Image:
    """The picture without what is `hidden` (H, W); further inside, also without the colours right beside it."""
    whole = (slice(0, image.shape[0]), slice(0, image.shape[1]))
    inside, outside = (cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (hidden, 1 - hidden))
    near, far = (fill_behind(image, outside < margin, whole, SWEEPS) for margin in (1e-3, CLEAN * unit))
    share = ease(0.0, CLEAN_FADE * unit, np.asarray(inside, np.float32))
    return np.where(hidden[..., None] > 0, cv2.blendLinear(far, near, share, 1 - share), image).astype(np.uint8)


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


def fill_behind(image: Image, hidden: NDArray[np.bool_], box: Box, sweeps: int = 0) -> Image:
    """The `box` of a picture with all that is `hidden` (H, W) replaced by what surrounds it, smoothly; equal elsewhere.

    Pull-push interpolation over an image pyramid (Gortler et al. 1996, *The Lumigraph*). With `sweeps` it is
    relaxed towards a membrane, which is smoothest.
    """
    image, hidden = image[box], hidden[box]
    known = (~hidden).astype(np.float32)
    filled = pull_push(image.astype(np.float32) * known[..., None], known, sweeps)
    return np.asarray(np.where(known[..., None] > 0, image, np.clip(np.round(filled), 0, 255)), np.uint8)


def pull_push(weighted: Floats, weight: Floats, sweeps: int = 0) -> Floats:
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
        sweeps,
    )
    behind = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight, 0, 1)[..., None]
    filled = own * share + behind * (1 - share)
    for _ in range(sweeps if max(height, width) <= SWEPT_PIXELS else min(sweeps, 1)):
        filled = own * share + cv2.blur(filled, (3, 3), borderType=cv2.BORDER_REPLICATE) * (1 - share)
    return np.asarray(filled, np.float32)
