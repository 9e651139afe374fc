"""What every blendshape has to do: where it shows, by how much at least, and what may move along with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STILL_LEVELS: Final = 1.0
"""Parts that a shape has nothing to do with may change by this on average, of 255: resampling, no movement."""

NEIGHBOUR_LEVELS: Final = 10.0
"""The same for parts beside the shape's own: skin is drawn along, but keeps its place."""

LEAST_LEVELS: Final = 3.0
"""A shape that no tracker follows changes its own part by this, at least."""

TURN_BOUND_DEGREES: Final = 2.5
"""What the face does may look to a tracker like this much of a turn of the head."""

UNITS: Final[dict[str, str]] = {
    "lid": "of the eye's width",
    "gaze": "of the eye's width",
    "pitch": "degrees",
    "yaw": "degrees",
    "roll": "degrees",
}
"""Units of curves by the beginning of their names; the others are in distances of the outer eye corners."""

MOUTH: Final = ("mouth", "chin")
CHEEKS: Final = ("cheek right", "cheek left")


@dataclass(frozen=True, slots=True)
class Expected:
    """A shape's effect at 1.

    `answer` is the curve that must change by `least`, which has a sign; where it is the name of a part, the part
    must change by `least` grey levels. `own` parts move freely, `beside` may change within the neighbours' bound.
    """

    moves: str
    answer: str
    least: float
    own: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return unit_of(self.answer)


def unit_of(answer: str) -> str:
    """The unit of a curve, or of the change of a part of the face."""
    if "_" not in answer and answer not in UNITS:
        return "grey levels"
    return next((unit for start, unit in UNITS.items() if answer.startswith(start)), "eye distances")


def _eyes(side: str) -> dict[str, Expected]:
    eye, brow = (f"eye {side}",), (f"brow {side}",)
    lid, inward = f"lid_{side}", -1.0 if side == "left" else 1.0
    table = {
        "eyeBlink": Expected("lowers the upper lid onto the lower one", lid, -0.12, eye, brow),
        "eyeLookDown": Expected("turns the eye down by 25 degrees, the lid follows", "gaze_y", -0.012, eye, brow),
        "eyeLookIn": Expected("turns the eye to the nose by 30 degrees", "gaze_x", inward * 0.04, eye, brow),
        "eyeLookOut": Expected("turns the eye outwards by 30 degrees", "gaze_x", -inward * 0.04, eye, brow),
        "eyeLookUp": Expected("turns the eye up by 25 degrees, the lid follows", "gaze_y", 0.012, eye, brow),
        "eyeSquint": Expected("narrows the eye from both lids", lid, -0.025, eye, (*brow, f"cheek {side}")),
        "eyeWide": Expected("lifts the upper lid off the iris", lid, 0.02, eye, brow),
    }
    return {name + side.capitalize(): expected for name, expected in table.items()}


def _jaw() -> dict[str, Expected]:
    around = ("nose", *CHEEKS)
    down = (*MOUTH, "neck")
    return {
        "jawForward": Expected("pushes chin and lower lip forward", "chin", LEAST_LEVELS, down, around),
        "jawRight": Expected("shifts the jaw to the subject's right", "jaw_side", -0.03, down, around),
        "jawLeft": Expected("shifts the jaw to the subject's left", "jaw_side", 0.03, down, around),
        "jawOpen": Expected("parts the lips by the jaw", "mouth_open", 0.22, (*down, *CHEEKS), ("nose",)),
        "mouthClose": Expected("brings the lips of an open jaw together", "mouth_open", -0.12, down, around),
        "tongueOut": Expected("puts the tongue's tip over the lower lip", "mouth", LEAST_LEVELS, ("mouth",), ("chin",)),
    }


def _mouth() -> dict[str, Expected]:
    around = ("nose", *CHEEKS)
    return {
        "mouthFunnel": Expected("opens the lips to a round funnel", "mouth_open", 0.02, MOUTH, around),
        "mouthPucker": Expected("draws the lips together and forward", "mouth_width", -0.04, MOUTH, around),
        "mouthRight": Expected("shifts the mouth to the subject's right", "mouth_side", -0.02, MOUTH, around),
        "mouthLeft": Expected("shifts the mouth to the subject's left", "mouth_side", 0.02, MOUTH, around),
        "mouthRollLower": Expected("turns the lower lip in", "mouth", LEAST_LEVELS, MOUTH),
        "mouthRollUpper": Expected("turns the upper lip in", "mouth", LEAST_LEVELS, ("mouth",), ("nose",)),
        "mouthShrugLower": Expected("lifts the lower lip and the chin's skin", "mouth", LEAST_LEVELS, MOUTH, ("neck",)),
        "mouthShrugUpper": Expected("lifts the upper lip", "mouth", LEAST_LEVELS, ("mouth",), around),
    }


def _mouth_side(side: str) -> dict[str, Expected]:
    cheek, corner = (f"cheek {side}",), f"corner_{side}"
    other = tuple(part for part in CHEEKS if part not in cheek)
    near = (*CHEEKS, "nose")
    table = {
        "mouthSmile": Expected("draws the corner out and up", corner, 0.03, (*MOUTH, *cheek), (*other, "nose")),
        "mouthFrown": Expected("draws the corner down", corner, -0.02, MOUTH, near),
        "mouthDimple": Expected("draws the corner out and back", "mouth_width", 0.012, MOUTH, near),
        "mouthStretch": Expected("draws the corner out", "mouth_width", 0.015, MOUTH, near),
        "mouthPress": Expected("presses the lips together on one side", "mouth", LEAST_LEVELS, MOUTH),
        "mouthLowerDown": Expected("lowers the lower lip on one side", "mouth_open", 0.012, MOUTH, ("neck",)),
        "mouthUpperUp": Expected("lifts the upper lip on one side", "mouth_open", 0.01, ("mouth",), near),
    }
    return {name + side.capitalize(): expected for name, expected in table.items()}


def _brows_cheeks_nose(side: str) -> dict[str, Expected]:
    eye, brow = (f"eye {side}",), (f"brow {side}",)
    cheek = (f"cheek {side}",)
    table = {
        "browDown": Expected(
            "lowers the brow and draws it inwards", brow[0].replace(" ", "_"), -0.015, (*brow, *eye), ("forehead",)
        ),
        "browOuterUp": Expected("lifts the outer brow", f"brow_outer_{side}", 0.02, brow, (*eye, "forehead")),
        "cheekSquint": Expected("lifts the cheek under the eye", f"cheek {side}", LEAST_LEVELS, cheek, (*eye, "nose")),
        "noseSneer": Expected("lifts the nose's wing", "nose", LEAST_LEVELS, ("nose",), ("mouth", *cheek)),
    }
    return {name + side.capitalize(): expected for name, expected in table.items()}


def _both_sides() -> dict[str, Expected]:
    brows, eyes = ("brow right", "brow left"), ("eye right", "eye left")
    near = (*MOUTH, "nose")
    return {
        "browInnerUp": Expected("lifts the inner brows", "brow_inner_right", 0.03, (*brows, "forehead"), eyes),
        "cheekPuff": Expected("blows up the cheeks", "cheek_width", 0.012, CHEEKS, near),
    }


def _everything() -> Mapping[str, Expected]:
    table = {**_jaw(), **_mouth(), **_both_sides()}
    for side in ("left", "right"):
        table |= {**_eyes(side), **_mouth_side(side), **_brows_cheeks_nose(side)}
    return table


EXPECTED: Final = _everything()
"""By blendshape."""
