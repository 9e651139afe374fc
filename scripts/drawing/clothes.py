"""A ribbed sweater with a round neck."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Points, brush, mirrored, smooth
from scripts.drawing.relief import inflated, lit, slopes

_SHOULDER: Final = [(512, 816), (566, 802), (606, 760), (648, 776), (742, 816), (820, 860), (868, 950), (892, 1060)]
SWEATER: Final = np.vstack([smooth(_SHOULDER), smooth(mirrored(_SHOULDER)[::-1])])

_COLLAR_TOP: Final = [(426, 730), (440, 760), (472, 784), (512, 792), (552, 784), (584, 760), (598, 730)]
_COLLAR_END: Final = [(402, 748), (420, 790), (462, 822), (512, 832), (562, 822), (604, 790), (622, 748)]
COLLAR: Final = np.vstack([smooth(_COLLAR_TOP), smooth(_COLLAR_END)[::-1]])

FOLDS: Final = (
    brush([(300, 994), (312, 940), (302, 885)], (9, 6, 0)),
    brush([(724, 994), (712, 940), (722, 885)], (9, 6, 0)),
    brush([(330, 970), (372, 940), (400, 900)], (0, 5, 0)),
    brush([(694, 970), (652, 940), (624, 900)], (0, 5, 0)),
    brush([(250, 875), (290, 854), (344, 846)], (0, 5, 0)),
    brush([(774, 875), (734, 854), (680, 846)], (0, 5, 0)),
)


def draw_sweater(canvas: Canvas) -> None:
    mask, collar = canvas.fill(SWEATER), canvas.fill(COLLAR)
    height = inflated(canvas, mask, ((26, 30), (90, 70)))
    height -= 26 * canvas.soft(canvas.strokes(*FOLDS), 9)
    height += _rows(canvas, mask) + 20 * canvas.soft(collar, 7) * collar
    normal = slopes(canvas, height)
    canvas.paint(mask, palette.KNIT.at(0.20 + 0.62 * lit(normal)))
    canvas.shade(canvas.soft(canvas.strokes(brush(_COLLAR_END, (6,))), 6) * mask, palette.KNIT.at(0.1), 0.5)
    canvas.shade(mask * canvas.oval(720, 880, 190, 170), palette.SKIN_DEEP, 0.34)
    for x in (330, 694):
        canvas.shade(mask * canvas.soft(canvas.oval(x, 790, 60, 34), 4), palette.SKIN_DEEP, 0.42)
    height = inflated(canvas, collar, ((8, 16),)) + _collar_ribs(canvas)
    canvas.paint(collar, palette.KNIT.at(0.26 + 0.60 * lit(slopes(canvas, height))))
    canvas.shade(collar * canvas.oval(640, 800, 60, 60), palette.SKIN_DEEP, 0.4)
    _pendant(canvas)


def _rows(canvas: Canvas, mask: Floats) -> Floats:
    """Knitted ribs that hang from the shoulders."""
    spread = 1 + 0.0011 * (canvas.y - 800)
    ribs = np.sin((canvas.x - 512) / spread * (2 * np.pi / 11.0))
    return np.asarray(0.45 * ribs * mask, np.float32)


def _collar_ribs(canvas: Canvas) -> Floats:
    """Ribs across the band, as strokes from its upper to its lower edge."""
    top, end = smooth(_COLLAR_TOP), smooth(_COLLAR_END)
    ribs = [brush([tuple(top[i]), tuple(end[i])], (2.6,), steps=2) for i in range(1, len(top), 2)]
    return 5 * canvas.soft(canvas.strokes(*ribs), 1.2)


def _pendant(canvas: Canvas) -> None:
    """A star on a fine chain."""
    chain = brush([(430, 734), (446, 790), (488, 842), (512, 858), (536, 842), (578, 790), (594, 734)], (1.5,))
    star = _star(512, 874, 15)
    canvas.shade(canvas.soft(canvas.fill(star + np.array([3, 5])), 3), palette.SKIN_DEEP, 0.5)
    canvas.paint(canvas.strokes(chain), palette.GOLD.at(0.75))
    mask = canvas.fill(star)
    height = inflated(canvas, mask, ((3, 10), (6, 8)))
    canvas.paint(mask, palette.GOLD.at(0.25 + 0.75 * lit(slopes(canvas, height))))


def _star(x: float, y: float, radius: float) -> Points:
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False) - np.pi / 2
    reach = np.where(np.arange(8) % 2 == 0, radius, radius * 0.36)
    return np.column_stack([x + reach * np.cos(turns), y + reach * np.sin(turns)])
