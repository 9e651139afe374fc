"""What an editor of performances asks for, and what it is told."""

from typing import Annotated, Final

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from api.rest.schemas import Strict
from orchestrator.previews.desk import USUAL_SIDE

LONGEST_PREVIEW_SECONDS: Final = 20.0
SMALLEST_PREVIEW, LARGEST_PREVIEW = 64, 320
EDITED: Final = {"version": 1, "controls": {"smile": 0.4}, "cues": [{"action": "nod", "at": 1.2}]}

PerformanceBody = Annotated[
    dict[str, JsonValue],
    Field(description="A whole performance; `GET .../performance` has the job's own.", examples=[EDITED]),
]


class CurvesGiven(Strict):
    """A performance whose motion is asked for."""

    performance: PerformanceBody
    fps: Annotated[float, Field(ge=1, le=120)] | None = Field(
        None, description="Points a second, at most; left out: one for each frame.", examples=[25]
    )


class PreviewGiven(Strict):
    """A performance and the stretch of it to see."""

    performance: PerformanceBody
    start: float = Field(ge=0, description="Seconds.", examples=[0.0])
    end: float = Field(gt=0, description="Seconds; at most 20 after the start.", examples=[3.0])
    side: int = Field(
        USUAL_SIDE,
        ge=SMALLEST_PREVIEW,
        le=LARGEST_PREVIEW,
        multiple_of=2,
        description="Pixels of the longer side.",
        examples=[USUAL_SIDE],
    )
    client: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None,
        description="Whose newer preview of the job takes the place of an older one; left out: the address's.",
        examples=["tab-1"],
    )


class MotionCurves(BaseModel):
    """What the face does over the whole sound, in curves of equally spaced points."""

    fps: float = Field(description="Points a second: point `i` lies at `i / fps` seconds.")
    frames: int = Field(description="How many points each curve has.")
    step: int = Field(description="How many frames of the video a point stands for: 1, more in long videos.", ge=1)
    curves: dict[str, list[float]] = Field(
        description="`pitch`, `yaw`, `roll`, `gaze_yaw`, `gaze_pitch` in degrees; `blink` and `jaw` 0 to 1; `brow` and "
        "`smile` -1 to 1; `lean` in distances between the eyes, towards the camera.",
        examples=[{"pitch": [0.0, 0.4], "blink": [0.0, 1.0]}],
    )
