"""The performance: what a director wants the face to do. Written by rules, a language model or a person.

It crosses an edge, so it is a Pydantic model. What a director writes is never trusted: numbers out of
range are clamped, unknown fields ignored.
"""

from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from avatar.types import EmotionLabel

PERFORMANCE_VERSION: Final = 1
UNPLACED: Final = -1.0
"""`Cue.at` of a cue whose word is known and whose moment is not; never in JSON."""

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


def _clamped(low: float, high: float) -> BeforeValidator:
    def clamp(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return value
        return float(min(max(value, low), high))

    return BeforeValidator(clamp)


Unit = Annotated[float, _clamped(0.0, 1.0), Field(ge=0.0, le=1.0)]
Signed = Annotated[float, _clamped(-1.0, 1.0), Field(ge=-1.0, le=1.0)]
BlinkRate = Annotated[float, _clamped(0.0, 2.0), Field(ge=0.0, le=2.0)]
Seconds = Annotated[float, _clamped(0.0, 86_400.0), Field(ge=0.0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class DirectedEmotion(_Model):
    """The emotion to show."""

    label: EmotionLabel = "neutral"
    valence: Signed = 0.0
    arousal: Signed = 0.0


class ControlParameters(_Model):
    """How the whole clip, or a segment of it, is played."""

    blink_rate: BlinkRate = Field(0.4, description="Blinks a second, 0 to 2.")
    head_tilt: Signed = Field(0.0, description="Pitch of the head, -1 down to 1 up.")
    expression_intensity: Unit = Field(0.5, description="How strongly the emotion shows.")
    mouth_openness: Unit = Field(0.5, description="0.5 plays the lips as the speech has them; 1 half as wide again.")
    eyebrow_raise: Signed = Field(0.0, description="-1 lowered to 1 raised.")
    head_motion: Unit = Field(0.5, description="How much the head moves with the speech.")
    gaze_contact: Unit = Field(0.8, description="Share of the time spent looking at the viewer.")
    smile: Signed = Field(0.0, description="-1 corners down to 1 a full smile.")
    energy: Unit = Field(0.5, description="How lively everything is.")
    emotion: DirectedEmotion = DirectedEmotion()


class Segment(_Model):
    """Control parameters that hold from `start` to `end`, in place of the clip's own."""

    start: Seconds
    end: Seconds
    controls: ControlParameters


def _unplaced_too(schema: dict[str, Any]) -> None:
    """A cue has a moment or a word."""
    schema["anyOf"] = [
        {"required": ["at"]},
        {"required": ["word"], "properties": {"word": {"type": "integer"}}},
    ]


class Cue(_Model):
    """One action at a moment, or on a word.

    `at` is `UNPLACED` where only the word is known: such a cue is not played until the word has been looked up.
    `direction` gives the side of a tilt, turn, look or wink: -1 the subject's right, 1 the subject's left.
    """

    model_config = ConfigDict(json_schema_extra=_unplaced_too)

    action: Action
    at: Seconds = Field(
        UNPLACED,
        exclude_if=lambda at: at < 0.0,
        json_schema_extra=lambda schema: schema.pop("default", None),
        description="The moment of the action's peak, in seconds. With a `word` it may be left out.",
    )
    word: int | None = Field(None, ge=0, description="Index of the word that it belongs to, from 0.")
    intensity: Unit = 0.5
    duration: Annotated[float, _clamped(0.05, 10.0), Field(gt=0.0)] = 0.6
    direction: Signed = 0.0

    @property
    def is_placed(self) -> bool:
        """Whether its moment is known."""
        return self.at >= 0.0

    @model_validator(mode="after")
    def _has_a_moment_or_a_word(self) -> Self:
        if not self.is_placed and self.word is None:
            raise PydanticCustomError("no_moment", "has neither a moment (at) nor a word")
        return self


class Performance(_Model):
    """A score for the face, played the same by every renderer."""

    version: Literal[1] = PERFORMANCE_VERSION
    controls: ControlParameters = ControlParameters()
    segments: tuple[Segment, ...] = ()
    cues: tuple[Cue, ...] = ()

    def overridden(self, controls: dict[str, Any]) -> "Performance":
        """This performance with the given control parameters in place of its own, in every segment too."""
        if not controls:
            return self
        segments = tuple(s.model_copy(update={"controls": _merge(s.controls, controls)}) for s in self.segments)
        return self.model_copy(update={"controls": _merge(self.controls, controls), "segments": segments})


def _merge(base: ControlParameters, controls: dict[str, Any]) -> ControlParameters:
    return ControlParameters.model_validate({**base.model_dump(), **controls})
