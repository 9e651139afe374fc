"""What lies behind the teeth: palate, throat and the body of the tongue, in the light of the portrait's skin."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from video_processor.renderers.puppet.fields import extent_along, smoothstep
from video_processor.renderers.puppet.tooth_light import USUAL_SKIN_TINT, WELL_LIT_SKIN, is_coloured

Colour = NDArray[np.float32]

WIDTH, HEIGHT = 96, 96

INNER_FLESH: Final = np.array([178.0, 84.0, 78.0], np.float32)
"""sRGB of the skin inside a mouth and of the tongue in neutral light."""

LIP_SHARE: Final = 0.3
"""How far that colour is the lips' own."""

SKIN_TINT_SHARE: Final = 0.6
"""How far it takes the tint of the skin, as painted and filtered pictures need."""

PALATE, THROAT, CHEEK = 0.50, 0.22, 0.34
"""Light on the palate behind the upper teeth, in the throat and on the sides, against full light."""

TONGUE_TOP, TONGUE_SIDE = 0.50, 0.86
"""Where the tongue begins, share of the opening's height, and how wide it is, share of its width."""

TONGUE_BACK, TONGUE_FRONT = 0.38, 0.80
"""Light on the tongue at the back and behind the lower teeth."""

WARMTH: Final = np.array([1.0, 1.1, 1.08])
"""Light in a mouth has been thrown back by its red skin: each channel of it to this power."""

HIGHLIGHT: Final = 26.0
"""How much brighter the wet tongue is where it shines, sRGB."""


def inner_flesh(skin: Colour, lip: Colour) -> Colour:
    """Colour (3,) of the mouth's inside in full light, sRGB 0..255; grey in a grey picture."""
    light = float(np.clip((skin.mean() + skin.max()) / 2 / WELL_LIT_SKIN, 0.25, 1.05))
    tint = 1 + SKIN_TINT_SHARE * (skin / (max(float(skin.mean()), 1.0) * USUAL_SKIN_TINT) - 1)
    flesh = np.clip(INNER_FLESH * light * tint, 0, 235) * (1 - LIP_SHARE) + lip * LIP_SHARE
    return np.asarray(flesh if is_coloured(skin) else np.full(3, 0.9 * flesh.mean()), np.float32)


def depth(flesh: Colour) -> NDArray[np.float32]:
    """The inside without teeth (h, w, 3), sRGB 0..255, as it fills the box round a wide opening."""
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
    deep = np.exp(-((x / 0.62) ** 2) - ((y - 0.46) / 0.24) ** 2)
    walls = PALATE + (CHEEK - PALATE) * smoothstep(0.1, 0.75, y)
    light = walls + (THROAT - walls) * deep
    warm = WARMTH if np.ptp(flesh) > 0 else np.ones(3)
    back = flesh * light[..., None] ** warm
    top = TONGUE_TOP + 0.34 * (np.abs(x) / TONGUE_SIDE) ** 2.4 + 0.015 * np.exp(-((x / 0.12) ** 2))
    cover = smoothstep(0.0, 0.12, y - top) * smoothstep(0.0, 0.22, TONGUE_SIDE + 0.08 - np.abs(x))
    front = smoothstep(0.0, 0.42, y - top)
    groove = 1 - 0.13 * np.exp(-((x / 0.06) ** 2)) * (1 - 0.6 * front)
    lit = (TONGUE_BACK + (TONGUE_FRONT - TONGUE_BACK) * front) * groove * (1 - 0.30 * x**2)
    shine = HIGHLIGHT * np.exp(-(((np.abs(x) - 0.24) / 0.17) ** 2) - ((y - 0.80) / 0.07) ** 2)
    tongue = flesh * lit[..., None] ** warm + shine[..., None]
    return np.asarray(back + (tongue - back) * cover[..., None], np.float32)


def depth_to_picture(hole: Floats, skull: Floats) -> tuple[float, ...]:
    """Affine (6,) that lays the depth over the box of the opening `hole` (n, 2), along the axes of the teeth.

    `skull`: top-left, top-right and bottom-left corners (3, 2) of the upper row of teeth, pixels.
    """
    (x, y), right, low = skull.tolist()
    (xx, yx), (xy, yy) = (right[0] - x, right[1] - y), (low[0] - x, low[1] - y)
    area = xx * yy - xy * yx
    inverse = yy / area, -yx / area, -xy / area, xx / area
    u, v = x * inverse[0] + y * inverse[2], x * inverse[1] + y * inverse[3]
    (left, top), (end, bottom) = extent_along(hole, inverse)
    left, top, end, bottom = left - u, top - v, end - u, bottom - v
    across, down = (end - left) / (WIDTH - 1), (bottom - top) / (HEIGHT - 1)
    return xx * across, xy * down, x + xx * left + xy * top, yx * across, yy * down, y + yx * left + yy * top
