"""What may be asked of the service. Strict: a field that nobody reads, or a value of another type, is refused."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, StringConstraints, field_validator

from audio_processor.tts import MAX_CHARACTERS
from avatar.settings import parse_fps
from avatar.types import EmotionLabel
from orchestrator.completing import LARGEST_SEED
from orchestrator.given import LONGEST_DIRECTION, LONGEST_MARK, MOST_TAGS
from video_processor.enhancement.choice import MOST_EVERY, Enhance
from video_processor.enhancement.upscaling import Upscale
from video_processor.formats import FormatName
from video_processor.framing import LARGEST_SIDE, SMALLEST_SIDE, Framing

LONGEST_WAIT_SECONDS: Final = 3600.0
USUAL_WAIT_SECONDS: Final = 300.0

SIZE_FORM: Final = r"^[0-9]{2,4}([xX][0-9]{2,4})?$"
LONGEST_LABEL: Final = 80
MOST_IN_A_BATCH: Final = 1000
LARGEST_FACE: Final = 99
LONGEST_TRANSCRIPT: Final = MAX_CHARACTERS + 200_000
"""The times of captions come to the words."""

UploadKind = Literal["image", "audio", "video", "background"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
DataPath = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
TraceMark = Annotated[str, StringConstraints(max_length=LONGEST_MARK, pattern=r"^[ -~]*[!-~][ -~]*$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_MARK)]
FaceNumber = Annotated[int, Field(ge=0, le=LARGEST_FACE)]
Signed = Annotated[float, Field(ge=-1, le=1)]
Resolution = (
    Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=2)]
    | Annotated[str, StringConstraints(pattern=SIZE_FORM)]
)
Direction = Annotated[str, StringConstraints(max_length=LONGEST_DIRECTION)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LABEL)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


def sides(resolution: int | str) -> tuple[int, int]:
    """Width and height from 512, `512` or `1280x720`."""
    width, _, height = str(resolution).lower().partition("x")
    return int(width), int(height or width)


def rate_given(value: Any) -> Any:
    """Frames a second as they came. Raises ValueError for what cannot be used."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("it must be a number or a text such as 30000/1001")
    parse_fps(str(value))
    return value


def sides_given(value: Any) -> Any:
    """A resolution as it came. Raises ValueError for what cannot be used."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("it must be a whole number or a text such as 1280x720")
    if isinstance(value, str) and not re.fullmatch(SIZE_FORM, value):
        raise ValueError("write it as 512 or 1280x720")
    for side in sides(value):
        if side % 2 or not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise ValueError(f"each side must be an even number from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    return value


class Strict(BaseModel):
    """Nothing is converted, and nothing passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class EmotionGiven(Strict):
    """The emotion to show."""

    label: EmotionLabel = Field("neutral", examples=["happy"])
    valence: Signed = 0.0
    arousal: Signed = 0.0


class Controls(Strict):
    """Control parameters that replace the director's; those left out stay as the director has them."""

    blink_rate: float | None = Field(None, ge=0, le=2, description="Blinks a second.", examples=[0.4])
    head_tilt: Signed | None = Field(None, description="Pitch of the head, -1 down to 1 up.", examples=[0.1])
    expression_intensity: Share | None = Field(None, description="How strongly the emotion shows.", examples=[0.6])
    mouth_openness: Share | None = Field(None, description="0.5 plays the lips as the speech has them.", examples=[0.5])
    eyebrow_raise: Signed | None = Field(None, description="-1 lowered to 1 raised.", examples=[0.2])
    head_motion: Share | None = Field(None, description="How much the head moves with the speech.", examples=[0.4])
    gaze_contact: Share | None = Field(
        None, description="Share of the time spent looking at the viewer.", examples=[0.8]
    )
    smile: Signed | None = Field(None, description="-1 corners down to 1 a full smile.", examples=[0.3])
    energy: Share | None = Field(None, description="How lively everything is.", examples=[0.5])
    emotion: EmotionGiven | None = None

    def given(self) -> dict[str, Any]:
        """Only what the request has."""
        return self.model_dump(exclude_none=True)


