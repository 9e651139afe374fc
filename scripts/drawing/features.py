"""Nose, mouth, brows and freckles."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Outline, Points, brush, mirrored, smooth
from scripts.drawing.figure import EYE_LEVEL, MIDDLE
from scripts.drawing.relief import gloss, inflated, lit, slopes

_LINE: Final = [(-64, 137), (-43, 147.5), (-16, 152.3), (0, 153.5), (16, 152.3), (43, 147), (64, 135.5)]
_UPPER: Final = [(64, 135.5), (39, 137), (13, 133.5), (0, 136.8), (-13, 133.5), (-39, 137.5), (-64, 137)]
_LOWER: Final = [(64, 135.5), (52, 150), (31, 167), (0, 175), (-31, 167), (-52, 151), (-64, 137)]


def placed(points: Outline) -> Points:
    """Points from between the eyes to places in the picture."""
    return np.asarray(np.asarray(points) + np.array([MIDDLE, EYE_LEVEL]))


LIP_LINE: Final = smooth(placed(_LINE))
UPPER_LIP: Final = np.vstack([LIP_LINE, smooth(placed(_UPPER))])
LOWER_LIP: Final = np.vstack([LIP_LINE, smooth(placed(_LOWER))])
NOSTRIL: Final = smooth([(520.5, 518.5), (527, 515), (532.5, 516.5), (531, 520), (525, 521)], closed=True)
WING: Final = brush([(536, 494), (541.5, 503), (539.5, 513), (534, 517)], (0, 2.6, 3.0, 0))
SMILE_FOLD: Final = brush([(550, 506), (566, 522), (580, 540), (586, 558)], (1, 4, 5, 2))
BROW_HAIRS: Final = 90


def draw_nose(canvas: Canvas) -> None:
    below = canvas.oval(517, 529, 22, 6)
    canvas.shade(below, palette.SKIN_SHADOW, 0.55)
    canvas.shade(canvas.oval(545, 500, 9, 20, -14), palette.SKIN_SHADOW, 0.28)
    for wing in (WING, mirrored(WING)):
        canvas.shade(canvas.soft(canvas.strokes(wing), 1.8), palette.SKIN_SHADOW, 0.75)
    for nostril in (NOSTRIL, mirrored(NOSTRIL)):
        canvas.paint(canvas.soft(canvas.fill(nostril), 1.2), palette.SKIN_DEEP, 0.68)
    canvas.light(canvas.oval(506, 488, 6.5, 5.5), palette.SKIN_GLOW, 0.45)
    canvas.light(canvas.oval(508, 450, 4, 22), palette.SKIN_GLOW, 0.16)


def draw_mouth(canvas: Canvas) -> None:
    upper, lower = canvas.fill(UPPER_LIP), canvas.fill(LOWER_LIP)
    canvas.shade(canvas.oval(514, EYE_LEVEL + 190, 30, 6), palette.SKIN_SHADOW, 0.5)
    for mask, level in ((upper, 0.10), (lower, 0.30)):
        normal = slopes(canvas, inflated(canvas, mask, ((5, 10), (14, 16))))
        tint = palette.LIP.at(level + 0.48 * lit(normal) + _creases(canvas))
        canvas.paint(canvas.soft(mask, 0.9), tint, 0.92)
        canvas.light(canvas.soft(mask * gloss(normal, 30), 1.5), palette.LIP.colours[-1], 0.25)
    canvas.light(canvas.oval(500, EYE_LEVEL + 172, 16, 3.4) * lower, palette.WHITE, 0.30)
    line = brush(placed(_LINE), (2.0, 2.4, 3.0, 3.2, 3.0, 2.4, 2.0))
    canvas.paint(canvas.soft(canvas.strokes(line), 0.7), palette.LIP_LINE, 0.85)
    canvas.shade(canvas.soft(canvas.strokes(line), 3.0) * lower, palette.LIP_LINE, 0.5)
    for fold in (SMILE_FOLD, mirrored(SMILE_FOLD)):
        canvas.shade(canvas.soft(canvas.strokes(fold), 4.5), palette.SKIN_SHADOW, 0.42)
    for x, y in ((-66.5, 136), (66.5, 134.5)):
        canvas.shade(canvas.oval(MIDDLE + x, EYE_LEVEL + y, 3.4, 4.0), palette.SKIN_DEEP, 0.45)


def _creases(canvas: Canvas) -> Floats:
    """Fine folds of the lips, fanning out downwards."""
    x, y = canvas.x - MIDDLE, canvas.y - (EYE_LEVEL + 100)
    angle = np.arctan2(x, y) * 62
    return np.asarray(0.012 * np.sin(angle) + 0.010 * np.sin(angle * 2.3 + 1), np.float32)


def draw_brows(canvas: Canvas) -> None:
    random = np.random.RandomState(8)
    for side, lift in ((-1, 0.0), (1, -2.0)):
        spine = smooth([(33, -57 + lift), (60, -66 + lift), (92, -68 + lift), (126, -53 + lift)])
        thick = np.interp(np.linspace(0, 1, len(spine)), (0, 0.22, 0.55, 1), (4, 11, 9.5, 2))
        body = np.column_stack([MIDDLE + side * spine[:, 0], EYE_LEVEL + spine[:, 1], thick])
        canvas.paint(canvas.soft(canvas.strokes(body), 1.6), palette.BROW, 0.70)
        hairs = [_brow_hair(spine, thick, random) for _ in range(BROW_HAIRS)]
        for hair in hairs:
            hair[:, 0] = MIDDLE + side * hair[:, 0]
        canvas.paint(canvas.strokes(*hairs), palette.BROW, 0.24)


def _brow_hair(spine: Points, thick: Points, random: np.random.RandomState) -> Points:
    place = random.uniform(0, 0.96)
    i = int(place * (len(spine) - 1))
    begin = spine[i] + (0, EYE_LEVEL + random.uniform(-0.2, 0.3) * thick[i])
    turn = np.radians(-58 + 74 * place + random.normal(0, 6))
    end = begin + np.array([np.cos(turn), np.sin(turn)]) * random.uniform(6, 9)
    return brush([tuple(begin), tuple((begin + end) / 2 + (1, 0)), tuple(end)], (1.1, 1.0, 0.2), steps=6)
