"""The jobs in one table, through SQLAlchemy: the queue that workers draw from and the board that all others read."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, insert, select, text

from avatar.errors import QueueFullError
from avatar.settings import Settings
from orchestrator.database import create_tables, reading, writing
from orchestrator.jobs import board, leases
from orchestrator.jobs.dispatch import Order, Outcome
from orchestrator.jobs.record import Holding, JobFilter, JobProgress, JobRecord, JobStatus, NewJob
from orchestrator.jobs.schema import jobs, new_row, tables
from orchestrator.jobs.traces import mark_forgotten, remove_outputs

QUEUE_LOCK: Final = 0x51554555
"""PostgreSQL's advisory lock while jobs enter the queue; SQLite has one writer at a time."""

PAGE_ROWS: Final = 200

BETWEEN_SECONDS: Final = 1e-6
"""Jobs of one call queue in their order."""


class SqlJobs:
    """Both `Dispatch` and `JobBoard`. Safe for threads and for many processes on one database."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        create_tables(engine, tables)

    def submit(self, jobs_: Sequence[NewJob]) -> list[JobRecord]:
        now = time.time()
        rows = [new_row(job, now + index * BETWEEN_SECONDS) for index, job in enumerate(jobs_)]
        if not rows:
            return []
        with writing(self._engine) as connection:
            self._require_room(connection, len(rows))
            connection.execute(insert(jobs), rows)
            found = board.by_id(connection, [row["id"] for row in rows])
        return [found[row["id"]] for row in rows]

    def claim(self, owner: str) -> JobRecord | None:
        with reading(self._engine) as connection:
            if not leases.anything_to_claim(connection):
                return None
        with writing(self._engine) as connection:
            leases.take_back(connection, leases.has_run_out(connection), self._settings.max_attempts, skip_locked=True)
            return leases.claim_oldest(connection, owner, self._settings.lease_seconds)

    def renew(self, job: str, owner: str, *, thread_id: str, progress: JobProgress | None = None) -> Order:
        """An empty `thread_id` leaves it as it is. Nothing is written where nothing is new and the lease is young."""
        with reading(self._engine) as connection:
            held = leases.held_by(connection, job, owner)
        if held is None:
            return "let_go"
        if leases.is_due(held, thread_id, progress, self._settings.lease_seconds):
            with writing(self._engine) as connection:
                held = leases.renew(connection, job, owner, thread_id, progress, self._settings.lease_seconds)
            if held is None:
                return "let_go"
        if held["cancel_requested"]:
            return "cancel"
        turn_over = held["now"] - held["claimed_at"] >= self._settings.turn_seconds
        return "step_back" if turn_over and self._others_wait() else "go_on"

    def finish(self, job: str, owner: str, outcome: Outcome) -> bool:
        with writing(self._engine) as connection:
            return leases.hand_in(connection, job, owner, outcome)

    def step_back(self, job: str, owner: str, *, keep_place: bool = False) -> None:
        with writing(self._engine) as connection:
            leases.hand_back(connection, job, owner, keep_place=keep_place)

    def release(self, owner: str) -> list[str]:
        with writing(self._engine) as connection:
            return leases.take_back(connection, jobs.c.owner == owner, self._settings.max_attempts)

    def get(self, job: str) -> JobRecord:
        with reading(self._engine) as connection:
            return board.get(connection, job)

    def look(self, jobs_: Iterable[str]) -> dict[str, JobRecord]:
        with reading(self._engine) as connection:
            return board.by_id(connection, jobs_)

    def page(self, wanted: JobFilter, *, before: str | None = None, limit: int = 50) -> list[JobRecord]:
        with reading(self._engine) as connection:
            return board.page(connection, wanted, before, limit)

    def every(self, wanted: JobFilter) -> Iterator[JobRecord]:
        found = self.page(wanted, limit=PAGE_ROWS)
        while found:
            yield from found
            found = self.page(wanted, before=found[-1].id, limit=PAGE_ROWS)

    def counts(self) -> dict[JobStatus, int]:
        with reading(self._engine) as connection:
            return board.counts(connection)

    def cancel(self, job: str) -> JobRecord:
        with writing(self._engine) as connection:
            return board.cancel(connection, job)

    def save_performance(self, job: str, performance: Mapping[str, Any], *, mark: str | None = None) -> JobRecord:
        with writing(self._engine) as connection:
            return board.save_performance(connection, board.get_waiting(connection, job, mark), performance)

    def resume(self, job: str, performance: Mapping[str, Any] | None = None, *, mark: str | None = None) -> JobRecord:
        with writing(self._engine) as connection:
            record = board.get_waiting(connection, job, mark)
            self._require_room(connection, 1)
            return board.requeue(connection, record, performance)

    def remove(self, job: str) -> JobRecord:
        with writing(self._engine) as connection:
            record = board.get_ended(connection, job)
            mark_forgotten(self._settings, record)
            board.remove(connection, job)
        remove_outputs(self._settings, job)
        return record

    def holdings(self) -> list[Holding]:
        """Of all jobs."""
        with reading(self._engine) as connection:
            return board.holdings(connection)

    def thread_statuses(self, thread_id: str) -> frozenset[JobStatus]:
        """Of the jobs that make, or have made, the video of that thread."""
        with reading(self._engine) as connection:
            return board.thread_statuses(connection, thread_id)

    def _others_wait(self) -> bool:
        with reading(self._engine) as connection:
            return leases.somebody_waits(connection)

    def _require_room(self, connection: Connection, count: int) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": QUEUE_LOCK})
        waiting = connection.execute(select(func.count()).where(jobs.c.status == "queued")).scalar_one()
        if waiting + count <= self._settings.max_queue:
            return
        asked = "one more" if count == 1 else f"{count} more"
        raise QueueFullError(
            f"{waiting} jobs wait, and {asked} would be above {self._settings.max_queue}.",
            cure="Try again when some have ended, or raise MAX_QUEUE.",
        )
