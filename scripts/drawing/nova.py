"""The whole picture, from back to front."""

import numpy as np
from numpy.typing import NDArray

from scripts.drawing.backdrop import draw_backdrop
from scripts.drawing.canvas import Canvas
from scripts.drawing.clothes import draw_sweater
from scripts.drawing.eyes import draw_eyes
from scripts.drawing.features import draw_brows, draw_mouth, draw_nose
from scripts.drawing.figure import draw_ears, draw_face, draw_neck
from scripts.drawing.hairstyle import draw_falling_hair, draw_hair_behind, draw_loose_hair, draw_top_hair


def draw_nova(size: int) -> NDArray[np.uint8]:
    """Nova, uint8 RGB (size, size, 3); the same for every call."""
    canvas = Canvas(size)
    draw_backdrop(canvas)
    draw_hair_behind(canvas)
    draw_neck(canvas)
    draw_sweater(canvas)
    draw_falling_hair(canvas)
    draw_face(canvas)
    draw_nose(canvas)
    draw_mouth(canvas)
    draw_eyes(canvas)
    draw_brows(canvas)
    draw_top_hair(canvas)
    draw_ears(canvas)
    draw_loose_hair(canvas)
    return canvas.finished()
