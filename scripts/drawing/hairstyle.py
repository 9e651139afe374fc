"""Her hairstyle: loose waves to the shoulders, parted on one side, tucked behind the ears."""

from typing import Final

import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Points, brush, smooth, smoothstep
from scripts.drawing.hair import Tress, draw_tresses, strands

BEHIND: Final = smooth(
    [(512, 150), (640, 170), (706, 280), (724, 420), (722, 560), (716, 700), (690, 790), (600, 800), (512, 790),
     (424, 790), (322, 770), (280, 700), (280, 560), (296, 420), (318, 280), (388, 165)],
    closed=True,
)  # fmt: skip
NAPE: Final = Tress(
    guides=(
        ((360, 500), (372, 620), (396, 720), (404, 800)),
        ((512, 500), (512, 620), (512, 720), (512, 800)),
        ((664, 500), (652, 620), (628, 720), (620, 800)),
    ),
    locks=26,
    sheen=(),
    tone=-0.20,
    width=0.10,
)
LONG_LEFT: Final = Tress(
    guides=(
        ((566, 126), (508, 112), (412, 126), (330, 194), (286, 296),
         (268, 410), (252, 520), (240, 630), (246, 730), (296, 806)),
        ((566, 144), (504, 131), (414, 152), (344, 216), (300, 312),
         (286, 416), (276, 530), (264, 635), (276, 740), (318, 826)),
        ((566, 170), (502, 158), (424, 180), (360, 240), (320, 326),
         (302, 420), (298, 530), (292, 635), (308, 740), (338, 836)),
        ((570, 192), (508, 182), (438, 206), (378, 264), (336, 342),
         (316, 428), (316, 530), (318, 635), (338, 740), (356, 828)),
    ),
    locks=15,
    sheen=((0.275, 0.05, 0.34), (0.62, 0.07, 0.14)),
    width=0.34,
    wave=13,
    waves=4.6,
    taper=0.26,
    straight=0.7,
)  # fmt: skip
LONG_RIGHT: Final = Tress(
    guides=(
        ((556, 124), (618, 128), (688, 180), (730, 272), (746, 385), (750, 500), (748, 610), (756, 720), (740, 840)),
        ((560, 146), (622, 150), (682, 202), (716, 288), (732, 392), (736, 504), (730, 610), (732, 720), (716, 850)),
        ((566, 178), (622, 174), (674, 228), (704, 306), (718, 400), (720, 508), (710, 610), (706, 720), (690, 850)),
        ((572, 204), (622, 202), (664, 252), (690, 320), (704, 408), (704, 510), (690, 610), (676, 720), (664, 850)),
    ),
    locks=14,
    sheen=((0.25, 0.05, 0.30), (0.60, 0.07, 0.14)),
    width=0.36,
    wave=-11,
    waves=4.6,
    taper=0.2,
    straight=0.7,
)  # fmt: skip
SWEEP: Final = Tress(
    guides=(
        ((566, 168), (504, 160), (430, 186), (366, 246), (326, 332), (310, 420), (312, 540)),
        ((570, 198), (512, 190), (446, 220), (390, 278), (348, 348), (328, 418), (324, 510)),
        ((580, 236), (526, 228), (466, 252), (414, 300), (372, 358), (346, 410), (334, 462)),
        ((586, 246), (548, 256), (494, 276), (437, 308), (391, 347), (362, 393), (349, 440)),
    ),
    locks=15,
    sheen=((0.42, 0.085, 0.38), (0.66, 0.05, 0.10)),
    width=0.28,
    taper=0.5,
)
SIDE: Final = Tress(
    guides=(
        ((564, 164), (622, 164), (674, 218), (708, 302), (720, 396), (721, 496)),
        ((572, 208), (622, 208), (660, 258), (690, 326), (704, 402), (706, 488)),
        ((580, 244), (614, 258), (642, 299), (658, 350), (667, 398), (674, 450)),
    ),
    locks=11,
    sheen=((0.40, 0.085, 0.36),),
    tone=-0.02,
    width=0.34,
    taper=0.5,
)
FALL_LEFT: Final = Tress(
    guides=(
        ((330, 400), (320, 500), (318, 590), (328, 680), (336, 750), (326, 830)),
        ((340, 410), (333, 500), (334, 585), (348, 670), (364, 740), (356, 818)),
        ((356, 420), (352, 500), (354, 580), (370, 656), (396, 712), (410, 768)),
    ),
    locks=9,
    sheen=((0.66, 0.09, 0.20),),
    tone=-0.06,
    width=0.42,
    wave=11,
    waves=2.1,
    taper=0.4,
)
FALL_RIGHT: Final = Tress(
    guides=(
        ((702, 400), (704, 500), (694, 590), (676, 680), (664, 760), (660, 850)),
        ((688, 410), (690, 500), (676, 585), (652, 670), (632, 750), (630, 850)),
        ((668, 420), (668, 500), (655, 580), (628, 656), (604, 716), (596, 800)),
    ),
    locks=9,
    sheen=((0.4, 0.12, 0.08),),
    tone=-0.05,
    width=0.42,
    wave=-9,
    waves=2.1,
    taper=0.3,
)
LOOSE: Final = Tress(
    guides=(
        ((394, 330), (366, 380), (354, 440), (357, 504), (363, 556), (353, 612)),
        ((378, 344), (351, 394), (341, 446), (346, 508), (353, 556), (347, 600)),
    ),
    locks=4,
    sheen=((0.35, 0.16, 0.22),),
    width=0.6,
    taper=0.4,
)
"""A strand that has come out from behind the ear."""

