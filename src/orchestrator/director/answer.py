"""The form of a language model's answer, and the JSON Schema that holds the model to it.

Ranges and descriptions of the controls are those of `ControlParameters`, so the two cannot drift apart.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from avatar.performance import Action, ControlParameters

MOST_CUES: Final = 24
MOST_SEGMENTS: Final = 5
"""In one answer, which directs about half a minute."""

LARGEST_INDEX: Final = 999
LONGEST_CUE_SECONDS: Final = 5.0

EXPLAINED: Final = ("ControlParameters", "DirectedEmotion")
NOISE: Final = ("title", "default", "additionalProperties")
"""What Pydantic writes into a schema and a model has no use for."""

When = Literal["on", "after"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


Played = Annotated[Action, Field(description="What the face does.")]
Strength = Annotated[float, Field(ge=0.0, le=1.0, description="0.3 is subtle, 0.5 plain to see, 0.9 rare.")]
Length = Annotated[
    float,
    Field(ge=0.1, le=LONGEST_CUE_SECONDS, description="Seconds; left out, 0.6. Held actions take 0.8 to 2."),
]
Side = Annotated[
    float, Field(ge=-1.0, le=1.0, description="Of tilt, turn, look, wink: -1 the speaker's right, 1 the left.")
]


class WordCue(_Part):
    """An action on a word, or in the pause after it."""

    word: int = Field(ge=0, le=LARGEST_INDEX, description="Index of the word.")
    when: When = Field("on", description="`after`: in the pause that follows the word. Left out, `on` the word.")
    action: Played
    intensity: Strength
    duration: Length = 0.6
    direction: Side = 0.0


class TimedCue(_Part):
    """An action at a moment, where the words are not known."""

    at: float = Field(ge=0.0, description="Seconds.")
    action: Played
    intensity: Strength
    duration: Length = 0.6
    direction: Side = 0.0


class WordSegment(_Part):
    """Controls that change for a run of words; those that are left out stay."""

    first: int = Field(ge=0, le=LARGEST_INDEX, description="Index of the first word.")
    last: int = Field(ge=0, le=LARGEST_INDEX, description="Index of the last word.")
    controls: ControlParameters = Field(description="Only those that change.")


class TimedSegment(_Part):
    """Controls that change from `start` to `end`, where the words are not known."""

    start: float = Field(ge=0.0, description="Seconds.")
    end: float = Field(ge=0.0, description="Seconds.")
    controls: ControlParameters = Field(description="Only those that change.")


class WordAnswer(_Part):
    """A stretch of speech whose words are known."""

    controls: ControlParameters = Field(description="How the whole stretch is played; all of them.")
    segments: tuple[WordSegment, ...] = Field((), max_length=MOST_SEGMENTS, description="Where the mood changes.")
    cues: tuple[WordCue, ...] = Field(max_length=MOST_CUES, description="Single actions.")


class TimedAnswer(_Part):
    """A stretch of speech whose words nobody knows."""

    controls: ControlParameters = Field(description="How the whole stretch is played; all of them.")
    segments: tuple[TimedSegment, ...] = Field((), max_length=MOST_SEGMENTS, description="Where the mood changes.")
    cues: tuple[TimedCue, ...] = Field(max_length=MOST_CUES, description="Single actions.")


@lru_cache(maxsize=2)
def answer_schema(*, with_words: bool) -> Mapping[str, Any]:
    """The JSON Schema for constrained decoding: without references, and with a limit to every list and string."""
    written = _plain(_model(with_words).model_json_schema())
    schema = _inlined(written, written["$defs"])
    schema["properties"]["controls"] = _complete(schema["properties"]["controls"])
    return cast(Mapping[str, Any], _closed(schema))


@lru_cache(maxsize=2)
def shown_schema(*, with_words: bool) -> Mapping[str, Any]:
    """The same for the prompt, which says itself what the controls mean: short, each part once."""
    written = _plain(_model(with_words).model_json_schema())
    for name, part in written["$defs"].items():
        part.pop("description", None)
        for described in part["properties"].values() if name in EXPLAINED else ():
            described.pop("description", None)
    del written["description"]
    return {"$defs": written.pop("$defs"), **written}


def _model(with_words: bool) -> type[BaseModel]:
    return WordAnswer if with_words else TimedAnswer


def _plain(schema: Any) -> Any:
    """Without noise; names of properties stay."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = ("properties", "$defs")
    return {
        name: {key: _plain(value) for key, value in part.items()} if name in named else _plain(part)
        for name, part in schema.items()
        if name not in NOISE
    }


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found = _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
        return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    return {name: _inlined(value, parts) for name, value in schema.items() if name != "$defs"}


def _closed(schema: Any) -> Any:
    """No object takes other properties than its own."""
    if not isinstance(schema, dict):
        return schema
    inner = {name: _closed(part) for name, part in schema.items()}
    return {**inner, "additionalProperties": False} if schema.get("type") == "object" else inner


def _complete(schema: Mapping[str, Any]) -> dict[str, Any]:
    """With every property required."""
    inner = {key: _complete(value) if "properties" in value else value for key, value in schema["properties"].items()}
    return {**schema, "properties": inner, "required": list(inner)}
