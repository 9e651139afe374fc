"""One worker's turn at a job: from the claim to its end, or to the moment it steps back."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from avatar.settings import Settings
from orchestrator.context import Cancelled, SteppedBack, StopSign
from orchestrator.database import DatabaseError
from orchestrator.jobs.dispatch import Dispatch, Outcome
from orchestrator.jobs.failures import failure_of
from orchestrator.jobs.heartbeat import Heartbeat
from orchestrator.jobs.progress import ProgressTrack
from orchestrator.jobs.record import JobRecord
from orchestrator.rendering import WarmSessions
from orchestrator.run import JobRequest, JobResult, run_job

DATABASE_PAUSE_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who takes the turns. `leaving` is set when the process is to end."""

    settings: Settings
    dispatch: Dispatch
    owner: str
    leaving: threading.Event
    warm: WarmSessions


def take_turn(worker: Worker, record: JobRecord) -> None:
    """Runs the job and tells the queue what became of it."""
    outcome = _outcome(worker, record)
    if outcome is None:
        keep_place = worker.leaving.is_set()
        _told(worker, lambda: worker.dispatch.step_back(record.id, worker.owner, keep_place=keep_place))
    else:
        _told(worker, lambda: worker.dispatch.finish(record.id, worker.owner, outcome))


def _outcome(worker: Worker, record: JobRecord) -> Outcome | None:
    """None where the job goes on another time."""
    try:
        result = _run(worker, record)
    except SteppedBack:
        return None
    except Cancelled:
        return Outcome(status="cancelled")
    except DatabaseError as error:
        _log.warning("job %s waits: %s", record.id, error)
        worker.leaving.wait(DATABASE_PAUSE_SECONDS)
        return None
    except Exception as error:
        failure = failure_of(error, worker.settings, record.id)
        _log.warning("job %s failed: %s", record.id, failure.message)
        return Outcome(status="failed", failure=failure)
    return Outcome(status="completed" if result.status == "finished" else "waiting_review", result=result.to_json())


def _run(worker: Worker, record: JobRecord) -> JobResult:
    sign, track = StopSign(), ProgressTrack(record.progress)
    with Heartbeat(worker.dispatch, record.id, worker.owner, track, sign, worker.leaving) as heartbeat:
        return run_job(
            request_of(record),
            worker.settings,
            on_progress=track.saw,
            stop=sign,
            warm=worker.warm,
            on_begin=heartbeat.begin,
            counted_since=record.started_at,
            number=record.id,
        )


def request_of(record: JobRecord) -> JobRequest:
    """A batch is a session where the client named none."""
    request = JobRequest(**record.request)
    return request if request.session_id else replace(request, session_id=record.batch)


def _told(worker: Worker, tell: Callable[[], object]) -> None:
    """Tells the queue, again and again while the database is away, until the process is to end."""
    while True:
        try:
            tell()
        except DatabaseError as error:
            _log.warning("%s", error)
        else:
            return
        if worker.leaving.wait(DATABASE_PAUSE_SECONDS):
            return
