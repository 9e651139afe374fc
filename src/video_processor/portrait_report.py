"""How well a picture will animate, check by check."""

from dataclasses import dataclass
from typing import Final

from avatar.errors import PortraitError
from avatar.face_measures import FaceMeasures
from avatar.types import Portrait
from video_processor.checks import Check, Verdict
from video_processor.portrait_checks import check_face
from video_processor.portrait_measures import measure_face

GOOD_SCORE: Final = 80
FAIR_SCORE: Final = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a picture is not animated, and what to do."""

    message: str
    cure: str


@dataclass(frozen=True, slots=True)
class PortraitReport:
    """What was found on the picture `name`, upright `width` times `height` pixels.

    `score`: 0..100, how well it will animate; 80 and more is `good`, 50 and more `fair`. A refused picture has the
    score 0, its `refusal`, one check with that, and no measures. `pose`: pitch, yaw, roll in degrees.
    """

    name: str
    verdict: Verdict
    score: int
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
    digest: str = ""
    width: int = 0
    height: int = 0
    pose: tuple[float, float, float] | None = None
    measures: FaceMeasures | None = None


def report_on(portrait: Portrait, name: str) -> PortraitReport:
    measures = portrait.measures or measure_face(portrait.image, portrait.landmarks, portrait.rest)
    checks = check_face(measures, portrait.pose)
    score = max(0, 100 - sum(check.loss for check in checks))
    return PortraitReport(
        name=name,
        verdict="good" if score >= GOOD_SCORE else "fair" if score >= FAIR_SCORE else "poor",
        score=score,
        checks=checks,
        notes=portrait.notes,
        digest=portrait.digest,
        width=portrait.size.width,
        height=portrait.size.height,
        pose=portrait.pose,
        measures=measures,
    )


def refused(name: str, error: PortraitError) -> PortraitReport:
    check = Check("picture", None, "", "refused", error.message, error.cure, 100)
    return PortraitReport(name, "refused", 0, (check,), refusal=Refusal(error.message, error.cure))
