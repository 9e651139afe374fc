"""Names and order of the 52 ARKit blendshapes and the 15 Oculus visemes.

Order of the blendshapes: Apple, *ARFaceAnchor.BlendShapeLocation*, as Live Link Face writes its columns.
Order of the visemes: Meta, *Oculus Lipsync viseme reference*.
"""

from typing import Final

BLENDSHAPES: Final[tuple[str, ...]] = (
    "eyeBlinkLeft",
    "eyeLookDownLeft",
    "eyeLookInLeft",
    "eyeLookOutLeft",
    "eyeLookUpLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight",
    "eyeLookDownRight",
    "eyeLookInRight",
    "eyeLookOutRight",
    "eyeLookUpRight",
    "eyeSquintRight",
    "eyeWideRight",
    "jawForward",
    "jawRight",
    "jawLeft",
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthRight",
    "mouthLeft",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""ARKit's blendshapes; `Left` is the subject's own left."""

BLENDSHAPE_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(BLENDSHAPES)}

VISEMES: Final[tuple[str, ...]] = (
    "sil",
    "PP",
    "FF",
    "TH",
    "DD",
    "kk",
    "CH",
    "SS",
    "nn",
    "RR",
    "aa",
    "E",
    "ih",
    "oh",
    "ou",
)
"""The 15 Oculus visemes."""

VISEME_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(VISEMES)}

GAZE_HORIZONTAL_DEGREES: Final = 30.0
"""Eye rotation at `eyeLookIn*` or `eyeLookOut*` = 1."""

GAZE_VERTICAL_DEGREES: Final = 25.0
"""Eye rotation at `eyeLookUp*` or `eyeLookDown*` = 1."""
