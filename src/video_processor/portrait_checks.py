"""What a portrait's measures mean for its animation, in plain words with numbers.

The thresholds come from looking at 81 portraits, 15 frames of talking people and 65 press faces beside their measures.
"""

from dataclasses import dataclass
from typing import Final, Literal

from avatar.face_measures import FaceMeasures
from video_processor.portrait_measures import OPEN_GAP

Verdict = Literal["good", "fair", "poor", "refused"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `cure` says what to change, and is empty where all is well.

    `value` is in `unit`, or a word with an empty one, or None. `loss`: points of 100 that it takes from the score.
    """

    name: str
    value: float | str | None
    unit: str
    verdict: Verdict
    sentence: str
    cure: str = ""
    loss: int = 0


@dataclass(frozen=True, slots=True)
class _Limits:
    """From where a value is good and fair, and the points that a fair and a poor one take."""

    good: float
    fair: float
    losses: tuple[int, int]

    def at_least(self, value: float) -> tuple[Verdict, int]:
        """More is better."""
        return self._ranked(value >= self.good, value >= self.fair)

    def at_most(self, value: float) -> tuple[Verdict, int]:
        """Less is better."""
        return self._ranked(value <= self.good, value <= self.fair)

    def _ranked(self, good: bool, fair: bool) -> tuple[Verdict, int]:
        return ("good", 0) if good else ("fair", self.losses[0]) if fair else ("poor", self.losses[1])


_SIZE: Final = _Limits(200, 100, (10, 30))
"""Pixels: head and shoulders in a video of 512 pixels show a face of 230."""

_SHARE: Final = _Limits(0.02, 0.005, (2, 6))
"""Of the picture: a half-length portrait has 0.05, a figure from head to foot 0.02."""

_ROOM: Final = _Limits(0.15, 0.05, (6, 15))
"""Face heights: usual portraits have 0.3 to 0.7, a tight crop 0, frames cut to the face 0.04."""

_OUTSIDE: Final = _Limits(0.04, 0.12, (12, 25))
"""Of the landmarks: up to 0.03 where a crop touches the chin, 0.11 where it takes an ear and a cheek."""

_YAW: Final = _Limits(15, 30, (8, 25))
_PITCH: Final = _Limits(15, 25, (6, 15))
_ROLL: Final = _Limits(15, 35, (2, 6))
"""Degrees: three-quarter views have 16 to 20, profiles over 30; a nod or a lifted chin over 15."""

_SHARPNESS: Final = _Limits(0.30, 0.22, (12, 50))
"""Crisp photographs have 0.5 to 0.7, soft ones and stills of video 0.35 to 0.5, enlarged ones 0.27 to 0.35; a blur of
3 % of the eyes' distance leaves 0.2."""

_BLOCKS: Final = _Limits(1.7, 2.3, (10, 25))
"""Usual JPEGs have up to 1.45, one of quality 3 has 2.5."""

_LIGHT: Final = _Limits(50, 25, (10, 30))
"""L* of the face's highlights, which light skin and dark skin both have: 60 and more in usual light, 53 in dim, 44 in a
darkened video, 11 at a tenth of the light."""

_WHITE: Final = _Limits(0.04, 0.20, (8, 20))
"""Share of the face: up to 0.01 on photographs; 0.05 on chrome."""

_CONTRAST: Final = _Limits(25, 15, (5, 15))
"""L*: usual faces have 35 to 75, a flat drawing 27, a faded video 20, a dark picture 11."""

_SIDE: Final = _Limits(0.30, 0.60, (4, 10))
"""Up to 0.25 in usual light; 0.36 to 0.50 in light from a window or a lamp at the side."""

_GAP: Final = _Limits(OPEN_GAP, 0.25, (8, 18))
"""Eye distances: a smile that shows teeth has 0.08 to 0.16, a laugh 0.23, a shout 0.3."""

_SHOWS_TEETH: Final = 0.15
"""Share of the gap: 0.27 to 0.64 where teeth show, 0.01 at most in an open mouth without."""

_CLOSED: Final = _Limits(0.15, 0.5, (8, 20))
_OTHER_FACES_LOSS: Final = 3
_GLASSES_LOSS: Final = {"none": 0, "clear": 5, "dark": 25}
_MOUTH_COVERED_LOSS: Final = 50
_FOREHEAD_LOSS: Final = 3


def check_face(found: FaceMeasures, pose: tuple[float, float, float]) -> tuple[Check, ...]:
    """`pose`: pitch, yaw and roll in degrees."""
    pitch, yaw, roll = pose
    return (
        _faces(found),
        _size(found),
        _share(found),
        _room(found),
        _outside(found),
        _turn("yaw", yaw, _YAW, ("its own left", "its own right"), "Use a picture in which it faces the camera."),
        _turn("pitch", pitch, _PITCH, ("up", "down"), "Use a picture taken at the height of the eyes."),
        _turn(
            "roll", roll, _ROLL, ("its left shoulder", "its right shoulder"), "Turn the picture until it is upright."
        ),
        _sharpness(found),
        _compression(found),
        _exposure(found),
        _contrast(found),
        _lighting(found),
        _mouth(found),
        _eyes(found),
        _glasses(found),
        _mouth_cover(found),
        _forehead(found),
    )


def _check(
    name: str, value: float | str, unit: str, ranked: tuple[Verdict, int], sentence: str, cure: str = ""
) -> Check:
    verdict, loss = ranked
    rounded = round(value, 2) if isinstance(value, float) else value
    return Check(name, rounded, unit, verdict, sentence, "" if verdict == "good" else cure, loss)


def _faces(found: FaceMeasures) -> Check:
    number = len(found.faces)
    ranked: tuple[Verdict, int] = ("good", 0) if number == 1 else ("fair", _OTHER_FACES_LOSS)
    which = "the largest" if found.face == 0 else f"number {found.face} by size"
    said = "There is one face." if number == 1 else f"There are {number} faces; {which} is animated."
    cure = f"Choose a face from 0, the largest, to {number - 1}, or crop the picture to one person."
    return _check("faces", number, "faces", ranked, said, cure)


def _size(found: FaceMeasures) -> Check:
    said = f"The face is {found.face_pixels:.0f} pixels across."
    cure = f"Use a larger picture: from {_SIZE.good:.0f} pixels on a face is crisp in a video of 512."
    return _check("face_size", round(found.face_pixels), "px", _SIZE.at_least(found.face_pixels), said, cure)


def _share(found: FaceMeasures) -> Check:
    said = f"The face fills {found.face_share:.1%} of the picture."
    cure = "Crop the picture to head and shoulders."
    return _check("face_share", found.face_share * 100, "%", _SHARE.at_least(found.face_share), said, cure)


def _room(found: FaceMeasures) -> Check:
    said = f"There is room for {max(found.room, 0.0):.2f} face heights around the head."
    cure = "Use a picture that shows more above the head and beside it."
    return _check("room", found.room, "face heights", _ROOM.at_least(found.room), said, cure)


def _outside(found: FaceMeasures) -> Check:
    said = "The whole face is in the picture."
    if found.outside > _OUTSIDE.good:
        said = f"{found.outside:.0%} of the face lies outside the picture."
    cure = "Use a picture that shows the whole face."
    return _check("cut_off", found.outside * 100, "%", _OUTSIDE.at_most(found.outside), said, cure)


def _turn(name: str, degrees: float, limits: _Limits, to: tuple[str, str], cure: str) -> Check:
    ranked = limits.at_most(abs(degrees))
    verb = "leans" if name == "roll" else "turns"
    way = to[0] if degrees > 0 else to[1]
    said = f"The head {verb} {abs(degrees):.0f} degrees {'' if name == 'pitch' else 'to '}{way}."
    return _check(name, float(degrees), "degrees", ranked, said, cure)


def _sharpness(found: FaceMeasures) -> Check:
    ranked = _SHARPNESS.at_least(found.sharpness)
    said = {"good": "The face is sharp", "fair": "The face is soft"}.get(ranked[0], "The face is blurred")
    cure = "Use a picture in focus, without motion blur, that was not enlarged."
    return _check("sharpness", found.sharpness, "of 1", ranked, f"{said} ({found.sharpness:.2f} of 1).", cure)


def _compression(found: FaceMeasures) -> Check:
    ranked = _BLOCKS.at_most(found.blocks)
    said = "No squares of a strong compression show."
    if ranked[0] != "good":
        said = f"Squares of a strong compression show: their edges are {found.blocks:.1f} times as steep as the rest."
    return _check("compression", found.blocks, "times", ranked, said, "Use the original picture, or a better quality.")


def _exposure(found: FaceMeasures) -> Check:
    dark, white = _LIGHT.at_least(found.highlights), _WHITE.at_most(found.white)
    if white[1] > dark[1]:
        said = f"{found.white:.0%} of the face is white without any drawing."
        return _check("exposure", found.highlights, "L*", white, said, "Use a picture with less light on the face.")
    said = f"The face's highlights have a lightness of {found.highlights:.0f} of 100."
    return _check("exposure", found.highlights, "L*", dark, said, "Use a picture with more light on the face.")


def _contrast(found: FaceMeasures) -> Check:
    spread = found.highlights - found.shadows
    said = f"Its lightness spans {spread:.0f} of 100."
    cure = "Use a picture with more contrast, or raise it in a picture editor."
    return _check("contrast", spread, "L*", _CONTRAST.at_least(spread), said, cure)


def _lighting(found: FaceMeasures) -> Check:
    ranked = _SIDE.at_most(abs(found.light_side))
    side = "left" if found.light_side > 0 else "right"
    said = "The light falls evenly from both sides."
    if ranked[0] != "good":
        said = f"The light comes from the subject's {side}: that cheek is {abs(found.light_side):.0%} lighter."
    return _check("lighting", found.light_side, "of lightness", ranked, said, "Use a picture lit from the front.")


def _mouth(found: FaceMeasures) -> Check:
    if found.mouth_gap < OPEN_GAP:
        return _check("mouth", found.mouth_gap, "eye distances", ("good", 0), "The mouth is closed.")
    said = "The mouth is open"
    if found.teeth is not None:
        said += ", and teeth show" if found.teeth >= _SHOWS_TEETH else ", and no teeth show"
    cure = "Use a picture with closed lips: they move most freely."
    return _check("mouth", found.mouth_gap, "eye distances", _GAP.at_most(found.mouth_gap), f"{said}.", cure)


def _eyes(found: FaceMeasures) -> Check:
    if found.glasses == "dark":
        return Check("eyes", None, "", "fair", "Whether the eyes are open cannot be seen.")
    ranked = _CLOSED.at_most(found.eyes_closed)
    said = "The eyes are open." if ranked[0] == "good" else f"An eye is {found.eyes_closed:.0%} closed."
    return _check("eyes", found.eyes_closed * 100, "% closed", ranked, said, "Use a picture with open eyes.")


def _glasses(found: FaceMeasures) -> Check:
    said, verdict, cure = {
        "none": ("No glasses with a bold frame are seen; thin wire would not be noticed.", "good", ""),
        "clear": ("There are glasses; eyes blink behind them.", "fair", "A picture without glasses moves more freely."),
        "dark": ("Dark glasses cover the eyes, which stay as they are.", "poor", "Use a picture without them."),
    }[found.glasses]
    return Check("glasses", found.glasses, "", _verdict(verdict), said, cure, _GLASSES_LOSS[found.glasses])


def _verdict(word: str) -> Verdict:
    return "good" if word == "good" else "fair" if word == "fair" else "poor"


def _mouth_cover(found: FaceMeasures) -> Check:
    if not found.mouth_covered:
        return Check("mouth_cover", "none", "", "good", "No mask covers the mouth; a hand would not be noticed.")
    said = "The mouth seems to be covered; its movement will look wrong."
    return Check("mouth_cover", "covered", "", "poor", said, "Use a picture without a mask.", _MOUTH_COVERED_LOSS)


def _forehead(found: FaceMeasures) -> Check:
    if not found.forehead_covered:
        return Check("forehead", "bare", "", "good", "The middle of the forehead is bare.")
    said = "Hair or a hat covers the forehead; it moves with the brows."
    return Check(
        "forehead", "covered", "", "fair", said, "A picture with a bare forehead moves better.", _FOREHEAD_LOSS
    )
