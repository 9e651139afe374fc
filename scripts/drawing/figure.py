"""Neck, ears and the form of the face, before eyes, brows and mouth."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, brush, mirrored, smooth, smoothstep
from scripts.drawing.hairstyle import hair_shadow
from scripts.drawing.relief import gloss, inflated, lit, slopes

MIDDLE: Final = 512.0
EYE_LEVEL: Final = 415.0

_HALF_FACE: Final = (
    (512.0, 236.0), (582.0, 248.0), (633.0, 298.0), (655.0, 372.0), (660.0, 434.0), (652.0, 500.0),
    (630.0, 560.0), (598.0, 609.0), (563.0, 643.0), (537.0, 657.0), (512.0, 660.0),
)  # fmt: skip
FACE: Final = smooth(np.vstack([_HALF_FACE, mirrored(_HALF_FACE[-2:0:-1])]), closed=True)

_HALF_NECK: Final = (
    (512.0, 560.0),
    (580.0, 560.0),
    (583.0, 670.0),
    (590.0, 714.0),
    (601.0, 742.0),
    (606.0, 774.0),
    (512.0, 830.0),
)
NECK: Final = smooth(np.vstack([_HALF_NECK, mirrored(_HALF_NECK[-2:0:-1])]), closed=True)
EAR: Final = smooth(
    [(649, 440), (656, 420), (667, 411), (676, 420), (678, 444), (673, 470), (665, 490), (656, 496), (648, 484)],
    closed=True,
)
EAR_FOLDS: Final = (
    brush([(660, 434), (667, 421), (672, 432), (672, 452), (667, 472)], (1, 3, 3, 1)),
    brush([(658, 456), (664, 450), (666, 462), (661, 474)], (1, 4, 3, 1)),
)

FRECKLES: Final = 64
Bump = tuple[float, float, float, float, float]
MIDDLE_BUMPS: Final[tuple[Bump, ...]] = (
    (0, -90, 105, 55, 14),
    (0, 30, 12, 42, 9),
    (0, 82, 14.5, 14, 14),
    (0, 105, 18, 6, -4),
    (0, 146, 54, 32, 9),
    (0, 124, 4.5, 10, -1.8),
    (0, 190, 29, 9, -6),
    (0, 220, 28, 18, 11),
)
"""Forms on the face's middle line: x, y from between the eyes, standard deviations, height."""

SIDE_BUMPS: Final[tuple[Bump, ...]] = (
    (72, -46, 44, 14, 4),
    (76, -6, 48, 24, -9),
    (28, -8, 13, 20, -3),
    (77, -3, 38, 22, 11),
    (92, 92, 36, 30, 18),
    (19, 91, 8.5, 8, 5.5),
    (70, 152, 9, 11, -3),
)


def draw_neck(canvas: Canvas) -> None:
    mask = canvas.fill(NECK)
    height = inflated(canvas, mask, ((14, 24), (50, 60)))
    height += 10 * canvas.soft(canvas.strokes(brush([(458, 690), (484, 760), (504, 796)], (8, 12))), 9)
    height += 10 * canvas.soft(canvas.strokes(brush([(566, 690), (540, 760), (520, 796)], (8, 12))), 9)
    canvas.paint(mask, palette.SKIN.at(0.10 + 0.62 * lit(slopes(canvas, height))))
    jaw = canvas.soft(canvas.fill(FACE + np.array([14, 44])), 16)
    canvas.shade(mask * jaw, palette.SKIN_SHADOW, 0.85)
    canvas.shade(mask * canvas.oval(620, 710, 60, 110), palette.SKIN_SHADOW, 0.5)
    canvas.shade(mask * canvas.oval(512, 812, 110, 18), palette.SKIN_SHADOW, 0.5)


