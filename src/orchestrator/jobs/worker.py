"""A worker: claims one job after another and makes their videos."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from avatar.settings import Settings
from avatar.telemetry import close_relays
from orchestrator.database import DatabaseError, open_database
from orchestrator.jobs.presence import dead_workers, forget_worker, present
from orchestrator.jobs.record import JobRecord
from orchestrator.jobs.retention import tidy
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.turns import DATABASE_PAUSE_SECONDS, Worker, take_turn
from orchestrator.jobs.warming import warm_up
from orchestrator.rendering import WarmSessions

IDLE_SECONDS: Final = 0.06
"""How often a worker with nothing to do looks into the queue; a look takes a fifth of a millisecond."""

WARM_PORTRAITS: Final = 4
LOOK_FOR_DEAD_SECONDS: Final = 1.0
TIDY_SECONDS: Final = 600.0

_log = logging.getLogger(__name__)


def work(settings: Settings, *, owner: str, stop: threading.Event, on_ready: Callable[[], None] | None = None) -> None:
    """Works until `stop` is set; a job in hand then goes back to its place in the queue.

    Raises `ConfigurationError` and `DatabaseError` where the queue cannot be opened.
    """
    engine = open_database(settings)
    try:
        jobs = SqlJobs(engine, settings)
        with present(settings, owner):
            if on_ready is not None:
                on_ready()
            worker = Worker(
                settings=settings, dispatch=jobs, owner=owner, leaving=stop, warm=WarmSessions(WARM_PORTRAITS)
            )
            _take_turns(worker, jobs)
    finally:
        engine.dispose()
        close_relays()


def _take_turns(worker: Worker, jobs: SqlJobs) -> None:
    chores = [
        Chore(LOOK_FOR_DEAD_SECONDS, lambda: release_dead(jobs, worker.settings)),
        Chore(TIDY_SECONDS, lambda: tidy(jobs, worker.settings)),
    ]
    is_warm = False
    while not worker.leaving.is_set():
        for chore in chores:
            chore.do_when_due()
        if (record := _claimed(worker)) is not None:
            take_turn(worker, record)
        elif not is_warm:
            warm_up(worker.settings)
        else:
            worker.leaving.wait(IDLE_SECONDS)
        is_warm = True


def _claimed(worker: Worker) -> JobRecord | None:
    """The next job; None where there is none, and after a pause where the database is away."""
    try:
        return worker.dispatch.claim(worker.owner)
    except DatabaseError as error:
        _log.warning("%s", error)
        worker.leaving.wait(DATABASE_PAUSE_SECONDS)
        return None


def release_dead(jobs: SqlJobs, settings: Settings) -> None:
    """The jobs of workers that died on this DATA_DIR wait again."""
    for owner in dead_workers(settings):
        if released := jobs.release(owner):
            _log.warning("worker %s died; its jobs wait again: %s", owner, ", ".join(released))
        forget_worker(settings, owner)


class Chore:
    """Something to do now and then, the first time at once; a failure of it is logged and ends nothing."""

    def __init__(self, every_seconds: float, do: Callable[[], None]) -> None:
        self._every, self._do, self._due = every_seconds, do, 0.0

    def do_when_due(self) -> None:
        if (now := time.monotonic()) < self._due:
            return
        self._due = now + self._every
        try:
            self._do()
        except Exception:
            _log.exception("a chore failed")
