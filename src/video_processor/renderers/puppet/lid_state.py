"""What the blendshapes ask of lids and irises."""

from math import radians, sin
from typing import Final

from avatar.blendshapes import BLENDSHAPE_INDEX, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.types import Floats
from video_processor.renderers.puppet.eyes import LidState
from video_processor.renderers.puppet.frame import HeadFrame

EYEBALL_RADIUS: Final = 0.135
"""Radius of an eyeball in outer-eye-corner distances: 12 mm of about 90 mm."""

SQUINT_UPPER: Final = 0.15
SQUINT_LOWER: Final = 0.24
WIDE_UPPER: Final = 0.34
MEET_LOWER: Final = 0.14
"""How far a full squint, wide eye or blink moves a lid, shares of the eye's opening."""

LID_LAG, LOWER_LAG = 1.3, 2.0
"""Powers of a blink's value that the upper and the lower lid's ways follow: half a blink leaves half an iris."""

LID_FOLLOWS_GAZE: Final = 0.40
VERTICAL_SHARE: Final = 0.65
"""The upper lid goes with the iris, and the iris shows only part of a vertical turn: the rest is hidden by lids."""

WIDEST: Final = -0.42


def lid_state(side: str, shapes: Floats, rest: Floats, frame: HeadFrame) -> LidState:
    """How the eye on `side` (`Left` or `Right`) differs from its look in the picture, for blendshapes (52,)."""

    def change(name: str) -> float:
        i = BLENDSHAPE_INDEX[name + side]
        return float(shapes[i] - rest[i])

    blink = change("eyeBlink") / max(1 - float(rest[BLENDSHAPE_INDEX["eyeBlink" + side]]), 0.2)
    squint, wide = change("eyeSquint"), change("eyeWide")
    up = change("eyeLookUp") - change("eyeLookDown")
    lowered = blink**LID_LAG if blink > 0 else blink
    upper = lowered + (1 - max(lowered, 0)) * (SQUINT_UPPER * squint - WIDE_UPPER * wide - LID_FOLLOWS_GAZE * up)
    left = (1.0 if side == "Left" else -1.0) * (change("eyeLookOut") - change("eyeLookIn"))
    across, down = _iris_shift(left, up)
    (xx, xy, _), (yx, yy, _), _ = frame.turn.tolist()
    reach = EYEBALL_RADIUS * frame.scale
    return LidState(
        upper=min(max(upper, WIDEST), 1.0),
        lower=min(max(SQUINT_LOWER * squint + MEET_LOWER * max(blink, 0.0) ** LOWER_LAG, 0.0), 0.5),
        iris_x=(xx * across + xy * down) * reach,
        iris_y=(yx * across + yy * down) * reach,
    )


def _iris_shift(left: float, up: float) -> tuple[float, float]:
    """Shift of an iris in eyeball radii, to the subject's left and down the face, for eyeLook values."""
    across = sin(radians(GAZE_HORIZONTAL_DEGREES * left))
    down = -VERTICAL_SHARE * sin(radians(GAZE_VERTICAL_DEGREES * up))
    return across, down
