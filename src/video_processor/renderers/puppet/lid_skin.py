"""The skin of an upper lid: how it stretches over the eye as the lid comes down, and what of the picture it keeps."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.fields import Points, ease

LASHES_ABOVE: Final = 0.045
"""The strip along the upper lid's edge that holds its lashes and moves with it, in inter-ocular distances."""

LEAST_SKIN, MOST_SKIN = 0.05, 0.16
"""So much skin above the lashes stretches with the lid at least and at most, in inter-ocular distances."""

UNDER_BROW: Final = 0.015
"""Skin so far under the brow's landmarks keeps still, in inter-ocular distances."""

CREASE: Final = 0.055
"""Creases and single hairs narrower than this go as the lid's skin is stretched, in inter-ocular distances."""

LID_BLUR: Final = 0.012
"""Standard deviation of the blur of that skin, in inter-ocular distances."""

UNDER_EYE, UNDER_DEPTH = 0.05, 0.16
"""Skin from the first to the second distance under the lower lid is bare, in inter-ocular distances."""

INNER_CORNER, OUTER_CORNER = (-0.22, 0.0), (-0.40, -0.08)
"""Over this stretch from beyond a corner on, in eye lengths, lashes and creases go."""

CORNER_FADE: Final = 0.04
"""Above a corner's level so much skin goes over to what it was, in inter-ocular distances."""

ARCH: Final = 0.6
"""Power of the arch in which a lid's fold goes down to the corners."""

LID_EDGE: Final = 0.02
"""Standard deviation of the blur of a lid's outline, in inter-ocular distances."""

LID_TINT: Final = np.array([0.97, 0.93, 0.92])
"""A lid's red, green and blue over those of the skin round the eye: blood shows through thin skin."""

TONED: Final = 0.75
"""How far a lid's colour goes from that of the skin under the brow to this."""

MEDIAN_TO_DEVIATION: Final = 1.48
"""Standard deviation over median of the absolute values of a normal distribution."""

MOST_GRAIN: Final = 4.0
"""Grain of skin, levels of 255."""

DARK: Final = 0.55
"""What is darker than this share of the skin above an eye lies over it: a frame of glasses, a fringe."""

LINE_ABOVE, LINE_BELOW, LINE_SHADOW = 0.009, 0.022, 0.05
"""How far the lash line of a closed lid fades out above the lid's edge and below, and its shadow, in inter-ocular
distances."""

LEAST_LINE, MOST_LINE, SHADOW = 0.72, 0.88, 0.35
"""The lash line of a closed lid takes at least and at most this share of the light, its shadow this one."""

HALO: Final = 0.012
"""So far round it what is dark colours the skin, in inter-ocular distances."""

OVER_FOLD: Final = 0.03
"""What lies over an eye comes from further up than this above the fold, in inter-ocular distances."""

SHADED: Final = 0.82
"""What is darker than this share of the skin round an eye is a crease, a lash or paint."""

EDGE_SHADE, FOLD_SHADE = 0.14, 0.10
"""How much darker a closed lid is at its edge and under its fold than in its middle."""

SHADE_HUE: Final = np.array([0.88, 1.04, 1.06], np.float32)
"""How much of a shade on warm skin red, green and blue take: blood keeps shadows red."""

WARM: Final = 0.25
"""Skin whose blue is less than its red by this share is warm all through; a grey picture's is not."""


@dataclass(frozen=True, slots=True)
class EyeAxes:
    """Pixels (h, w, 2) of a patch, and each one's place along it, from the inner corner outward, and down it."""

    grid: Floats
    down_axis: Floats
    along: Floats
    outward: Floats
    down: Floats
    unit: float


@dataclass(frozen=True, slots=True)
class LidSkin:
    """The upper lid of one eye, over its patch (h, w).

    `own` (h, w, 3): the patch without what lies over the skin; `plain`: the same without creases and lashes;
    `line`: the share of light that a closed lid's lash line takes. `bare`: 0 where hair or a frame of glasses lies over it. `fold`: where skin begins to move; `stretch`: how much of it there is
    above the lashes, pixels down the eye's own axis.
    """

    own: Image
    plain: Image
    line: Floats
    shown: Floats
    hue: Floats
    fold: Floats
    stretch: Floats

    def source(self, down: Floats, drop: Floats) -> Floats:
        """Where the skin at `down` lay before the lid's edge came down by `drop`, (h, w), pixels.

        The shift grows with the square of the way from the fold to the lashes, so that skin under the brow hardly moves;
        a lid that goes up presses its skin together evenly.
        """
        depth = np.maximum(down - self.fold, 0)
        root = np.sqrt(np.maximum(np.square(self.stretch) + 4 * np.maximum(drop, 0) * depth, 0))
        pressed = np.maximum(self.stretch + np.minimum(drop, 0), np.float32(0.3) * self.stretch)
        share = np.where(drop < 0, depth / pressed, 2 * depth / (self.stretch + root))
        moved = self.fold + share * self.stretch
        return np.asarray(np.where(down < self.fold, down, np.where(share < 1, moved, down - drop)), np.float32)

    def shade(self, down: Floats, edge: Floats, closed: float) -> Floats:
        """The light on a lid that bulges over the eyeball, a factor (h, w, 3)."""
        place = np.clip((down - self.fold) / np.maximum(edge - self.fold, 1), 0, 1)
        dark = np.float32(EDGE_SHADE) * np.square(np.square(place)) + np.float32(FOLD_SHADE) * np.square(np.square(1 - place))
        dark = np.float32(closed) * dark
        return self.dimmed(dark)

    def dimmed(self, dark: Floats) -> Floats:
        """The light (h, w, 3) that a shade `dark` (h, w) leaves."""
        return cv2.merge([1 - dark * share for share in self.hue])


