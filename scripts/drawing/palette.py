"""The colours of the picture, by what they paint."""

from typing import Final

import numpy as np

from scripts.drawing.canvas import colour
from scripts.drawing.relief import Ramp


def ramp(*stops: tuple[float, str]) -> Ramp:
    return Ramp(tuple(place for place, _ in stops), np.stack([colour(code) for _, code in stops]))


SKIN: Final = ramp(
    (0.0, "#6e3238"),
    (0.22, "#a2553f"),
    (0.42, "#cd7d5e"),
    (0.60, "#e5a37f"),
    (0.80, "#f3c09b"),
    (1.0, "#fcdcba"),
)
SKIN_SHADOW: Final = colour("#b9685c")
SKIN_DEEP: Final = colour("#6b2f36")
SKIN_GLOW: Final = colour("#ffe3c4")
BLUSH: Final = colour("#e2685a")
FRECKLE: Final = colour("#a9593c")

LIP: Final = ramp((0.0, "#6d2530"), (0.35, "#a84449"), (0.6, "#cf6a64"), (0.8, "#e38b80"), (1.0, "#f6b8a8"))
LIP_LINE: Final = colour("#5a1c27")

EYE_WHITE: Final = colour("#f6ece4")
EYE_WHITE_SHADE: Final = colour("#a98f96")
TEAR_DUCT: Final = colour("#d9897c")
IRIS_DARK: Final = colour("#2b1712")
IRIS: Final = colour("#63351c")
IRIS_GLOW: Final = colour("#c27a36")
PUPIL: Final = colour("#120a0c")
LASH: Final = colour("#24100f")
BROW: Final = colour("#43211d")

HAIR: Final = ramp(
    (0.0, "#170c14"),
    (0.28, "#341a1f"),
    (0.5, "#572c26"),
    (0.7, "#8a4a30"),
    (0.86, "#c27a45"),
    (1.0, "#eab673"),
)
HAIR_RIM: Final = colour("#8fd0d6")

KNIT: Final = ramp((0.0, "#7a3c1c"), (0.3, "#b86a1f"), (0.55, "#e09a2f"), (0.8, "#f3b94c"), (1.0, "#ffdc8a"))
GOLD: Final = ramp((0.0, "#7a4a18"), (0.5, "#e0a53c"), (1.0, "#fff2c4"))

WALL_TOP: Final = colour("#15424e")
WALL_BOTTOM: Final = colour("#2f7d80")
SUN: Final = colour("#f7c79a")
SUN_EDGE: Final = colour("#f08f6a")
LEAF_FAR: Final = colour("#1e5f66")
LEAF_NEAR: Final = colour("#0f3a45")
LEAF_LIT: Final = colour("#5fa892")
WHITE: Final = colour("#ffffff")
