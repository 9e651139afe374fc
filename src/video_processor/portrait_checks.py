"""What a portrait's measures mean for its animation, in plain words with numbers.

The thresholds come from looking at 81 portraits, 15 frames of talking people and 65 press faces beside their measures.
"""

from typing import Final

from avatar.face_measures import FaceMeasures
from video_processor.checks import Check, Limits, Verdict, ranked_check
from video_processor.feature_checks import check_features

_SIZE: Final = Limits(200, 100, (10, 30))
"""Pixels: head and shoulders in a video of 512 pixels show a face of 230."""

_SHARE: Final = Limits(0.02, 0.005, (2, 6))
"""Of the picture: a half-length portrait has 0.05, a figure from head to foot 0.02."""

_ROOM: Final = Limits(0.15, 0.05, (6, 15))
"""Face heights: usual portraits have 0.3 to 0.7, a tight crop 0, frames cut to the face 0.04."""

_OUTSIDE: Final = Limits(0.04, 0.12, (12, 25))
"""Of the landmarks: up to 0.03 where a crop touches the chin, 0.11 where it takes an ear and a cheek."""

_YAW: Final = Limits(15, 30, (8, 25))
_PITCH: Final = Limits(15, 25, (6, 15))
_ROLL: Final = Limits(15, 35, (2, 6))
"""Degrees: three-quarter views have 16 to 20, profiles over 30; a nod or a lifted chin over 15."""

_SHARPNESS: Final = Limits(0.30, 0.22, (12, 50))
"""Crisp photographs have 0.5 to 0.7, soft ones and stills of video 0.35 to 0.5, enlarged ones 0.27 to 0.35; a blur of
3 % of the eyes' distance leaves 0.2."""

_BLOCKS: Final = Limits(1.7, 2.3, (10, 25))
"""Usual JPEGs have up to 1.45, one of quality 3 has 2.5."""

_LIGHT: Final = Limits(50, 25, (10, 30))
"""L* of the face's highlights, which light skin and dark skin both have: 60 and more in usual light, 53 in dim, 44 in a
darkened video, 11 at a tenth of the light."""

_WHITE: Final = Limits(0.04, 0.20, (8, 20))
"""Share of the face: up to 0.01 on photographs; 0.05 on chrome."""

_CONTRAST: Final = Limits(25, 15, (5, 15))
"""L*: usual faces have 35 to 75, a flat drawing 27, a faded video 20, a dark picture 11."""

_SIDE: Final = Limits(0.30, 0.60, (4, 10))
"""Up to 0.25 in usual light; 0.36 to 0.50 in light from a window or a lamp at the side."""

_OTHER_FACES_LOSS: Final = 3


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
        *check_features(found),
    )


def _faces(found: FaceMeasures) -> Check:
    number = len(found.faces)
    ranked: tuple[Verdict, int] = ("good", 0) if number == 1 else ("fair", _OTHER_FACES_LOSS)
    which = "the largest" if found.face == 0 else f"number {found.face} by size"
    said = "There is one face." if number == 1 else f"There are {number} faces; {which} is animated."
    cure = f"Choose a face from 0, the largest, to {number - 1}, or crop the picture to one person."
    return ranked_check("faces", number, "", ranked, said, cure)


def _size(found: FaceMeasures) -> Check:
    said = f"The face is {found.face_pixels:.0f} pixels across."
    cure = f"Use a larger picture: from {_SIZE.good:.0f} pixels on a face is crisp in a video of 512."
    return ranked_check("face_size", round(found.face_pixels), "px", _SIZE.at_least(found.face_pixels), said, cure)


def _share(found: FaceMeasures) -> Check:
    said = f"The face fills {found.face_share:.1%} of the picture."
    cure = "Crop the picture to head and shoulders."
    return ranked_check("face_share", found.face_share * 100, "%", _SHARE.at_least(found.face_share), said, cure)


def _room(found: FaceMeasures) -> Check:
    said = f"There is room for {max(found.room, 0.0):.2f} face heights around the head."
    cure = "Use a picture that shows more above the head and beside it."
    return ranked_check("room", found.room, "face heights", _ROOM.at_least(found.room), said, cure)


def _outside(found: FaceMeasures) -> Check:
    said = "The whole face is in the picture."
    if found.outside > _OUTSIDE.good:
        said = f"{found.outside:.0%} of the face lies outside the picture."
    cure = "Use a picture that shows the whole face."
    return ranked_check("cut_off", found.outside * 100, "%", _OUTSIDE.at_most(found.outside), said, cure)


def _turn(name: str, degrees: float, limits: Limits, to: tuple[str, str], cure: str) -> Check:
    ranked = limits.at_most(abs(degrees))
    verb = "leans" if name == "roll" else "turns"
    way = to[0] if degrees > 0 else to[1]
    said = f"The head {verb} {abs(degrees):.0f}° {'' if name == 'pitch' else 'to '}{way}."
    return ranked_check(name, degrees, "°", ranked, said, cure)


def _sharpness(found: FaceMeasures) -> Check:
    ranked = _SHARPNESS.at_least(found.sharpness)
    said = {"good": "The face is sharp", "fair": "The face is soft"}.get(ranked[0], "The face is blurred")
    cure = "Use a picture in focus, without motion blur, that was not enlarged."
    return ranked_check("sharpness", found.sharpness, "of 1", ranked, f"{said} ({found.sharpness:.2f} of 1).", cure)


def _compression(found: FaceMeasures) -> Check:
    ranked = _BLOCKS.at_most(found.blocks)
    said = "No squares of a strong compression show."
    if ranked[0] != "good":
        said = f"Squares of a strong compression show: their edges are {found.blocks:.1f} times as steep as the rest."
    return ranked_check(
        "compression", found.blocks, "times", ranked, said, "Use the original picture, or a better quality."
    )


def _exposure(found: FaceMeasures) -> Check:
    dark, white = _LIGHT.at_least(found.highlights), _WHITE.at_most(found.white)
    if white[1] > dark[1]:
        said = f"{found.white:.0%} of the face is white without any drawing."
        return ranked_check(
            "exposure", found.highlights, "L*", white, said, "Use a picture with less light on the face."
        )
    said = f"The face's highlights have a lightness of {found.highlights:.0f} of 100."
    return ranked_check("exposure", found.highlights, "L*", dark, said, "Use a picture with more light on the face.")


def _contrast(found: FaceMeasures) -> Check:
    spread = found.highlights - found.shadows
    said = f"Its lightness spans {spread:.0f} of 100."
    cure = "Use a picture with more contrast, or raise it in a picture editor."
    return ranked_check("contrast", spread, "L*", _CONTRAST.at_least(spread), said, cure)


def _lighting(found: FaceMeasures) -> Check:
    ranked = _SIDE.at_most(abs(found.light_side))
    side = "left" if found.light_side > 0 else "right"
    said = "The light falls evenly from both sides."
    if ranked[0] != "good":
        said = f"The light comes from the subject's {side}: that cheek is {abs(found.light_side):.0%} lighter."
    return ranked_check("lighting", found.light_side, "of 1", ranked, said, "Use a picture lit from the front.")