def lid_skin(patch: Image, eye: EyeAxes, lids: list[Floats], brow: Floats) -> LidSkin:
    """`lids`: the upper and the lower lid's edge; `brow`: the brow's lower edge, all (h, w), pixels down the eye."""
    unit = eye.unit
    lashes = lids[0] - np.float32(LASHES_ABOVE * unit)
    stretch = np.clip(lashes - brow - np.float32(UNDER_BROW * unit), LEAST_SKIN * unit, MOST_SKIN * unit)
    stretch = np.asarray(np.minimum(stretch, np.maximum(lashes - eye.down.min(), 1)), np.float32)
    fold = np.asarray(lashes - stretch, np.float32)
    bare = _bare(patch, eye, lids[0], fold)
    box = (slice(0, patch.shape[0]), slice(0, patch.shape[1]))
    own = fill_behind(patch, bare < 0.98, box)
    smooth, skin = _smooth(own, eye, lids, fold)
    warmth = _warmth(skin)
    outline = _outline(eye, lids[0], fold)
    toned = _toned(smooth, skin, outline * (eye.down < lids[1]), 1 + (LID_TINT - 1) * warmth)
    grainy = np.clip(toned + _grain(own, eye, lids[1]), 0, 255).astype(np.uint8)
    plain = np.asarray(cv2.blendLinear(grainy, own, outline, 1 - outline), np.uint8)
    return LidSkin(
        own=own,
        plain=plain,
        line=_lash_line(own, plain, eye, lids[0]),
        shown=np.asarray(bare * outline * _above_corners(eye, lids[0]), np.float32),
        hue=1 + (SHADE_HUE - 1) * np.float32(warmth),
        fold=fold,
        stretch=stretch,
    )


def _warmth(skin: Image) -> float:
    """1 for the colours (n, 3) of skin, 0 for those of a grey picture."""
    red, _, blue = np.median(skin, axis=0) if len(skin) else (1.0, 1.0, 1.0)
    return float(np.clip((1 - blue / max(red, 1.0)) / WARM, 0, 1))


def _above_corners(eye: EyeAxes, upper: Floats) -> Floats:
    """1 between the corners; beyond them it fades towards their level."""
    beyond = 1 - ease(-0.05, 0.05, np.minimum(eye.outward, 1 - eye.outward))
    return 1 - beyond * (1 - ease(0.0, CORNER_FADE * eye.unit, upper - eye.down))