class JobSpec(Strict):
    """A video: a picture and a sound. What is left out takes the service's defaults.

    In place of a picture a video may stand, whose head, eyes and body stay while its mouth follows the sound.

    The picture is `image_path`, `character`, or the file `image` of a form; the sound `audio_path`, `text`, or the file
    `audio` of a form. Whoever is seen in `expression_path`, or the file `expression` of a form, lends the picture their
    expression, and their voice too where no other sound is given.
    """

    image_path: DataPath | None = Field(
        None,
        description="A picture or video in the data folder, relative to it, as `POST /api/v1/upload/image` answers it.",
        examples=["inputs/me.png"],
    )
    character: Name | None = Field(
        None, description="A character's number, in place of a picture.", examples=["grace-hopper"]
    )
    audio_path: DataPath | None = Field(
        None,
        description="A sound in the data folder, relative to it, as `POST /api/v1/upload/audio` answers it.",
        examples=["inputs/speech.wav"],
    )
    text: str | None = Field(
        None, min_length=1, max_length=MAX_CHARACTERS, description="A text to speak.", examples=["Good morning!"]
    )
    expression_path: DataPath | None = Field(
        None,
        description="A video in the data folder, relative to it, of a person whose expression is played: all of the "
        "face, with the video's own sound, where no other is given; else all but the lips.",
        examples=["inputs/actor.mp4"],
    )
    language: Name | None = Field(
        None,
        description="Of the text, or of what is said in the sound.",
        examples=["en", "de"],
    )
    voice: Name | None = Field(None, description="For the text: one of `GET /api/v1/voices`.", examples=["f2"])
    speaker: Name | None = Field(
        None, description="The engine that speaks the text; `GET /api/v1/voices` lists them.", examples=["espeak"]
    )
    fps: str | int | float | None = Field(
        None, description="Frames a second: 1 to 120, or a fraction as text.", examples=[25, "30000/1001"]
    )
    resolution: Resolution | None = Field(
        None,
        description="Side of the square, or width x height; `full` without it has the picture's.",
        examples=[512, "1280x720"],
    )
    preset: Name | None = Field(
        None,
        description="Fills in what is left open: size, frame rate, the engine that `auto` begins with, who enhances; "
        "`GET /api/v1/status` lists them.",
        examples=["standard", "high"],
    )
    renderer: Name | None = Field(
        None, description="The engine; `GET /api/v1/status` lists them.", examples=["auto", "puppet"]
    )
    director: Name | None = Field(None, description="Who writes the performance.", examples=["auto", "rules"])
    direction: Direction = Field("", description="How to perform it, in words.", examples=["cheerful, nods a lot"])
    framing: Framing | None = Field(None, description="How much of the picture is shown.", examples=["portrait"])
    face: FaceNumber | None = Field(
        None, description="Of several faces, by size: 0, the default, is the largest.", examples=[0]
    )
    background: DataPath | None = Field(
        None,
        description="What lies behind the person: `keep`, `blur`, `transparent` (in a webm or mov), a colour, or "
        "a picture in the data folder, as `POST /api/v1/upload/background` answers it.",
        examples=["blur", "#00ff00", "white", "inputs/beach.jpg"],
    )
    format: FormatName | None = Field(
        None,
        description="`mp4` (H.264, or H.265 by the settings or the preset), `webm` (VP9) or `mov` (ProRes); "
        "left out: mp4.",
        examples=["webm"],
    )
    transcript: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TRANSCRIPT)] | None = Field(
        None,
        description="The words of the sound: the text alone, or the content of an SRT or WebVTT file. They are aligned "
        "with the sound in place of being recognised.",
        examples=["Good morning, and welcome."],
    )
    transcriber: Name | None = Field(
        None,
        description="Who recognises the words of the sound; `GET /api/v1/status` lists them.",
        examples=["auto", "none"],
    )
    transcriber_size: Name | None = Field(
        None, description="The largest Whisper checkpoint to use.", examples=["base", "large-v3"]
    )
    burn_captions: bool = Field(False, description="Draw captions into the picture.", examples=[False])
    enhance: Enhance | None = Field(
        None,
        description="What makes the frames better: `auto`, `none`, `detail` (classical), or `gfpgan`, which restores "
        "the face and is slow without a GPU.",
        examples=["auto", "detail"],
    )
    enhance_strength: Share | None = Field(None, description="How strongly.", examples=[0.8])
    enhance_every: Annotated[int, Field(ge=1, le=MOST_EVERY)] | None = Field(
        None, description="A network restores every frame, every second one, and so on.", examples=[2]
    )
    upscale: Upscale | None = Field(
        None, description="The shorter side of the file, where frames are drawn smaller.", examples=["1080p"]
    )
    controls: Controls | None = Field(None, examples=[{"smile": 0.4, "head_motion": 0.2}])
    performance: dict[str, JsonValue] | None = Field(
        None, description="A whole performance, in place of the director's.", examples=[{"version": 1, "cues": []}]
    )
    label: Label | None = Field(
        None,
        description="What people call the job by; left out: the names of the picture and the sound.",
        examples=["Monday's greeting"],
    )
    session_id: TraceMark | None = Field(
        None, description="What the job's trace is a part of; left out: its batch.", examples=["lesson-12"]
    )
    user_id: TraceMark | None = Field(None, description="Whose work it is, for its trace.", examples=["ada"])
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = Field(
        [], description="Marks of the job's trace.", examples=[["course", "draft"]]
    )
    seed: Seed = Field(0, description="The chance in it.", examples=[7])
    review: bool = Field(
        False, description="Wait with the written performance until it is handed in, edited or not.", examples=[False]
    )

    check_rate = field_validator("fps", mode="before")(rate_given)
    check_sides = field_validator("resolution", mode="before")(sides_given)


