"""What a closed lid looks like where the picture shows an open eye: the skin round the eye, carried over it."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.background import pull_push
from video_processor.renderers.puppet.eye_opening import EyeAxes
from video_processor.renderers.puppet.fields import ease

LASHES_ABOVE: Final = 0.055
"""The strip along the upper lid's edge that holds its lashes and moves with it, in inter-ocular distances."""

RIM_BELOW: Final = 0.035
"""The strip under the lower lid's edge that holds its moist rim, in inter-ocular distances."""

CORE_FADE: Final = 0.022
"""Standard deviation of the blur of what a closed lid covers, in inter-ocular distances."""

CORE_CORNERS: Final = 0.06
"""How far beyond the corners that reaches, in eye lengths."""

UNDER_EYE, UNDER_DEPTH = 0.05, 0.16
"""Skin from the first to the second distance under the lower lid is bare, in inter-ocular distances."""

UNDER_BROW: Final = 0.03
"""So far under the brow's landmarks there may be hairs, in inter-ocular distances."""

TOO_DARK, TOO_LIGHT = (0.55, 0.95), (1.30, 1.60)
"""Shares of the light of the skin round an eye over which what is darker is trusted, and what is lighter no more."""

LEAST_TRUST, SURE = 1e-4, 0.5

FINE: Final = 0.06
"""Lashes, liner and creases are narrower than this, in inter-ocular distances."""

INK: Final = (0.05, 0.18)
"""By such shares darker than the skin beside them they are, from hardly to surely."""

INK_REACH, INK_BELOW = (0.008, 0.05), 0.05
"""What is fine and dark stays more and more from so far round the closed lid on, and so far under the lower lid's edge,
in inter-ocular distances."""

SHADOW_BLUR: Final = 0.035
"""Shadows are wider than a blur of this standard deviation, in inter-ocular distances."""

INK_SPREAD: Final = 0.014
"""So far round it what is dark colours the skin, in inter-ocular distances."""

MEMBRANE_BLUR: Final = 0.022
"""Standard deviation of the blur of the skin that is carried over an eye, in inter-ocular distances."""

BULGE, EDGE_SHADE, FOLD_SHADE, CORNER_SHADE = 0.03, 0.15, 0.035, 0.05
"""How much lighter a closed lid is in its middle, and darker at its edge, under its fold and at the corners."""

FOLD_WIDTH: Final = 0.03
"""Half width of the faint fold above a closed lid, in inter-ocular distances."""

HUE: Final = 0.35
"""How much less of a shade a colour takes by which the skin outshines its mean."""

PINK: Final = np.array([1.0, -1.6, 0.6], np.float32)
"""What red, green and blue add to how pink a colour is."""

PINK_PART, BLUSH = 70, 0.5
"""A thin lid goes this share of the way to the colour of the skin round it beyond that percentile in pinkness."""

MEDIAN_TO_DEVIATION: Final = 1.48
"""Standard deviation over median of the absolute values of a normal distribution."""

GRAIN_BANDS: Final = ((0.0025, 0.010, 1.0), (0.010, 0.024, 0.45))
"""Pores and fine lines of skin: blurs between which they lie, in inter-ocular distances, and a lid's share of them."""

MOST_GRAIN: Final = 3.5
"""Most deviation of a band of grain, levels of 255."""

BORDER: Final = 0.04
"""A patch goes over to the picture round it within this, in inter-ocular distances."""


@dataclass(frozen=True, slots=True)
class Lids:
    """Lines over a patch (h, w), pixels down the eye: the lids' edges, the end of moving skin and the brow's edge."""

    upper: Floats
    lower: Floats
    fold: Floats
    brow: Floats


def closed_lid(patch: Image, own: Image, eye: EyeAxes, lids: Lids, bare: Floats) -> Image:
    """The `patch` (h, w, 3) with the eye closed, without lashes: a membrane spanned by the skin round it.

    `bare` (h, w): 0 where something lies over the skin, which `own` (h, w, 3) goes without. The membrane leaves out
    lashes, liner, brow and what else is not skin; it takes the light of an eyeball's bulge and the skin's grain.
    """
    core = _core(eye, lids)
    trust = _trust(own, eye, lids) * bare * (core < 0.02)
    spanned = np.asarray(own * (1 - core[..., None]) + _membrane(own, trust, eye.unit) * core[..., None], np.float32)
    ink = _ink(spanned, core, eye, lids)
    skin = _membrane(own, np.asarray(trust * (1 - ink), np.float32), eye.unit)
    skin = skin * _blush(own, trust, skin, core) * _shade_beside(spanned, skin, core, eye.unit)
    light = 1 + _relief(eye, lids)[..., None] * shade_hue(own[trust > SURE])
    covered = (np.maximum(core, ink) * bare * _inside(patch.shape[:2], eye.unit))[..., None]
    lid = (skin + _grain(own, eye, lids.lower)) * (1 + (light - 1) * core[..., None])
    return np.asarray(np.clip(np.rint(lid * covered + patch * (1 - covered)), 0, 255), np.uint8)


