"""The room behind her: a wall in dusk colours, a warm disc of light, plants out of focus."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Points, brush, smooth, smoothstep

DISC: Final = (512.0, 430.0, 416.0)
"""Middle and radius of the warm disc."""

FAR_LEAVES: Final = (
    (0.0, 540.0, -56.0, 190.0),
    (-10.0, 610.0, -22.0, 170.0),
    (1050.0, 420.0, -146.0, 210.0),
    (1060.0, 500.0, 178.0, 200.0),
    (1030.0, 330.0, -112.0, 200.0),
)
NEAR_LEAVES: Final = (
    (-30.0, 850.0, -58.0, 260.0),
    (-40.0, 930.0, -22.0, 220.0),
    (1075.0, 860.0, -128.0, 270.0),
    (1080.0, 950.0, -160.0, 210.0),
    (1070.0, 740.0, -100.0, 240.0),
)
"""Where a leaf begins (x, y), where it points in degrees and how long it is."""


def draw_backdrop(canvas: Canvas) -> None:
    down = smoothstep(0, 1024, canvas.y + 0.25 * (canvas.x - 512))
    canvas.pixels[:] = palette.WALL_TOP + (palette.WALL_BOTTOM - palette.WALL_TOP) * down[..., None]
    canvas.light(canvas.oval(120, 60, 330, 300), palette.LEAF_LIT, 0.30)
    _disc(canvas)
    for leaves, tint, blur in ((FAR_LEAVES, palette.LEAF_FAR, 8.0), (NEAR_LEAVES, palette.LEAF_NEAR, 11.0)):
        for leaf in leaves:
            _draw_leaf(canvas, leaf, tint, blur)
    canvas.shade(1 - canvas.oval(512, 430, 520, 520), palette.WALL_TOP, 0.40)


def _disc(canvas: Canvas) -> None:
    x, y, radius = DISC
    away = np.hypot(canvas.x - np.float32(x), canvas.y - np.float32(y))
    inside = 1 - smoothstep(radius - 16, radius + 16, away)
    down = smoothstep(y - radius, y + radius, canvas.y + 0.2 * (canvas.x - 512))
    tint = palette.SUN + (palette.SUN_EDGE - palette.SUN) * down[..., None]
    canvas.light(np.asarray(np.exp(-np.clip(away - radius, 0, None) / 90), np.float32), palette.SUN_EDGE, 0.30)
    canvas.paint(inside, tint, 0.94)


def _draw_leaf(canvas: Canvas, leaf: tuple[float, float, float, float], tint: Floats, blur: float) -> None:
    mask = canvas.soft(canvas.fill(_leaf(*leaf)), blur)
    canvas.paint(mask, tint, 0.92)
    canvas.light(canvas.rim(mask, -10, -12, blur + 4), palette.LEAF_LIT, 0.45)
    x, y, turn, length = leaf
    tip = np.array([x, y]) + length * 0.9 * np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
    vein = canvas.soft(canvas.strokes(brush([(x, y), tuple(tip)], (7, 1))), blur * 0.5)
    canvas.light(vein * mask, palette.LEAF_LIT, 0.35)


def _leaf(x: float, y: float, turn: float, length: float) -> Points:
    along = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))]) * length
    across = np.array([-along[1], along[0]]) * 0.24
    places = ((0.0, 0.0), (0.25, 0.8), (0.5, 1.0), (0.78, 0.62), (1.0, 0.0), (0.78, -0.5), (0.5, -0.85), (0.25, -0.75))
    return smooth([tuple(np.array([x, y]) + along * a + across * b) for a, b in places], closed=True)
