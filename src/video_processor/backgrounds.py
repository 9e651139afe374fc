"""What lies behind the person: the picture's own background, that blurred, a colour, another picture, or nothing."""

import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar.types import Image, Portrait, Size
from video_processor.colours import fill_transparent
from video_processor.cutout import cut_out, person_alpha
from video_processor.framing import resampled
from video_processor.pictures import load_picture

KEEP: Final = "keep"
BLUR: Final = "blur"
TRANSPARENT: Final = "transparent"

NAMED_COLOURS: Final = {
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "maroon": "#800000",
    "orange": "#ffa500",
    "yellow": "#ffff00",
    "green": "#008000",
    "lime": "#00ff00",
    "teal": "#008080",
    "aqua": "#00ffff",
    "blue": "#0000ff",
    "navy": "#000080",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
}
"""CSS Color Module Level 4, section 6.1: the basic colours, and orange."""

COLOUR_FORM: Final = re.compile(r"#[0-9a-f]{6}")

_BLUR_SIGMA: Final = 0.025
"""Of the blurred background, over the frame's longer side."""

_OUTLINE: Final = 0.01
"""How far around the person its colours may still be in the background, over the frame's longer side."""


def plain_background(text: str) -> str | None:
    """`keep`, `blur`, `transparent` or a colour as `#rrggbb` in small letters; None where `text` is none of these."""
    word = text.strip().lower()
    word = NAMED_COLOURS.get(word, word)
    return word if word in (KEEP, BLUR, TRANSPARENT) or COLOUR_FORM.fullmatch(word) else None


def set_background(portrait: Portrait, background: str, *, max_megapixels: float, max_megabytes: float) -> Portrait:
    """The portrait before `background`: what `plain_background` gives, or the path of a picture, which fills the frame.

    Raises `PortraitError` where that is no picture.
    """
    if background == KEEP:
        return portrait
    alpha = person_alpha(portrait)
    if background == TRANSPARENT:
        return cut_out(portrait, alpha, None)
    if background == BLUR:
        return cut_out(portrait, alpha, _blurred(portrait.image, alpha))
    if COLOUR_FORM.fullmatch(background):
        colour = np.frombuffer(bytes.fromhex(background[1:]), np.uint8)
        return cut_out(portrait, alpha, np.broadcast_to(colour, portrait.image.shape).copy())
    picture = load_picture(Path(background), max_megapixels=max_megapixels, max_megabytes=max_megabytes)
    return cut_out(portrait, alpha, covering(picture.image, portrait.size))


def covering(picture: Image, size: Size) -> Image:
    """The middle of the picture, as much of it as the aspect of `size` allows, at that size."""
    height, width = picture.shape[:2]
    scale = max(size.width / width, size.height / height)
    wide, tall = min(width, max(1, round(size.width / scale))), min(height, max(1, round(size.height / scale)))
    x, y = (width - wide) // 2, (height - tall) // 2
    return resampled(picture[y : y + tall, x : x + wide], size)


def _blurred(image: Image, alpha: Image) -> Image:
    """The background out of focus; the person is taken out first, so that no glow of it stays around."""
    longer = max(image.shape[:2])
    side = 2 * round(_OUTLINE * longer) + 1
    person = cv2.dilate(alpha, np.ones((side, side), np.uint8))
    ground = fill_transparent(image, np.asarray(255 - person, np.uint8))
    return np.asarray(cv2.GaussianBlur(ground, (0, 0), _BLUR_SIGMA * longer), np.uint8)
