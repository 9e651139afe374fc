"""What the service tells of jobs, uploads, batches and characters. Fields that a newer service adds are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, TypeVar

Status = Literal["queued", "running", "waiting_review", "completed", "failed", "cancelled"]
ENDED: Final = ("completed", "failed", "cancelled")
AT_REST: Final = ("waiting_review", *ENDED)
"""A job with one of these goes on, if at all, when somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed, and what to do."""

    kind: str
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job; what is not known yet is None. `progress` is 0..1, `duration` and `seconds_left` are in seconds.

    `video_path` is relative to the service's data folder. Times are ISO 8601 in UTC.
    """

    job_id: str
    status: Status
    label: str = ""
    character_id: str | None = None
    batch_id: str | None = None
    rerender_of: str | None = None
    stage: str | None = None
    progress: float = 0.0
    chunks_done: int = 0
    chunks_total: int = 0
    seconds_left: float | None = None
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    error: JobError | None = None
    video_path: str | None = None
    video_url: str | None = None
    stream_url: str | None = None
    events_url: str | None = None
    motion_url: str | None = None
    thumbnail_url: str | None = None
    trace_url: str | None = None
    job_url: str | None = None
    duration: float | None = None
    frames: int | None = None
    fps: str | None = None
    width: int | None = None
    height: int | None = None
    renderer: str | None = None
    renderer_why: str | None = None
    enhancer: str | None = None
    enhancer_why: str | None = None
    director: str | None = None
    director_why: str | None = None
    direction_report: dict[str, Any] | None = None
    hearing: str | None = None
    hearing_why: str | None = None
    speaker: str | None = None
    speaker_why: str | None = None
    voices: int | None = None
    emotion: str | None = None
    confidence: float | None = None
    valence: float | None = None
    arousal: float | None = None
    emotion_sources: list[dict[str, Any]] = field(default_factory=list)
    emotions_url: str | None = None
    transcribed_text: str | None = None
    language: str | None = None
    transcriber: str | None = None
    transcriber_why: str | None = None
    captions_url: str | None = None
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    served: bool = False
    quality: list[dict[str, Any]] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_at_rest(self) -> bool:
        """Whether it has ended or waits for a review."""
        return self.status in AT_REST


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Jobs, newest first; `next_cursor` leads to older ones, where there are any."""

    jobs: list[Job]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Jobs that were asked for together."""

    batch_id: str
    jobs: list[Job]

    @property
    def is_at_rest(self) -> bool:
        return all(job.is_at_rest for job in self.jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that the service keeps; `path` goes into `image_path`, `audio_path` or `expression_path`.

    `face` is where a picture's face lies, as fractions of its width and height, `faces` where all do, largest first.
    `report` tells how well the picture will animate, `has_sound` whether a video brings a sound.
    """

    path: str
    kind: str
    bytes: int
    sha256: str
    url: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    has_sound: bool | None = None
    face: dict[str, float] | None = None
    faces: list[dict[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A portrait with a name, a voice and a way to perform.

    `voice_sample` tells of the recording whose voice it takes in place of `voice`, and of the consent for it.
    """

    id: str
    name: str
    voice: str | None = None
    language: str | None = None
    speaker: str | None = None
    voice_sample: dict[str, Any] | None = None
    direction: str = ""
    controls: dict[str, Any] = field(default_factory=dict)
    framing: str | None = None
    background: str | None = None
    face: int = 0
    built_in: bool = False
    created_at: str | None = None
    width: int | None = None
    height: int | None = None
    notes: list[str] = field(default_factory=list)
    portrait_url: str | None = None


Record = TypeVar("Record")


def record(kind: type[Record], values: Mapping[str, Any]) -> Record:
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in values.items() if name in known})


def job_of(values: Mapping[str, Any]) -> Job:
    error = values.get("error")
    return record(Job, {**values, "error": record(JobError, error) if error else None})


def page_of(values: Mapping[str, Any]) -> JobPage:
    return JobPage(jobs=[job_of(job) for job in values["jobs"]], next_cursor=values.get("next_cursor"))


def batch_of(values: Mapping[str, Any]) -> Batch:
    return Batch(batch_id=values["batch_id"], jobs=[job_of(job) for job in values["jobs"]])
