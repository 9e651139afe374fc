"""What a closed lid looks like where the picture shows an open eye: the skin round the eye, carried over it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.eye_opening import EyeAxes
from video_processor.renderers.puppet.fields import Points

Colours = NDArray[np.uint8]

LASHES_ABOVE: Final = 0.045
"""The strip along the upper lid's edge that holds its lashes and moves with it, in inter-ocular distances."""

CREASE: Final = 0.055
"""Creases and single hairs narrower than this go as the lid's skin is stretched, in inter-ocular distances."""

LID_BLUR: Final = 0.012
"""Standard deviation of the blur of that skin, in inter-ocular distances."""

UNDER_EYE, UNDER_DEPTH = 0.05, 0.16
"""Skin from the first to the second distance under the lower lid is bare, in inter-ocular distances."""

HALO: Final = 0.012
"""So far round it what is dark colours the skin, in inter-ocular distances."""

SHADED: Final = 0.82
"""What is darker than this share of the skin round an eye is a crease, a lash or paint."""

LID_TINT: Final = np.array([0.97, 0.93, 0.92])
"""A lid's red, green and blue over those of the skin round the eye: blood shows through thin skin."""

TONED: Final = 0.75
"""How far a lid's colour goes from that of the skin under the brow to this."""

WARM: Final = 0.25
"""Skin whose blue is less than its red by this share is warm all through; a grey picture's is not."""

MEDIAN_TO_DEVIATION: Final = 1.48
"""Standard deviation over median of the absolute values of a normal distribution."""

MOST_GRAIN: Final = 4.0
"""Grain of skin, levels of 255."""

SOCKET, SOCKET_BLUR, SOCKET_LIGHT = 0.5, 0.06, 0.75
"""Power to which a lid shares the darkness round it, over the second, in inter-ocular distances, where that is darker
than the third share of the skin."""

EDGE_SHADE, FOLD_SHADE = 0.14, 0.10
"""How much darker a closed lid is at its edge and under its fold than in its middle."""

SHADE_HUE: Final = np.array([0.80, 1.06, 1.14], np.float32)
"""How much of a shade on warm skin red, green and blue take: blood keeps shadows red."""

LASH_HUE: Final = np.array([0.92, 1.0, 1.02], np.float32)
"""The same of a warm picture's lashes."""


def plain_lid(own: Image, eye: EyeAxes, lids: list[Floats], fold: Floats, outline: Floats) -> tuple[Image, Floats]:
    """The patch `own` (h, w, 3) with a closed lid's skin within `outline` (h, w), and its lashes' hue (3,).

    `lids`, `fold` (h, w): the lids' edges and the upper end of the skin that moves, pixels down the eye.
    """
    smooth, skin = _smooth(own, eye, lids, fold)
    warmth = _warmth(skin)
    hue = 1 + (SHADE_HUE - 1) * np.float32(warmth)
    toned = _toned(smooth, skin, outline * (eye.down < lids[1]), 1 + (LID_TINT - 1) * warmth)
    dark = 1 - (1 - _shade(eye, lids[0], fold)) * _socket(own, eye, lids, skin)
    light = 1 - dark[..., None] * hue
    grainy = np.clip(toned * light + _grain(own, eye, lids[1]), 0, 255).astype(np.uint8)
    return np.asarray(cv2.blendLinear(grainy, own, outline, 1 - outline), np.uint8), 1 + (LASH_HUE - 1) * np.float32(
        warmth
    )


def _smooth(own: Image, eye: EyeAxes, lids: list[Floats], fold: Floats) -> tuple[Image, Colours]:
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
    return np.asarray(smooth, np.uint8), own[ring & ~hidden]


def _toned(smooth: Image, skin: Colours, lid: Floats, tint: Points) -> Floats:
    """The lid's skin `smooth` (h, w, 3) with the colour of the skin (n, 3) round the eye times `tint` (3,)."""
    if not len(skin) or not lid.any():
        return smooth.astype(np.float32)
    wanted = np.median(skin, axis=0) * tint
    mean = np.average(smooth.reshape(-1, 3), axis=0, weights=lid.ravel())
    return np.asarray(smooth * np.power(wanted / np.maximum(mean, 1), TONED).astype(np.float32), np.float32)


def _socket(own: Image, eye: EyeAxes, lids: list[Floats], skin: Colours) -> Floats:
    """How dark the socket lies round the eye, against the skin's colours (n, 3): a factor (h, w)."""
    if not len(skin):
        return np.ones(own.shape[:2], np.float32)
    opening = (eye.down > lids[0]) & (eye.down < lids[1])
    around = fill_behind(own, opening, (slice(0, own.shape[0]), slice(0, own.shape[1]))).astype(np.float32).mean(axis=2)
    light = cv2.GaussianBlur(around, (0, 0), SOCKET_BLUR * eye.unit) / max(SOCKET_LIGHT * float(np.median(skin)), 1.0)
    return np.asarray(np.power(np.minimum(light, 1), np.float32(SOCKET)), np.float32)


def _shade(eye: EyeAxes, upper: Floats, fold: Floats) -> Floats:
    """How much darker a lid is that bulges over the eyeball, (h, w)."""
    place = np.clip((eye.down - fold) / np.maximum(upper - fold, 1), 0, 1)
    return np.asarray(EDGE_SHADE * place**4 + FOLD_SHADE * (1 - place) ** 4, np.float32)


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


def _warmth(skin: Colours) -> float:
    """1 for the colours (n, 3) of skin, 0 for those of a grey picture."""
    red, _, blue = np.median(skin, axis=0) if len(skin) else (1.0, 1.0, 1.0)
    return float(np.clip((1 - blue / max(red, 1.0)) / WARM, 0, 1))
