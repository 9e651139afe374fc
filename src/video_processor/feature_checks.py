"""Checks of a face's features: what the mouth and the eyes show, and what covers them."""

from typing import Final

from avatar.face_measures import FaceMeasures
from video_processor.checks import Check, Limits, ranked_check
from video_processor.portrait_measures import OPEN_GAP

_GAP: Final = Limits(OPEN_GAP, 0.25, (8, 18))
"""Eye distances: a smile that shows teeth has 0.08 to 0.16, a laugh 0.23, a shout 0.3."""

_SHOWS_TEETH: Final = 0.15
"""Share of the gap: 0.27 to 0.64 where teeth show, 0.01 at most in an open mouth without."""

_CLOSED: Final = Limits(0.15, 0.5, (8, 20))
_GLASSES_LOSS: Final = 5
_DARK_GLASSES_LOSS: Final = 25
_MOUTH_COVERED_LOSS: Final = 50
_FOREHEAD_LOSS: Final = 3


def check_features(found: FaceMeasures) -> tuple[Check, ...]:
    return _mouth(found), _eyes(found), _glasses(found), _mouth_cover(found), _forehead(found)


def _mouth(found: FaceMeasures) -> Check:
    if found.mouth_gap < OPEN_GAP:
        return ranked_check("mouth", found.mouth_gap, "eye distances", ("good", 0), "The mouth is closed.")
    said = "The mouth is open"
    if found.teeth is not None:
        said += ", and teeth show" if found.teeth >= _SHOWS_TEETH else ", and no teeth show"
    cure = "Use a picture with closed lips: they move most freely."
    return ranked_check("mouth", found.mouth_gap, "eye distances", _GAP.at_most(found.mouth_gap), f"{said}.", cure)


def _eyes(found: FaceMeasures) -> Check:
    if found.glasses == "dark":
        return Check("eyes", None, "", "fair", "Whether the eyes are open cannot be seen.")
    ranked = _CLOSED.at_most(found.eyes_closed)
    said = "The eyes are open." if ranked[0] == "good" else f"An eye is {found.eyes_closed:.0%} closed."
    return ranked_check("eyes", found.eyes_closed * 100, "% closed", ranked, said, "Use a picture with open eyes.")


def _glasses(found: FaceMeasures) -> Check:
    if found.glasses == "dark":
        said = "Dark glasses cover the eyes, which stay as they are."
        return Check("glasses", "dark", "", "poor", said, "Use a picture without them.", _DARK_GLASSES_LOSS)
    if found.glasses == "clear":
        said, cure = "There are glasses; eyes blink behind them.", "A picture without glasses moves more freely."
        return Check("glasses", "clear", "", "fair", said, cure, _GLASSES_LOSS)
    said = "No glasses with a bold frame are seen; thin wire would not be noticed."
    return Check("glasses", "none", "", "good", said)


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
