"""What the service knows of a job."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from video_processor.formats import VideoFormat, format_of

JobStatus = Literal["queued", "running", "waiting_review", "completed", "failed", "cancelled"]
STATUSES: Final[tuple[JobStatus, ...]] = get_args(JobStatus)
ENDED: Final[frozenset[JobStatus]] = frozenset({"completed", "failed", "cancelled"})
UNENDED: Final[frozenset[JobStatus]] = frozenset(STATUSES) - ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure:
    """Why a job failed. `kind` is the name of the error's class; `mendable` where what was given is at fault."""

    kind: str
    message: str
    cure: str
    mendable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is: `done` of `total` chunks once `stage` is `video_generation`, else 0 of 0.

    `fraction` is the share of all work in 0..1 and never falls. `seconds_left` is None where nobody can tell.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    fraction: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to put in the queue. `request` holds the fields of `JobRequest` as JSON; its output lies in DATA_DIR.

    `label` is what people call the job by: the character, or the picture's name, and the first words.
    """

    id: str
    request: dict[str, Any]
    label: str
    batch: str | None = None
    character: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as the table has it. Times are seconds since the epoch.

    `revision` grows with every change. `thread_id` is known once a worker has begun. `result` is
    `JobResult.to_json()` of a job that is completed or waits for review.
    """

    id: str
    revision: int
    status: JobStatus
    request: dict[str, Any]
    label: str
    batch: str | None
    character: str | None
    created_at: float
    queued_at: float
    started_at: float | None
    finished_at: float | None
    progress: JobProgress = field(default_factory=JobProgress)
    attempts: int = 0
    cancel_requested: bool = False
    thread_id: str | None = None
    result: dict[str, Any] | None = None
    failure: JobFailure | None = None

    @property
    def video_format(self) -> VideoFormat:
        """What the job's video is, by the name that it is asked for under."""
        return format_of(Path(self.request.get("output", "video.mp4")))

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What keeps files on the disk: a job, and the pictures, the sound and the film that it names."""

    id: str
    status: JobStatus
    finished_at: float | None
    image: str | None
    audio: str | None
    background: str | None = None
    film: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs to list; None takes all. `status` and `statuses` both hold where both are given."""

    status: JobStatus | None = None
    statuses: frozenset[JobStatus] | None = None
    batch: str | None = None
    character: str | None = None
