from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from typer.testing import Result

from avatar.settings import Settings
from avatar.types import Choice
from orchestrator.completing import complete_job
from orchestrator.context import OnProgress, Progress
from orchestrator.request import JobRequest
from orchestrator.result import JobResult

Cli = Callable[..., Result]


@dataclass
class Recorder:
    """Stands in for `run_job`: keeps what it was asked and answers with `result`, or raises `failure`."""

    result: JobResult
    failure: BaseException | None = None
    requests: list[JobRequest] = field(default_factory=list)
    fresh: bool = False

    def __call__(
        self, request: JobRequest, settings: Settings, *, on_progress: OnProgress | None = None, fresh: bool = False
    ) -> JobResult:
        complete_job(request, settings)
        self.requests.append(request)
        self.fresh = fresh
        if on_progress is not None:
            on_progress(Progress("audio_processing", 0, 1))
            on_progress(Progress("audio_processing", 1, 1))
        if self.failure is not None:
            raise self.failure
        return self.result


def finished(**changes: Any) -> JobResult:
    values: dict[str, Any] = {
        "status": "finished",
        "thread_id": "0123",
        "performance": {"version": 1},
        "director": Choice("rules", "this version directs by rules"),
        "video": "/somewhere/out.mp4",
        "duration": 2.0,
        "frames": 50,
        "fps": "25",
        "width": 512,
        "height": 512,
        "renderer": Choice("puppet", "the best engine", ("other lacks [weights]",)),
        "notes": ("two faces; took [the larger]",),
        "seconds": {"audio_processing": 0.5, "total": 1.25},
    }
    return JobResult(**{**values, **changes})