def _smooth(own: Image, eye: EyeAxes, lids: list[Floats], fold: Floats) -> tuple[Image, Image]:
    """The patch with skin over the eye, without lashes and creases, and colours (n, 3) of the skin round the eye."""
    unit = eye.unit
    below, above = eye.down - lids[1], lids[0] - eye.down
    near = (eye.along > -0.25) & (eye.along < 1.25)
    light = own.astype(np.float32).mean(axis=2)
    ring = near & (below > UNDER_EYE * unit) & (below < UNDER_DEPTH * unit)
    ring |= near & (above > LASHES_ABOVE * unit) & (eye.down > fold)
    skin = float(np.median(light[ring])) if ring.any() else 0.0
    hidden = near & (above < LASHES_ABOVE * unit) & (below < UNDER_EYE * unit)
    hidden |= near & (above > 0) & (light < SHADED * skin)
    wide = 2 * max(1, round(HALO * unit)) + 1
    hidden = cv2.dilate(hidden.astype(np.uint8), np.ones((wide, wide), np.uint8)) > 0
    filled = fill_behind(own, hidden, (slice(0, own.shape[0]), slice(0, own.shape[1])))
    side = 2 * max(1, round(CREASE * unit / 2)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    smooth = cv2.morphologyEx(filled, cv2.MORPH_CLOSE, kernel)
    smooth = cv2.GaussianBlur(smooth, (0, 0), max(0.5, LID_BLUR * unit))
    return smooth, own[ring & ~hidden]


def _toned(smooth: Image, skin: Image, lid: Floats, tint: Points) -> Floats:
    """The lid's skin `smooth` (h, w, 3) with the colour of the skin (n, 3) round the eye times `tint` (3,)."""
    if not len(skin) or not lid.any():
        return smooth.astype(np.float32)
    wanted = np.median(skin, axis=0) * tint
    mean = np.average(smooth.reshape(-1, 3), axis=0, weights=lid.ravel())
    return np.asarray(smooth * np.power(wanted / np.maximum(mean, 1), TONED).astype(np.float32), np.float32)


def _outline(eye: EyeAxes, upper: Floats, fold: Floats) -> Floats:
    """1 on the lid, softly 0 above its fold, which goes down to the corners in an arch, and beyond them."""
    middle = (np.clip(eye.outward, -0.2, 1.3) - 0.55) / 0.75
    arch = np.power(np.maximum(1 - np.square(middle), 0), np.float32(ARCH))
    top = upper - arch * (upper - fold)
    inside = (eye.down > top) * _between(eye)
    return cv2.GaussianBlur(inside.astype(np.float32), (0, 0), max(0.7, LID_EDGE * eye.unit))


def _grain(own: Image, eye: EyeAxes, lower: Floats) -> Floats:
    """Grain as strong as that of the skin under the eye, the same for every call, (h, w, 1)."""
    light = own.astype(np.float32).mean(axis=2)
    fine = light - cv2.GaussianBlur(light, (0, 0), 1.0)
    below = eye.down - lower
    under = (below > UNDER_EYE * eye.unit) & (below < UNDER_DEPTH * eye.unit) & (eye.outward > 0) & (eye.outward < 1)
    strength = MEDIAN_TO_DEVIATION * float(np.median(np.abs(fine[under]))) if under.any() else 0.0
    noise = np.random.default_rng(0).standard_normal(light.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=1.2, sigmaY=0.4)
    noise = (noise - cv2.GaussianBlur(noise, (0, 0), 2.5)) * np.float32(2)
    return np.asarray(noise * np.float32(min(strength, MOST_GRAIN)), np.float32)[..., None]


def _between(eye: EyeAxes) -> Floats:
    """0 beyond the corners, 1 between them."""
    return ease(*INNER_CORNER, eye.outward) * ease(*OUTER_CORNER, 1 - eye.outward)


def _bare(patch: Image, eye: EyeAxes, upper: Floats, fold: Floats) -> Floats:
    """0 on what lies over the skin above the eye, softly 1 elsewhere.

    That is what is much darker than this skin and comes in from outside: lashes and creases lie within.
    """
    above = upper - eye.down
    skin = (above > LASHES_ABOVE * eye.unit) & (above < 0.28 * eye.unit)
    light = patch.astype(np.float32).mean(axis=2)
    dark = skin & (light < DARK * float(np.median(light[skin]) if skin.any() else 0.0))
    _, pieces = cv2.connectedComponents(dark.astype(np.uint8))
    outside = eye.down < fold - np.float32(OVER_FOLD * eye.unit)
    outside[:, 0] = outside[:, -1] = True
    over = np.isin(pieces, np.unique(pieces[outside & dark])) & dark
    soft = cv2.GaussianBlur(over.astype(np.float32), (0, 0), max(0.7, 0.01 * eye.unit))
    return np.asarray(1 - np.clip(2 * soft, 0, 1), np.float32)


def _lash_line(own: Image, plain: Image, eye: EyeAxes, upper: Floats) -> Floats:
    """The line that the lashes of a closed lid make along its edge, as dark as the picture's own, (h, w)."""
    unit = eye.unit
    depth = eye.down - upper
    ratio = own.astype(np.float32).mean(axis=2) / np.maximum(plain.astype(np.float32).mean(axis=2), 1.0)
    strip = (depth > -LASHES_ABOVE * unit) & (depth < 0) & (eye.along > 0.1) & (eye.along < 0.9)
    darkest = float(np.percentile(ratio[strip], 25)) if strip.any() else 1.0
    strength = np.clip(1 - darkest, LEAST_LINE, MOST_LINE)
    thick = np.float32(0.55) + np.float32(0.45) * ease(0.0, 0.6, eye.outward)
    above = np.exp(-np.square(np.minimum(depth, 0) / max(0.7, LINE_ABOVE * unit)))
    below = np.maximum(depth, 0) * np.float32(1 / unit)
    line = strength * np.exp(-np.square(below / (LINE_BELOW * thick)))
    shadow = np.float32(SHADOW) * np.exp(-np.square(below / LINE_SHADOW))
    ends = ease(-0.02, 0.12, eye.outward) * ease(-0.08, 0.06, 1 - eye.outward)
    return np.asarray(above * (1 - (1 - line) * (1 - shadow)) * ends, np.float32)
