"""Colours of a decoded picture: depths, colour spaces and profiles to 8-bit sRGB, and colour under transparency."""

import io
from typing import Final

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms

from avatar.types import Floats, Image

_ALPHA_MODES: Final = ("LA", "La", "PA", "RGBA", "RGBa")
_DEEP_MODES: Final = ("I;16", "I;16B", "I;16L", "I", "F")

_OPAQUE_LEVEL: Final = 24
"""Alpha under which a pixel's own colour is not trusted."""

_FILL_PIXELS: Final = 4_000_000
"""Pixels at which colours are carried on under transparency; a larger picture's are enlarged from there."""

_ROWS: Final = 256


def to_rgb(picture: Pillow.Image) -> Pillow.Image:
    """The picture in mode RGB, or RGBA where it has transparency, in sRGB where it carries a profile."""
    if picture.mode in _DEEP_MODES:
        picture = _eight_bit(picture)
    transparent = picture.mode in _ALPHA_MODES or picture.has_transparency_data
    mode = "RGBA" if transparent else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L", "LAB"):
        picture = _in_srgb(picture, profile, mode)
    return picture if picture.mode == mode else picture.convert(mode)


def _eight_bit(picture: Pillow.Image) -> Pillow.Image:
    """Grey of 16 bits by its full range; 32-bit and floating grey by 0..1 or else by its own range."""
    values = np.asarray(picture)
    if picture.mode.startswith("I;16") or (picture.mode == "I" and 255 < values.max() <= 65535 and values.min() >= 0):
        return Pillow.fromarray(np.rint(values.astype(np.float32) / 257).astype(np.uint8))
    numbers = np.nan_to_num(values.astype(np.float32))
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scaled = (numbers - low) * (255.0 / max(high - low, 1e-9))
    return Pillow.fromarray(np.rint(scaled).astype(np.uint8))


def _in_srgb(picture: Pillow.Image, profile: bytes, mode: str) -> Pillow.Image:
    """Through the profile; a profile that does not fit its picture counts as none."""
    target = mode if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted if converted is not None else picture


def fill_transparent(rgb: Image, alpha: Image) -> Image:
    """The picture with transparent pixels coloured by what is opaque around them, ever more smoothly outwards.

    Push and pull over a pyramid (Gortler et al. 1996): weighted averages down, and up again where nothing is
    known. Laid over any ground by its alpha the result shows no fringe, and without alpha no black.
    """
    if alpha.max() <= _OPAQUE_LEVEL:
        return rgb
    height, width = alpha.shape
    scale = min(1.0, (_FILL_PIXELS / (height * width)) ** 0.5)
    if scale == 1:
        return _blended(rgb, alpha, _filled(rgb, alpha))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    known = np.where(alpha > _OPAQUE_LEVEL, alpha, 0).astype(np.uint8)
    coloured = cv2.resize(np.where(known[..., None] > 0, rgb, 0).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    there = cv2.resize((known > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mean = np.clip(coloured / np.maximum(there, 1e-3)[..., None], 0, 255).astype(np.uint8)
    small = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    filled = cv2.resize(_filled(mean, np.asarray(small, np.uint8)), (width, height), interpolation=cv2.INTER_LINEAR)
    return _blended(rgb, alpha, np.asarray(filled, np.uint8))


def _filled(rgb: Image, alpha: Image) -> Image:
    opacity = alpha.astype(np.float32) / np.float32(255)
    known = np.where(alpha > _OPAQUE_LEVEL, opacity**2, np.float32(0)).astype(np.float32)
    return np.asarray(np.rint(_pull(rgb.astype(np.float32), known)), np.uint8)


def _blended(rgb: Image, alpha: Image, filled: Image) -> Image:
    """`filled` under the picture, some rows at a time, so that memory stays small."""
    out = rgb.copy()
    for top in range(0, len(rgb), _ROWS):
        rows = slice(top, top + _ROWS)
        share = np.clip(alpha[rows].astype(np.float32) * np.float32(2 / 255), 0, 1)[..., None]
        out[rows] = np.rint(rgb[rows] * share + filled[rows] * (1 - share))
    return out


def _pull(colour: Floats, weight: Floats) -> Floats:
    """`colour` where `weight` is 1, towards coarser averages of it where `weight` falls to 0."""
    height, width = weight.shape
    if max(height, width) <= 2:
        total = max(float(weight.sum()), 1e-6)
        mean = (colour * weight[..., None]).sum(axis=(0, 1)) / total
        return np.broadcast_to(mean, colour.shape).astype(np.float32)
    size = (max(1, width // 2), max(1, height // 2))
    low_weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0])
    summed = cv2.resize(colour * weight[..., None], size, interpolation=cv2.INTER_AREA)
    low = summed / np.maximum(low_weight, 1e-6)[..., None]
    coarse = _pull(low.astype(np.float32), np.minimum(low_weight * 4, 1.0).astype(np.float32))
    raised = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight, 0, 1)[..., None]
    return np.asarray(colour * share + raised * (1 - share), np.float32)