def _inside(size: tuple[int, ...], unit: float) -> Floats:
    """1 in a patch of that size, softly 0 at its border."""
    inside = np.pad(np.ones((size[0] - 2, size[1] - 2), np.uint8), 1)
    return ease(0.0, BORDER * unit, np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5), np.float32))


def _core(eye: EyeAxes, lids: Lids) -> Floats:
    """1 on the opening and the lashes above and the rim below it, softly 0 beyond."""
    middle = np.clip((eye.outward - 0.5) / (0.5 + CORE_CORNERS), -1, 1)
    arch = np.sqrt(np.maximum(1 - np.square(middle), 0)).astype(np.float32)
    centre = (lids.upper + lids.lower) / 2
    top = centre + (lids.upper - centre) - arch * np.float32(LASHES_ABOVE * eye.unit)
    bottom = lids.lower + arch * np.float32(RIM_BELOW * eye.unit)
    inside = (eye.down > top) & (eye.down < bottom) & (np.abs(middle) < 1)
    wide = 2 * max(1, round(CORE_FADE * eye.unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))
    soft = cv2.GaussianBlur(
        cv2.dilate(inside.astype(np.float32), kernel), (0, 0), max(0.7, CORE_FADE * eye.unit / np.sqrt(2))
    )
    return np.asarray(soft, np.float32)


def _trust(own: Image, eye: EyeAxes, lids: Lids) -> Floats:
    """How surely each pixel shows skin, (h, w)."""
    light = own.astype(np.float32).mean(axis=2)
    near = (eye.along > -0.1) & (eye.along < 1.1)
    below = near & (eye.down > lids.lower + UNDER_EYE * eye.unit) & (eye.down < lids.lower + UNDER_DEPTH * eye.unit)
    above = near & (eye.down > lids.brow + UNDER_BROW * eye.unit) & (eye.down < lids.upper - LASHES_ABOVE * eye.unit)
    levels = [float(np.median(light[part])) for part in (below, above) if part.sum() > 8]
    share = light * np.float32(1 / max(float(np.mean(levels)) if levels else float(light.mean()), 1.0))
    under = ease(0.0, UNDER_BROW * eye.unit, eye.down - lids.brow)
    return np.asarray(ease(*TOO_DARK, share) * (1 - ease(*TOO_LIGHT, share)) * under, np.float32)


def _membrane(own: Image, trust: Floats, unit: float) -> Floats:
    """Colours (h, w, 3) spanned smoothly between those of `own` that are to be trusted."""
    if trust.max() < LEAST_TRUST:
        return own.astype(np.float32)
    spanned = pull_push(own.astype(np.float32) * trust[..., None], trust)
    return np.asarray(cv2.GaussianBlur(spanned, (0, 0), max(0.7, MEMBRANE_BLUR * unit)), np.float32)