def draw_ears(canvas: Canvas) -> None:
    """The ears, which pass into the cheeks without an edge."""
    for side, bright in ((-1, 0.20), (1, 0.12)):
        mask = canvas.fill(mirrored(EAR) if side < 0 else EAR)
        folds = [mirrored(fold) if side < 0 else fold for fold in EAR_FOLDS]
        height = inflated(canvas, mask, ((5, 7), (14, 8)))
        height -= 7 * canvas.soft(canvas.strokes(*folds), 2.5)
        near = canvas.soft(mask, 5) * smoothstep(143, 151, side * (canvas.x - MIDDLE))
        canvas.shade(near, palette.HAIR.colours[0], 0.5)
        faded = mask * smoothstep(139, 149, side * (canvas.x - MIDDLE))
        canvas.paint(faded, palette.SKIN.at(bright - 0.06 + 0.56 * lit(slopes(canvas, height))))
        canvas.shade(canvas.soft(canvas.strokes(*folds), 2) * faded, palette.SKIN_SHADOW, 0.6)
        canvas.shade(canvas.soft(canvas.strokes(*folds), 7) * faded, palette.BLUSH, 0.3)
        _stud(canvas, MIDDLE + side * 142, 488)


def _stud(canvas: Canvas, x: float, y: float) -> None:
    canvas.shade(canvas.oval(x + 1, y + 3, 4, 4), palette.SKIN_DEEP, 0.5)
    canvas.paint(smoothstep(0.3, 0.7, canvas.oval(x, y, 3.4, 3.4)), palette.GOLD.at(0.55))
    canvas.light(canvas.oval(x - 1.2, y - 1.4, 1.3, 1.3), palette.WHITE, 0.9)


def face_form(canvas: Canvas, mask: Floats) -> Floats:
    """The height of the face above the picture, design units."""
    height = inflated(canvas, mask, ((16, 22), (48, 40), (110, 70)))
    for x, y, wide, tall, high in MIDDLE_BUMPS:
        height += np.float32(high) * canvas.oval(MIDDLE + x, EYE_LEVEL + y, wide, tall)
    for x, y, wide, tall, high in SIDE_BUMPS:
        for side in (-1, 1):
            height += np.float32(high) * canvas.oval(MIDDLE + side * x, EYE_LEVEL + y, wide, tall)
    return height


def draw_face(canvas: Canvas) -> None:
    mask = canvas.fill(FACE)
    normal = slopes(canvas, face_form(canvas, mask))
    canvas.paint(mask, palette.SKIN.at(0.12 + 0.73 * lit(normal)))
    _blush(canvas, mask)
    _freckles(canvas, mask)
    shine = gloss(normal, 34) * mask
    canvas.light(canvas.soft(shine, 2), palette.SKIN_GLOW, 0.22)
    canvas.light(canvas.oval(MIDDLE - 90, EYE_LEVEL + 68, 32, 21, -18) * mask, palette.SKIN_GLOW, 0.22)
    canvas.light(canvas.oval(MIDDLE - 26, EYE_LEVEL - 96, 70, 34) * mask, palette.SKIN_GLOW, 0.13)
    rim = smoothstep(0.35, 0.95, np.asarray(lit(normal, (0.95, 0.05, 0.3)), np.float32)) * mask
    canvas.light(rim * smoothstep(560, 660, canvas.x), palette.SUN_EDGE, 0.40)
    canvas.shade(mask * hair_shadow(canvas), palette.SKIN_SHADOW, 0.62)


def _blush(canvas: Canvas, mask: Floats) -> None:
    for x in (-98, 98):
        canvas.paint(canvas.oval(MIDDLE + x, EYE_LEVEL + 86, 40, 27, -x / 8) * mask, palette.BLUSH, 0.26)
    canvas.paint(canvas.oval(MIDDLE, EYE_LEVEL + 84, 20, 15) * mask, palette.BLUSH, 0.18)
    canvas.paint(canvas.oval(MIDDLE, EYE_LEVEL + 222, 26, 15) * mask, palette.BLUSH, 0.10)


def _freckles(canvas: Canvas, mask: Floats) -> None:
    random = np.random.RandomState(21)
    for _ in range(FRECKLES):
        x = float(random.normal(0, 66))
        y = float(random.normal(68, 11)) + 0.0012 * x * x
        size, strength = random.uniform(0.7, 1.3), random.uniform(0.1, 0.34)
        canvas.paint(canvas.oval(MIDDLE + x, EYE_LEVEL + y, size, size) * mask, palette.FRECKLE, strength)