class GenerateRequest(JobSpec):
    """A video, and how long to wait for it."""

    wait: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = Field(
        USUAL_WAIT_SECONDS,
        description="Seconds to wait for the video before the job is answered as it is; `/jobs` never waits.",
        examples=[60],
    )


class RerenderRequest(Strict):
    """How another video of the same speech differs; what is left out, or null, is as in the job that it is made of."""

    performance: dict[str, JsonValue] | None = Field(
        None, description="Another performance to play.", examples=[{"version": 1, "controls": {"smile": 0.4}}]
    )
    controls: Controls | None = Field(
        None, description="Only these of its control parameters, in every segment too.", examples=[{"smile": 0.4}]
    )
    direction: Direction | None = Field(
        None, description="Asks the director anew, with these words.", examples=["cheerful, nods a lot"]
    )
    director: Name | None = Field(None, description="Asks this director anew.", examples=["auto", "rules"])
    review: bool = Field(
        False, description="Wait for a review of what a director that is asked anew has written.", examples=[False]
    )
    image_path: DataPath | None = Field(
        None, description="Another picture in the data folder, or a video.", examples=["inputs/me.png"]
    )
    character: Name | None = Field(None, description="Another character's portrait.", examples=["nova"])
    face: FaceNumber | None = Field(None, description="Of several faces, by size.", examples=[0])
    framing: Framing | None = Field(None, description="How much of the picture is shown.", examples=["close"])
    background: DataPath | None = Field(
        None, description="What lies behind the person; `keep` is the picture's own.", examples=["blur", "#00ff00"]
    )
    resolution: Resolution | None = Field(
        None, description="Side of the square, or width x height.", examples=[512, "1280x720"]
    )
    preset: Name | None = Field(
        None,
        description="Another preset, whose size, frame rate and engine come in place of the job's.",
        examples=["high"],
    )
    renderer: Name | None = Field(None, description="The engine.", examples=["auto", "puppet"])
    enhance: Enhance | None = Field(None, description="What makes the frames better.", examples=["auto", "detail"])
    enhance_strength: Share | None = Field(None, description="How strongly.", examples=[0.8])
    enhance_every: Annotated[int, Field(ge=1, le=MOST_EVERY)] | None = Field(
        None, description="A network restores every frame, every second one, and so on.", examples=[2]
    )
    upscale: Upscale | None = Field(None, description="The shorter side of the file.", examples=["1080p"])
    fps: str | int | float | None = Field(None, description="Frames a second.", examples=[25, "30000/1001"])
    format: FormatName | None = Field(None, examples=["webm"])
    seed: Seed | None = Field(None, description="Other seeds blink and nod at other moments.", examples=[7])
    label: Label | None = Field(None, description="What people call the new job by.", examples=["With a smile"])

    check_rate = field_validator("fps", mode="before")(rate_given)
    check_sides = field_validator("resolution", mode="before")(sides_given)


class PerformanceGiven(RootModel[dict[str, JsonValue]]):
    """Any JSON object; `checked_performance` reads it."""


class BatchRequest(Strict):
    """Many videos at once; all of them are queued, or none."""

    jobs: list[JobSpec] = Field(min_length=1, max_length=MOST_IN_A_BATCH)


class BatchRows(Strict):
    """A `BatchRequest` whose jobs are read one by one, so that a refusal names what is wrong with each."""

    jobs: list[dict[str, JsonValue]] = Field(min_length=1, max_length=MOST_IN_A_BATCH)


class SessionRequest(Strict):
    """A token, to be kept in a cookie that scripts cannot read."""

    token: str = Field(min_length=1, max_length=1000, examples=["a-long-secret"])
