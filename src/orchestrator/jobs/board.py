"""What everybody but the workers does with jobs: the statements behind `SqlJobs`, each inside a transaction."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from avatar.errors import ConflictError, NotFoundError
from orchestrator.jobs.leases import change
from orchestrator.jobs.record import ENDED, STATUSES, Holding, JobFilter, JobRecord, JobStatus
from orchestrator.jobs.reviewing import performance_of, require_mark
from orchestrator.jobs.schema import jobs, record_of

IDS_IN_A_STATEMENT: Final = 500


def get(connection: Connection, job: str, *, lock: bool = False) -> JobRecord:
    """The record, which nobody else changes before the transaction ends where `lock` is set."""
    wanted = select(jobs).where(jobs.c.id == job)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first() if _can_be(job) else None
    if row is None:
        raise NotFoundError(f"There is no job {job[:60]!r}.", cure="GET /api/v1/jobs lists those that there are.")
    return record_of(row)


def by_id(connection: Connection, wanted: Iterable[str]) -> dict[str, JobRecord]:
    found = {}
    ids = iter(sorted(job for job in set(wanted) if _can_be(job)))
    while some := list(islice(ids, IDS_IN_A_STATEMENT)):
        for row in connection.execute(select(jobs).where(jobs.c.id.in_(some))).mappings():
            found[row["id"]] = record_of(row)
    return found


def page(connection: Connection, wanted: JobFilter, before: str | None, limit: int) -> list[JobRecord]:
    given = {name: value for name, value in asdict(wanted).items() if value is not None and name != "statuses"}
    if not all(_can_be(value) for value in (*given.values(), before or "0")):
        return []
    found = select(jobs).filter_by(**given).order_by(jobs.c.id.desc()).limit(limit)
    if wanted.statuses is not None:
        found = found.where(jobs.c.status.in_(wanted.statuses))
    if before is not None:
        found = found.where(jobs.c.id < before)
    return [record_of(row) for row in connection.execute(found).mappings()]


def counts(connection: Connection) -> dict[JobStatus, int]:
    found = connection.execute(select(jobs.c.status, func.count()).group_by(jobs.c.status)).all()
    return {**dict.fromkeys(STATUSES, 0), **{row[0]: row[1] for row in found}}


def cancel(connection: Connection, job: str) -> JobRecord:
    record = get(connection, job, lock=True)
    if record.has_ended:
        raise ConflictError(f"The job {job} has ended already: it is {record.status}.", cure="Nothing is left to stop.")
    if record.status == "running":
        values: dict[str, Any] = {"cancel_requested": True}
    else:
        values = {"status": "cancelled", "cancel_requested": True, "finished_at": time.time()}
    change(connection, jobs.c.id == job, values)
    return get(connection, job)


def get_waiting(connection: Connection, job: str, mark: str | None) -> JobRecord:
    """The record of a job that waits for review, locked.

    Raises `NotFoundError`, `ConflictError`, and `ChangedError` where its performance has another mark.
    """
    record = get(connection, job, lock=True)
    if record.status != "waiting_review":
        raise ConflictError(
            f"The job {record.id} waits for no review: it is {record.status}.",
            cure="Only a job that was made with `review`, and that waits, takes a performance; a rerender is another.",
        )
    require_mark(record, mark)
    return record


def save_performance(connection: Connection, record: JobRecord, performance: Mapping[str, Any]) -> JobRecord:
    request = {**record.request, "performance": dict(performance)}
    change(connection, jobs.c.id == record.id, {"request": request})
    return get(connection, record.id)


def requeue(connection: Connection, record: JobRecord, performance: Mapping[str, Any] | None) -> JobRecord:
    wanted = performance_of(record) if performance is None else dict(performance)
    values = {"status": "queued", "queued_at": time.time(), "request": {**record.request, "performance": wanted}}
    change(connection, jobs.c.id == record.id, values)
    return get(connection, record.id)


def get_ended(connection: Connection, job: str) -> JobRecord:
    """The record of a job that has ended, locked. Raises `NotFoundError`, `ConflictError`."""
    record = get(connection, job, lock=True)
    if not record.has_ended:
        raise ConflictError(f"The job {job} has not ended: it is {record.status}.", cure="Cancel it first.")
    return record


def remove(connection: Connection, job: str) -> None:
    connection.execute(delete(jobs).where(jobs.c.id == job, jobs.c.status.in_(ENDED)))


def holdings(connection: Connection) -> list[Holding]:
    wanted = select(jobs.c.id, jobs.c.status, jobs.c.finished_at, jobs.c.request)
    rows = connection.execute(wanted, execution_options={"yield_per": IDS_IN_A_STATEMENT})
    return [
        Holding(
            id=job,
            status=status,
            finished_at=at,
            image=request.get("image"),
            audio=request.get("audio"),
            background=request.get("background"),
            film=request.get("expression_from"),
        )
        for job, status, at, request in rows
    ]


def thread_statuses(connection: Connection, thread_id: str) -> frozenset[JobStatus]:
    found = select(jobs.c.status).where(jobs.c.thread_id == thread_id).distinct()
    return frozenset(connection.execute(found).scalars())


def _can_be(text: str) -> bool:
    """Whether a number or a status may look like this; databases refuse NUL and what is no Unicode."""
    return text.isprintable() and len(text) <= 200
