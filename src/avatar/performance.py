"""The performance: what a director wants the face to do. Written by rules, a language model or a person.

It crosses an edge, so it is a Pydantic model. What a director writes is never trusted: numbers out of
range are clamped, unknown fields ignored.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from avatar.types import EmotionLabel

PERFORMANCE_VERSION: Final = 1
MOST_SEGMENTS, MOST_CUES = 20_000, 20_000
UNPLACED: Final = -1.0
"""`Cue.at` of a cue whose word is known and whose moment is not; never in JSON, and not played."""
NO_MOMENT: Final = "no_moment"
"""Kind of the validation error of a cue with neither a moment nor a word."""

Action = Literal[
    "nod",
    "shake",
    "tilt",
    "turn",
    "look",
    "blink",
    "wink",
    "brow_raise",
    "frown",
    "smile",
    "eyes_wide",
    "squint",
    "lean",
    "still",
]
ACTIONS: Final[tuple[str, ...]] = get_args(Action)
ACTION_MEANINGS: Final[Mapping[Action, str]] = {
    "nod": "the head dips and comes back",
    "shake": "the head swings from side to side",
    "tilt": "the head leans towards a shoulder",
    "turn": "the head turns to a side",
    "look": "the eyes glance to a side, away from the viewer",
    "blink": "both eyes shut once",
    "wink": "one eye shuts once",
    "brow_raise": "both brows rise",
    "frown": "the brows draw down and together",
    "smile": "the corners of the mouth and the cheeks rise",
    "eyes_wide": "the upper lids rise",
    "squint": "the lids narrow",
    "lean": "the head comes towards the viewer",
    "still": "all that moves by itself comes to rest",
}


def _clamped(low: float, high: float) -> BeforeValidator:
    def clamp(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return value
        return float(min(max(value, low), high))

    return BeforeValidator(clamp)


Unit = Annotated[float, Field(ge=0.0, le=1.0), _clamped(0.0, 1.0)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0), _clamped(-1.0, 1.0)]
BlinkRate = Annotated[float, Field(ge=0.0, le=2.0), _clamped(0.0, 2.0)]
Seconds = Annotated[float, Field(ge=0.0, le=86_400.0), _clamped(0.0, 86_400.0)]
Length = Annotated[float, Field(ge=0.05, le=10.0), _clamped(0.05, 10.0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class DirectedEmotion(_Model):
    """The emotion to show."""

    label: EmotionLabel = Field("neutral", description="Whose expression the face takes on.")
    valence: Signed = Field(0.0, description="-1 unpleasant to 1 pleasant; no unit.")
    arousal: Signed = Field(0.0, description="-1 drowsy to 1 excited; no unit.")


class ControlParameters(_Model):
    """How the whole clip, or a segment of it, is played. What is left out takes its default."""

    blink_rate: BlinkRate = Field(0.4, description="Blinks a second, 0 to 2. People who talk blink 0.2 to 0.6 times.")
    head_tilt: Signed = Field(0.0, description="Pitch of the head, -1 down to 1 up; no unit.")
    expression_intensity: Unit = Field(
        0.5, description="How strongly the emotion shows, 0 not at all to 1 in full; no unit."
    )
    mouth_openness: Unit = Field(
        0.5, description="0.5 plays the lips as the speech has them, 0 half as wide, 1 half as wide again; no unit."
    )
    eyebrow_raise: Signed = Field(0.0, description="-1 lowered to 1 raised; no unit.")
    head_motion: Unit = Field(0.5, description="How much the head moves with the speech, 0 to 1; no unit.")
    gaze_contact: Unit = Field(0.8, description="Share of the time spent looking at the viewer, 0 to 1.")
    smile: Signed = Field(0.0, description="-1 corners of the mouth down to 1 a full smile; no unit.")
    energy: Unit = Field(0.5, description="How lively everything is, 0 to 1; no unit.")
    emotion: DirectedEmotion = Field(DirectedEmotion(), description="The emotion to show.")


class Segment(_Model):
    """Control parameters that hold from `start` to `end`, in place of the clip's own, with a smooth change at both."""

    start: Seconds = Field(description="Seconds from the start of the sound.")
    end: Seconds = Field(description="Seconds from the start of the sound, later than `start`.")
    controls: ControlParameters = Field(
        description="All of them hold: what is left out takes its default, not the clip's value."
    )


def _unplaced_too(schema: dict[str, Any]) -> None:
    """A cue has a moment or a word."""
    schema["anyOf"] = [
        {"required": ["at"]},
        {"required": ["word"], "properties": {"word": {"type": "integer"}}},
    ]


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


class Cue(_Model):
    """One action at a moment, or on a word: a cue that names neither is refused."""

    model_config = ConfigDict(json_schema_extra=_unplaced_too)

    action: Action = Field(description="; ".join(f"{name}: {what}" for name, what in ACTION_MEANINGS.items()) + ".")
    at: Seconds = Field(
        UNPLACED,
        exclude_if=lambda at: at < 0.0,
        json_schema_extra=_without_default,
        description="When the action peaks, seconds from the start of the sound. With a `word` it may be left out.",
    )
    word: int | None = Field(
        None,
        ge=0,
        description="Index of the word that the action belongs to, from 0: it peaks where that word is loudest.",
    )
    intensity: Unit = Field(0.5, description="How large the action is, 0 to 1; no unit.")
    duration: Length = Field(0.6, description="Seconds that the action takes, 0.05 to 10.")
    direction: Signed = Field(
        0.0,
        description="Side of a tilt, turn, look, wink, or first swing of a shake: -1 the subject's right, 1 the left; "
        "0 leaves it open. Other actions have none.",
    )

    @property
    def is_placed(self) -> bool:
        """Whether its moment is known."""
        return self.at >= 0.0

    @model_validator(mode="after")
    def _has_a_moment_or_a_word(self) -> "Cue":
        if not self.is_placed and self.word is None:
            raise PydanticCustomError(NO_MOMENT, "neither at nor word is there")
        return self


class Performance(_Model):
    """A score for the face, played the same by every renderer."""

    version: Literal[1] = Field(PERFORMANCE_VERSION, description="Of this form.")
    controls: ControlParameters = Field(ControlParameters(), description="How the whole clip is played.")
    segments: tuple[Segment, ...] = Field(
        (),
        max_length=MOST_SEGMENTS,
        description="Stretches that are played otherwise. Where two overlap the one that starts last holds.",
    )
    cues: tuple[Cue, ...] = Field((), max_length=MOST_CUES, description="Single actions, in any order.")

    def overridden(self, controls: dict[str, Any]) -> "Performance":
        """This performance with the given control parameters in place of its own, in every segment too."""
        if not controls:
            return self
        segments = tuple(s.model_copy(update={"controls": _merge(s.controls, controls)}) for s in self.segments)
        return self.model_copy(update={"controls": _merge(self.controls, controls), "segments": segments})


def _merge(base: ControlParameters, controls: dict[str, Any]) -> ControlParameters:
    return ControlParameters.model_validate({**base.model_dump(), **controls})
