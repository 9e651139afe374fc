"""What a white tooth looks like in a picture: as bright as the skin's light allows, tinted like the whites of the eyes.

The white of the eye is the one part of a face whose own colour is known; skin tells light and complexion apart badly.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import filled

Colour = NDArray[np.float32]

TOOTH_WHITE: Final = np.array([226.0, 214.0, 196.0], np.float32)
"""sRGB of a healthy tooth in neutral light (shade A2)."""

USUAL_SKIN_TINT: Final = np.array([1.22, 0.95, 0.83], np.float32)
USUAL_WHITE_TINT: Final = np.array([1.07, 0.99, 0.94], np.float32)
"""Skin and the white of the eye in neutral light, each channel over the mean of the three."""

WELL_LIT_SKIN: Final = 190.0
"""Mean of the brightest and the average channel of light skin in full light; darker skin counts as less light."""

SKIN_SHARE, WHITE_SHARE = 0.35, 0.8
"""How far teeth take the tint of the skin, where no white of the eye shows, and of the white of the eye."""

FURTHEST_TINT: Final = (0.45, 1.4)
LUMINANCE: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of the channels (ITU-R BT.601)."""

LEAST_SATURATION: Final = 0.04
"""Skin under this saturation means a grey picture."""

EYE_SHARE, IRIS_SHARE = 0.85, 1.15
WHITES: Final = (0.60, 0.95)
"""Of the opening of the lids, shrunk by the first, and without the iris, grown by the second, the pixels between these
quantiles of lightness are white of the eye: lashes and shadow are darker, highlights brighter."""

LEAST_PIXELS: Final = 24
LEAST_LIGHT: Final = 60.0
USUAL_CONTRAST: Final = 0.9
DIMMEST: Final = 0.8
"""Whites of the eye this bright against the skin are usual; duller ones dim the teeth, down to this share."""

EYES: Final = (
    (topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, topo.RIGHT_IRIS),
    (topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, topo.LEFT_IRIS),
)


def tooth_white(portrait: Portrait, skin: Colour) -> Colour:
    """The sRGB colour (3,), 0..255, of a tooth in full view; `skin` (3,) is the colour of the cheeks."""
    light = float(np.clip((skin.mean() + skin.max()) / 2 / WELL_LIT_SKIN, 0.25, 1.05))
    eye = white_of_eyes(portrait)
    if eye is None:
        tint = 1 + SKIN_SHARE * (skin / (max(float(skin.mean()), 1.0) * USUAL_SKIN_TINT) - 1)
    else:
        tint = np.clip(eye / (float(eye.mean()) * USUAL_WHITE_TINT), *FURTHEST_TINT) ** WHITE_SHARE
        tint /= float(tint @ LUMINANCE)
        contrast = float(eye.mean()) / max(float(skin.mean()), 1.0)
        light *= float(np.clip(contrast / USUAL_CONTRAST, DIMMEST, 1.0))
    white = np.asarray(np.clip(TOOTH_WHITE * light * tint, 0, 250), np.float32)
    return white if is_coloured(skin) else np.full(3, float(white.mean()), np.float32)


def is_coloured(skin: Colour) -> bool:
    """Whether the picture has colours at all, from the colour of its skin."""
    return bool(float(np.ptp(skin) / max(float(skin.max()), 1.0)) > LEAST_SATURATION)


def white_of_eyes(portrait: Portrait) -> Colour | None:
    """Mean colour (3,) of what is seen of the whites of both eyes; None where too little is."""
    picture, marks = portrait.image, portrait.landmarks[:, :2]
    mask = np.zeros(picture.shape[:2], np.uint8)
    for upper, lower, iris in EYES:
        ring = np.vstack([marks[list(upper)], marks[list(lower)][::-1]]).astype(np.float64)
        middle, centre = ring.mean(axis=0), marks[iris[0]]
        eye = filled(middle + (ring - middle) * EYE_SHARE, mask.shape)
        radius = IRIS_SHARE * float(np.linalg.norm(marks[list(iris[1:])] - centre, axis=1).mean())
        cv2.circle(eye, (round(float(centre[0])), round(float(centre[1]))), int(np.ceil(radius)), 0, -1)
        mask = np.maximum(mask, eye)
    pixels = picture[mask > 127][:, :3].astype(np.float32)
    if len(pixels) < LEAST_PIXELS:
        return None
    lightness = pixels.mean(axis=1)
    low, high = np.quantile(lightness, WHITES)
    white = pixels[(lightness >= low) & (lightness <= high)].mean(axis=0)
    return np.asarray(white, np.float32) if float(white.mean()) > LEAST_LIGHT else None