WISPS: Final = (
    brush([(300, 270), (276, 330), (264, 410), (250, 480)], (0.4, 1.3, 0.2)),
    brush([(420, 120), (364, 144), (316, 196), (294, 250)], (0.3, 1.3, 0.2)),
    brush([(240, 640), (231, 690), (240, 745), (264, 786)], (0.4, 1.4, 0.2)),
)
"""Single hairs along the outline."""

PARTING: Final[Points] = brush([(560, 136), (568, 190), (584, 256)], (1.0, 3.5, 0.5))


def draw_hair_behind(canvas: Canvas) -> None:
    """The hair at the nape and on the right, which falls behind the shoulder."""
    canvas.paint(canvas.fill(BEHIND), palette.HAIR.at(0.08))
    layer = draw_tresses(canvas, (NAPE, FALL_RIGHT, LONG_RIGHT), seed=2)
    _light(canvas, layer.cover)


def draw_falling_hair(canvas: Canvas) -> None:
    """The hair on the left, which falls before the shoulder."""
    draw_tresses(canvas, (FALL_LEFT,), seed=5)


def hair_shadow(canvas: Canvas) -> Floats:
    """What the hair over the forehead keeps from the light."""
    return canvas.soft(canvas.fill(*[_area(tress) + np.array([7, 15]) for tress in (SWEEP, SIDE)]), 9)


def _area(tress: Tress) -> Points:
    """The outline of all that lies between a tress's first and last guide."""
    return np.vstack([smooth(tress.guides[0]), smooth(tress.guides[-1])[::-1]])


def draw_top_hair(canvas: Canvas) -> None:
    canvas.paint(canvas.fill(_area(SWEEP), _area(SIDE)), palette.HAIR.at(0.2))
    layer = draw_tresses(canvas, (LONG_LEFT, SIDE, SWEEP), seed=11)
    canvas.shade(canvas.soft(canvas.strokes(PARTING), 2.5) * layer.cover, palette.HAIR.at(0.1), 0.6)
    _light(canvas, layer.cover)
    fine = strands(canvas, SWEEP, 40, 1.2, seed=3) + strands(canvas, SIDE, 20, 1.2, seed=4)
    fine += strands(canvas, LONG_LEFT, 50, 1.2, seed=6) + strands(canvas, LONG_RIGHT, 30, 1.2, seed=7)
    canvas.light(np.asarray(np.clip(fine, 0, 1), np.float32), palette.HAIR.at(0.8), 0.20)


def draw_loose_hair(canvas: Canvas) -> None:
    draw_tresses(canvas, (LOOSE,), seed=9)
    canvas.paint(canvas.strokes(*WISPS), palette.HAIR.at(0.52), 0.8)


def _light(canvas: Canvas, cover: Floats) -> None:
    """Window light from the left, shade to the right, and the warm disc's light round the edge."""
    canvas.shade(cover * canvas.oval(680, 560, 150, 260), palette.HAIR.at(0.2), 0.25)
    canvas.light(cover * canvas.oval(360, 230, 120, 130), palette.HAIR.at(0.9), 0.14)
    canvas.light(cover * canvas.oval(290, 610, 60, 130), palette.HAIR.at(0.85), 0.09)
    canvas.light(cover * canvas.oval(690, 250, 60, 90), palette.HAIR.at(0.85), 0.08)
    whole = np.maximum(cover, canvas.fill(BEHIND, *[_area(tress) for tress in (LONG_LEFT, LONG_RIGHT)]))
    canvas.light(canvas.rim(whole, -5, 0, 5) * cover * _from_to(canvas, 560, 730), palette.HAIR_RIM, 0.30)
    upper = cover * (1 - smoothstep(640, 740, canvas.y))
    for x, y, strength in ((5.0, -1.0, 0.50), (-5.0, -2.0, 0.40), (0.0, -5.0, 0.5)):
        canvas.light(canvas.rim(whole, -x, -y, 4) * upper, palette.SUN_EDGE, strength)


def _from_to(canvas: Canvas, top: float, bottom: float) -> Floats:
    """1 in the middle between the two heights, 0 beyond them."""
    return smoothstep(top, (top + bottom) / 2, canvas.y) * (1 - smoothstep((top + bottom) / 2, bottom, canvas.y))
