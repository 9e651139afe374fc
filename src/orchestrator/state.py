"""What a run knows, as JSON: small values and the paths of artifacts. Arrays never enter a checkpoint."""

import operator
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from typing_extensions import NotRequired, TypedDict

from avatar.types import Choice
from video_processor.formats import FormatName

Value = TypeVar("Value")


class ChoiceRecord(TypedDict):
    """A `Choice` as JSON."""

    name: str
    why: str
    passed_over: list[str]


class AudioFeatures(TypedDict):
    """What a reader wants to know of the sound: seconds, dB of full scale, Hz, syllables a second."""

    duration: float
    speech_seconds: float
    phrases: int
    silent: bool
    mean_loudness_db: float
    mean_pitch_hz: float
    rate_syllables_s: float
    voices: int


class ErrorRecord(TypedDict):
    """Something that failed and was overcome; `chunk` is -1 where no chunk was at fault."""

    stage: str
    engine: str
    chunk: int
    message: str


class EnhancerRecord(TypedDict):
    """Who enhances the frames of a video: `none`, `unsharp`, `detail` or `gfpgan`.

    `sigma` is that of an enlarged picture's edges in pixels, `strength` 0..1, and `every` the distance of the frames
    that a network restores.
    """

    kind: str
    sigma: float
    strength: float
    every: int


class RenderRecord(TypedDict):
    """All that the chunks of one video have in common.

    `key` names the segments: the hash of everything that makes their frames. `motion`, `portrait` and
    `samples` are paths of artifacts. `opening` are the lengths in frames of the first chunks, where they are
    shorter than the others, of which each has `chunk_frames`. `format` is one of `FORMATS`; a `transparent` video has
    frames with alpha. `captions` is the artifact of those that are drawn into the frames, empty without, in the
    font `caption_font`. `width` and `height` are the file's; the engine draws `drawn_width` by `drawn_height`.
    """

    key: str
    engine: str
    motion: str
    portrait: str
    samples: str
    fps: str
    width: int
    height: int
    drawn_width: int
    drawn_height: int
    enhancer: EnhancerRecord
    frames: int
    opening: list[int]
    chunk_frames: int
    magnification: float
    format: FormatName
    transparent: bool
    captions: str
    caption_font: str


class ChunkRecord(TypedDict):
    """A finished segment."""

    index: int
    engine: str
    path: str


class ChunkTask(TypedDict):
    """What a `Send` carries to one `video_generation` task."""

    index: int
    render: RenderRecord


class StageRecord(TypedDict):
    """What one stage wrote: names of fields and kinds of artifacts, and all that it added to `notes` and `errors`."""

    fields: list[str]
    artifacts: list[str]
    notes: list[str]
    errors: list[ErrorRecord]


def merged(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    return {**old, **new}


def with_chunks(old: Sequence[ChunkRecord], new: Sequence[ChunkRecord]) -> list[ChunkRecord]:
    """One record for each chunk and engine, the newest; a node that runs twice changes nothing."""
    if not new:
        return list(old)
    fresh = {(chunk["index"], chunk["engine"]) for chunk in new}
    return [chunk for chunk in old if (chunk["index"], chunk["engine"]) not in fresh] + list(new)


class CheckRecord(TypedDict):
    """One thing that was looked at in the finished video; where not `done`, `detail` says why.

    `measure` is the number behind it, where there is one.
    """

    name: str
    done: bool
    detail: str
    measure: NotRequired[float]


class AvatarState(TypedDict, total=False):
    """The state of one video.

    `request` is the complete job as JSON. `hearing` is who found the speech; `speaker` is who spoke the text, missing
    where a sound was given. `transcribed_text` and its `language` are empty where nobody knows the words. `emotion` is
    the label over the whole sound and `confidence` its weight in 0..1, with `valence` and `arousal` in -1..1, and
    `emotion_sources` what each source said, as JSON of `EmotionReading`. `avatar_control` are the control parameters of
    the `performance`, which is a `Performance` as JSON. `direction_report` is a `DirectionReport`, None where no model
    was asked. `edited` is True where a person changed the performance in review. `magnification` is how much the
    picture was enlarged to fill the frame. `enhanced_video` is the `final_video` where frames were enhanced, else
    missing. `width` and `height` are those that the engine draws. `artifacts` maps stages to the files that they
    finished. `quality` is what the finished video was checked for. `stages` says which stage wrote what, `program`
    names the code that did, and `inherited` are the stages whose outcome another run brought along.
    """

    request: dict[str, Any]
    audio_input: str
    image_input: str
    output_path: str
    transcribed_text: str
    language: str
    transcriber: ChoiceRecord
    audio_features: AudioFeatures
    hearing: ChoiceRecord
    speaker: ChoiceRecord
    emotion: str
    confidence: float
    valence: float
    arousal: float
    emotion_sources: list[dict[str, Any]]
    avatar_control: dict[str, Any]
    performance: dict[str, Any]
    director: ChoiceRecord
    direction_report: dict[str, Any] | None
    edited: bool
    renderer: ChoiceRecord
    enhancer: ChoiceRecord
    magnification: float
    width: int
    height: int
    render: RenderRecord
    chunks: Annotated[list[ChunkRecord], with_chunks]
    artifacts: Annotated[dict[str, str], merged]
    notes: Annotated[list[str], operator.add]
    errors: Annotated[list[ErrorRecord], operator.add]
    final_video: str
    enhanced_video: str
    quality: list[CheckRecord]
    program: str
    stages: Annotated[dict[str, StageRecord], merged]
    inherited: list[str]


Update = dict[str, Any]
"""What a node returns: the fields of `AvatarState` that it changes."""


def choice_record(choice: Choice) -> ChoiceRecord:
    return {"name": choice.name, "why": choice.why, "passed_over": list(choice.passed_over)}


def choice_of(record: Mapping[str, Any]) -> Choice:
    return Choice(record["name"], record["why"], tuple(record["passed_over"]))
