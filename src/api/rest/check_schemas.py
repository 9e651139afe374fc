"""The report on a portrait as clients get it."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from avatar.face_measures import Box, FaceMeasures, Glasses
from video_processor.checks import Check, Verdict
from video_processor.portrait_report import PortraitReport

EXAMPLE: Final[dict[str, Any]] = {
    "verdict": "good",
    "score": 95,
    "refusal": None,
    "checks": [
        {
            "name": "face_size",
            "value": 203,
            "unit": "px",
            "verdict": "good",
            "sentence": "The face is 203 pixels across.",
            "cure": "",
        },
        {
            "name": "glasses",
            "value": "clear",
            "unit": "",
            "verdict": "fair",
            "sentence": "There are glasses; eyes blink behind them.",
            "cure": "A picture without glasses moves more freely.",
        },
    ],
    "notes": [],
    "width": 512,
    "height": 600,
    "face": 0,
    "faces": [{"x": 152.0, "y": 134.6, "width": 168.1, "height": 203.0}],
    "pose": {"pitch": -3.1, "yaw": 1.6, "roll": -2.9},
    "measures": {
        "face_pixels": 203.0,
        "face_share": 0.111,
        "room": 0.66,
        "outside": 0.0,
        "skin": "#e09067",
        "lips": "#dd8069",
        "mouth_gap": 0.016,
        "teeth": None,
        "eyes_closed": 0.0,
        "glasses": "clear",
        "mouth_covered": False,
        "forehead_covered": False,
        "shadows": 19.6,
        "middle": 62.4,
        "highlights": 81.6,
        "white": 0.0,
        "black": 0.0,
        "light_side": 0.09,
        "sharpness": 0.67,
        "blocks": 1.09,
    },
    "picture_url": "http://127.0.0.1:8005/api/v1/characters/grace-hopper/check.png",
}


class CheckView(BaseModel):
    """One thing that was looked at."""

    name: str = Field(description="`face_size`, `yaw`, `sharpness`, `mouth` and so on; `picture` where it is refused.")
    value: float | str | None
    unit: str
    verdict: Verdict
    sentence: str
    cure: str = Field(description="What to change; empty where all is well.")


class RefusalView(BaseModel):
    """Why the portrait is not animated."""

    message: str
    cure: str


class BoxView(BaseModel):
    """A face, in pixels of the upright picture, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class PoseView(BaseModel):
    """Degrees: up, to the subject's left, towards its left shoulder are positive."""

    pitch: float
    yaw: float
    roll: float


class MeasuresView(BaseModel):
    """What was measured. Lengths are in pixels, shares of the picture or of the face, lightness in L* of 0 to 100."""

    face_pixels: float = Field(description="Longer side of the face.")
    face_share: float = Field(description="Of the picture's area.")
    room: float = Field(description="Above and beside the face, in face heights.")
    outside: float = Field(description="Share of the face beyond the picture's edges.")
    skin: str = Field(description="Median colour.")
    lips: str = Field(description="Median colour.")
    mouth_gap: float = Field(description="Between the inner lips, in distances of the outer eye corners.")
    teeth: float | None = Field(description="Share of the gap that shows teeth; null where that cannot be told.")
    eyes_closed: float = Field(description="0 open to 1 closed, the more closed eye.")
    glasses: Glasses = Field(description="By their frame: thin wire is `none` too.")
    mouth_covered: bool
    forehead_covered: bool
    shadows: float = Field(description="5th percentile of the face's lightness.")
    middle: float = Field(description="Its median.")
    highlights: float = Field(description="Its 95th percentile.")
    white: float = Field(description="Share of the face that is white without any drawing.")
    black: float = Field(description="Share of the face that is black without any drawing.")
    light_side: float = Field(description="Positive: light comes from the subject's left; 0 evenly.")
    sharpness: float = Field(description="0 without any detail; crisp faces have 0.5 to 0.7.")
    blocks: float = Field(description="Squares of JPEG's compression; 1 without any.")


class ReportView(BaseModel):
    """How well a portrait will animate. `score` is 0 to 100: from 80 `good`, from 50 `fair`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    verdict: Verdict
    score: int = Field(ge=0, le=100)
    refusal: RefusalView | None
    checks: list[CheckView]
    notes: list[str]
    width: int = Field(description="Of the upright picture, in pixels.")
    height: int
    face: int = Field(description="Which of `faces` is animated.")
    faces: list[BoxView] = Field(description="Largest first.")
    pose: PoseView | None
    measures: MeasuresView | None
    picture_url: str | None = Field(description="A PNG that shows what was found; null for an upload.")


def report_view(report: PortraitReport, face: int, picture_url: str | None = None) -> ReportView:
    measures = report.measures
    return ReportView(
        verdict=report.verdict,
        score=report.score,
        refusal=report.refusal and RefusalView(message=report.refusal.message, cure=report.refusal.cure),
        checks=[_check(check) for check in report.checks],
        notes=list(report.notes),
        width=report.width,
        height=report.height,
        face=face,
        faces=[] if measures is None else [_box(box) for box in measures.faces],
        pose=report.pose and PoseView(pitch=report.pose[0], yaw=report.pose[1], roll=report.pose[2]),
        measures=measures and _measures(measures),
        picture_url=picture_url,
    )


def _check(check: Check) -> CheckView:
    return CheckView(
        name=check.name,
        value=check.value,
        unit=check.unit,
        verdict=check.verdict,
        sentence=check.sentence,
        cure=check.cure,
    )


def _box(box: Box) -> BoxView:
    return BoxView(x=round(box.x, 1), y=round(box.y, 1), width=round(box.width, 1), height=round(box.height, 1))


def _measures(found: FaceMeasures) -> MeasuresView:
    values: dict[str, Any] = {name: getattr(found, name) for name in MeasuresView.model_fields}
    known = {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
    return MeasuresView(**known | {name: f"#{bytes(values[name]).hex()}" for name in ("skin", "lips")})
