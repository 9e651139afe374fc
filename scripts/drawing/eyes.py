"""The eyes: ball, iris, lids and lashes. Points are from the eye's middle, x towards the temple."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Outline, Points, brush, smooth, smoothstep
from scripts.drawing.figure import EYE_LEVEL, MIDDLE

EYE_OFFSET: Final = 76.0
IRIS_RADIUS: Final = 18.6
PUPIL_RADIUS: Final = 8.8

_UPPER: Final = [(-34, 7.5), (-26, -4.5), (-11, -15.5), (4, -17.5), (19, -13), (32.5, -1.5)]
_LOWER: Final = [(-34, 7.5), (-23, 12), (-8, 14.8), (7, 14.6), (21, 9.8), (32.5, -1.5)]
_CREASE: Final = [(-32, -9), (-19, -21), (0, -28), (18, -25), (38, -9)]
_LASHES: Final = (
    (0.60, (2.5, -6.5), 1.6),
    (0.71, (5.0, -7.5), 1.9),
    (0.82, (7.5, -7.5), 2.3),
    (0.91, (9.0, -6.5), 2.6),
)
"""Upper lashes: where on the lid, how far the tip lies from the root, how wide the root."""


class Eye:
    """Places of one eye; `side` is -1 on the left of the picture."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.middle = np.array([MIDDLE + side * EYE_OFFSET, EYE_LEVEL])
        self.iris = self.middle + np.array([-side * 0.8, -1.3])
        self.upper = self.placed(smooth(_UPPER))
        self.lower = self.placed(smooth(_LOWER))
        self.opening = np.vstack([self.upper, self.lower[::-1]])

    def placed(self, points: Points) -> Points:
        return np.asarray(points[:, :2] * (self.side, 1) + self.middle)

    def stroke(self, path: Outline, widths: tuple[float, ...]) -> Points:
        line = brush(path, widths)
        return np.column_stack([self.placed(line), line[:, 2]])


def draw_eyes(canvas: Canvas) -> None:
    for side in (-1, 1):
        eye = Eye(side)
        _lid_skin(canvas, eye)
        opening = canvas.fill(eye.opening)
        _ball(canvas, eye, opening)
        _iris(canvas, eye, opening)
        _lights(canvas, eye, opening)
        _lashes(canvas, eye)


def _lid_skin(canvas: Canvas, eye: Eye) -> None:
    x, y = eye.middle
    canvas.shade(canvas.oval(x + eye.side * 2, y - 22, 40, 13), palette.SKIN_SHADOW, 0.34)
    canvas.shade(canvas.oval(x + eye.side * 26, y - 16, 24, 12), palette.SKIN_SHADOW, 0.30)
    crease = eye.stroke(_CREASE, (0.5, 3.0, 3.2, 2.6, 0.5))
    canvas.shade(canvas.soft(canvas.strokes(crease), 1.5), palette.SKIN_DEEP, 0.55)
    canvas.light(canvas.oval(x + eye.side * 2, y - 24.5, 18, 3.2), palette.SKIN_GLOW, 0.25)
    fold = eye.stroke([(-25, 21), (-8, 26), (11, 25), (28, 16)], (0, 2.5, 2.5, 0))
    canvas.shade(canvas.soft(canvas.strokes(fold), 3), palette.SKIN_SHADOW, 0.30)
    canvas.light(canvas.oval(x, y + 21.5, 21, 2.6), palette.SKIN_GLOW, 0.16)


def _ball(canvas: Canvas, eye: Eye, opening: Floats) -> None:
    x, y = eye.middle
    away = np.hypot((canvas.x - x) / 34, (canvas.y - y - 2) / 26)
    tint = palette.EYE_WHITE + (palette.EYE_WHITE_SHADE - palette.EYE_WHITE) * smoothstep(0.45, 1.15, away)[..., None]
    canvas.paint(opening, tint)
    canvas.paint(opening * canvas.oval(x - eye.side * 31.5, y + 7.5, 4.4, 3.6), palette.TEAR_DUCT, 0.9)


def _iris(canvas: Canvas, eye: Eye, opening: Floats) -> None:
    x, y = eye.iris
    dx, dy = canvas.x - np.float32(x), canvas.y - np.float32(y)
    away = np.hypot(dx, dy) / np.float32(IRIS_RADIUS)
    disc = (1 - smoothstep(0.95, 1.05, away)) * opening
    canvas.paint(disc, palette.IRIS)
    angle = np.arctan2(dy, dx)
    fibres = 0.5 + 0.25 * np.sin(angle * 23 + 3 * np.sin(away * 5)) + 0.25 * np.sin(angle * 37 + 1.3)
    canvas.light(disc * np.asarray(fibres * smoothstep(0.35, 0.6, away), np.float32), palette.IRIS_GLOW, 0.22)
    below = canvas.oval(x + 3, y + 9, 11, 7)
    canvas.paint(disc * below, palette.IRIS_GLOW, 0.75)
    canvas.paint(disc * smoothstep(0.76, 1.0, away), palette.IRIS_DARK, 0.78)
    canvas.paint(disc * (1 - smoothstep(-12, 3, dy)), palette.IRIS_DARK, 0.55)
    pupil = 1 - smoothstep(0.90, 1.10, away * np.float32(IRIS_RADIUS / PUPIL_RADIUS))
    canvas.paint(disc * pupil, palette.PUPIL, 0.97)


def _lights(canvas: Canvas, eye: Eye, opening: Floats) -> None:
    """The lid's shadow, then reflections: the window to the left, a small one below."""
    upper = eye.stroke(_UPPER, (7, 11, 12, 11, 7))
    canvas.shade(canvas.soft(canvas.strokes(upper), 2.6) * opening, palette.LASH, 0.62)
    x, y = eye.iris
    canvas.light(canvas.soft(canvas.fill(_round(x - 6.8, y - 6.8, 5.2, 6.1)), 0.6) * opening, palette.WHITE, 0.97)
    canvas.light(canvas.soft(canvas.fill(_round(x + 7.2, y + 7.6, 2.6, 2.6)), 0.7) * opening, palette.WHITE, 0.55)
    wet = eye.stroke([(-25, 10), (-8, 13.4), (9, 13), (23, 6.5)], (0.4, 1.6, 1.6, 0.4))
    canvas.light(canvas.soft(canvas.strokes(wet), 0.7), palette.TEAR_DUCT, 0.45)


def _round(x: float, y: float, wide: float, tall: float) -> Points:
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.column_stack([x + wide * np.cos(turn), y + tall * np.sin(turn)])


def _lashes(canvas: Canvas, eye: Eye) -> None:
    line = eye.stroke([*_UPPER[:-1], (32.5, -3.2), (39.5, -8)], (1.2, 3.2, 4.4, 5.0, 5.2, 4.0, 0.2))
    own = smooth(_UPPER)
    lashes = []
    for place, reach, width in _LASHES:
        root = own[int(place * (len(own) - 1))]
        bend = root + np.array(reach) * (0.72, 0.36)
        lashes.append(eye.stroke([tuple(root), tuple(bend), tuple(root + reach)], (width, width * 0.6, 0.2)))
    canvas.paint(canvas.soft(canvas.strokes(line), 0.4), palette.LASH, 0.95)
    canvas.paint(canvas.strokes(*lashes), palette.LASH, 0.85)
    under = eye.stroke([(-12, 15.2), (7, 15.3), (21.5, 10.4), (32.5, -1)], (0.2, 1.3, 1.9, 1.6))
    canvas.paint(canvas.soft(canvas.strokes(under), 0.7), palette.LASH, 0.50)
