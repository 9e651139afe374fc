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
from orchestrator.jobs.traces import mark_forgotten
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
    request = request_of(record)
    sign, track = StopSign(), ProgressTrack(record.progress)
    with Heartbeat(worker.dispatch, record.id, worker.owner, track, sign, worker.leaving) as heartbeat:

        def begin(thread_id: str) -> None:
            if thread_id != record.thread_id:
                mark_forgotten(worker.settings, record)
            heartbeat.begin(thread_id)

        return run_job(
            request,
            worker.settings,
            on_progress=track.saw,
            stop=sign,
            warm=worker.warm,
            on_begin=begin,
            counted_since=record.started_at,
            number=record.id,
            thread=record.thread_id if request.review else None,
        )


def request_of(record: JobRecord) -> JobRequest:
    """A batch is a session where the client named none. What the job has worked out in an earlier turn is used."""
    request = JobRequest(**record.request)
    earlier = {"job": "", "thread": record.thread_id} if record.thread_id else None
    return replace(
        request,
        session_id=request.session_id or record.batch,
        forked_from=request.forked_from or earlier,
    )


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