def _ink(spanned: Floats, core: Floats, eye: EyeAxes, lids: Lids) -> Floats:
    """How surely each pixel round the eye shows lashes, liner or a deep crease, (h, w)."""
    light = np.asarray(spanned.mean(axis=2), np.float32)
    side = 2 * max(1, round(FINE * eye.unit / 2)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    beside = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    dark = ease(*INK, np.asarray(1 - light / np.maximum(beside, 1), np.float32))
    away = cv2.distanceTransform((core < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / np.float32(eye.unit)
    under = 1 - ease(0.0, INK_BELOW * eye.unit, eye.down - lids.lower)
    brow = ease(0.0, UNDER_BROW * eye.unit, eye.down - lids.brow)
    found = np.asarray(dark * (1 - ease(*INK_REACH, np.asarray(away, np.float32))) * under * brow, np.float32)
    wide = 2 * max(1, round(INK_SPREAD * eye.unit)) + 1
    spread = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
    return np.asarray(cv2.GaussianBlur(spread, (0, 0), max(0.5, INK_SPREAD * eye.unit)), np.float32)


def _relief(eye: EyeAxes, lids: Lids) -> Floats:
    """How much lighter or darker a lid is that bulges over the eyeball, shares (h, w)."""
    top = lids.upper - np.float32(LASHES_ABOVE * eye.unit)
    place = np.asarray((eye.down - top) / np.maximum(lids.lower - top, 1), np.float32)
    across = np.clip(2 * eye.outward - 1, -1, 1)
    round_ = np.float32(1) - np.square(across)
    middle = np.exp(-np.square((place - np.float32(0.45)) / np.float32(0.28)))
    edge = ease(0.55, 1.0, place) * (1 - ease(1.0, 1.25, place))
    fold = np.exp(-np.square((eye.down - top) * np.float32(1 / (FOLD_WIDTH * eye.unit))))
    shade = (np.float32(EDGE_SHADE) * edge + np.float32(FOLD_SHADE) * fold) * np.sqrt(np.maximum(round_, 0))
    corners = np.float32(CORNER_SHADE) * np.square(across) * np.square(across)
    return np.asarray(np.float32(BULGE) * middle * round_ - shade - corners, np.float32)


def _shade_beside(spanned: Floats, skin: Floats, core: Floats, unit: float) -> Floats:
    """Light (h, w, 1) that keeps what is filled beside the lid as dark as the shadow it lies in."""
    wide = cv2.GaussianBlur(spanned.mean(axis=2), (0, 0), SHADOW_BLUR * unit)
    light = np.clip(wide / np.maximum(skin.mean(axis=2), 1), 0, 1)
    return np.asarray(1 - (1 - light) * (1 - core), np.float32)[..., None]


def _blush(own: Image, trust: Floats, skin: Floats, core: Floats) -> Floats:
    """What brings a lid of that `skin` (h, w, 3) towards the colour of the pinker skin near it, as gains (3,)."""
    sure, lid = trust > SURE, core > SURE
    if not sure.any() or not lid.any():
        return np.ones(3, np.float32)
    colours = cv2.GaussianBlur(own, (0, 0), 2.0)[sure].astype(np.float32)
    shares = colours / np.maximum(colours.mean(axis=1, keepdims=True), 1)
    pinkness = shares @ PINK
    pinker = shares[pinkness >= np.percentile(pinkness, PINK_PART)].mean(axis=0)
    colour = skin[lid].mean(axis=0)
    colour = colour / max(float(colour.mean()), 1.0)
    if pinker @ PINK <= colour @ PINK:
        return np.ones(3, np.float32)
    return np.asarray(1 + BLUSH * (pinker / np.maximum(colour, 0.1) - 1), np.float32)


def _grain(own: Image, eye: EyeAxes, lower: Floats) -> Floats:
    """Grain as strong as that of the skin under the eye, the same for every call, (h, w, 1), levels of 255."""
    light = own.astype(np.float32).mean(axis=2)
    below = eye.down - lower
    under = (below > UNDER_EYE * eye.unit) & (below < UNDER_DEPTH * eye.unit) & (eye.outward > 0) & (eye.outward < 1)
    noise = np.random.default_rng(0).standard_normal((len(GRAIN_BANDS), *light.shape)).astype(np.float32)
    grain = np.zeros_like(light)
    for layer, (low, high, share) in zip(noise, _bands(eye.unit), strict=True):
        band = _band(light, low, high)
        strength = MEDIAN_TO_DEVIATION * float(np.median(np.abs(band[under]))) if under.any() else 0.0
        own_band = _band(layer, low, high)
        grain += own_band * np.float32(min(share * strength, MOST_GRAIN) / max(float(own_band.std()), 1e-6))
    return np.asarray(grain[..., None], np.float32)


def _bands(unit: float) -> list[tuple[float, float, float]]:
    """Standard deviations of the blurs, pixels, between which each band of grain lies, and the lid's share of it."""
    return [(max(0.6, low * unit), max(1.2, high * unit), share) for low, high, share in GRAIN_BANDS]


def _band(light: Floats, low: float, high: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(light, (0, 0), low) - cv2.GaussianBlur(light, (0, 0), high), np.float32)


def shade_hue(colours: Image) -> Floats:
    """How much of a shade on skin of the colours (n, 3) red, green and blue take, (3,): blood keeps shadows red."""
    if not len(colours):
        return np.ones(3, np.float32)
    colour = np.median(colours, axis=0)
    return np.asarray(1 + HUE * (1 - colour / max(float(colour.mean()), 1.0)), np.float32)
