"""Who has a job, and until when: the statements behind `SqlJobs` that workers use, each inside a transaction."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    RowMapping,
    and_,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    update,
)

from avatar.errors import AvatarError
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.record import JobFailure, JobProgress, JobRecord
from orchestrator.jobs.schema import HANDED_BACK, jobs, record_of, storable

YOUNG_SHARE: Final = 0.75
"""A lease with more than this share of its time left is not renewed for its own sake."""


class WorkerDiedError(AvatarError):
    """The process that made the video died, each time it was tried."""


def clock(connection: Connection) -> ColumnElement[float]:
    """The time that leases go by: PostgreSQL's own, since the clocks of several machines differ."""
    if connection.dialect.name == "postgresql":
        return cast(extract("epoch", func.clock_timestamp()), Double)
    return literal(time.time(), Double)


def has_run_out(connection: Connection) -> ColumnElement[bool]:
    return and_(jobs.c.status == "running", jobs.c.lease_until < clock(connection))


def is_held(job: str, owner: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job, jobs.c.owner == owner, jobs.c.status == "running")


def anything_to_claim(connection: Connection) -> bool:
    wanted = select(jobs.c.id).where(or_(jobs.c.status == "queued", has_run_out(connection))).limit(1)
    return connection.execute(wanted).first() is not None


def somebody_waits(connection: Connection) -> bool:
    return connection.execute(select(jobs.c.id).where(jobs.c.status == "queued").limit(1)).first() is not None


def change(connection: Connection, where: ColumnElement[bool], values: Mapping[str, Any]) -> int:
    """How many rows were changed; the revision of each grows."""
    return connection.execute(update(jobs).where(where).values(revision=jobs.c.revision + 1, **values)).rowcount


def claim_oldest(connection: Connection, owner: str, lease_seconds: float) -> JobRecord | None:
    oldest = select(jobs.c.id).where(jobs.c.status == "queued").order_by(jobs.c.queued_at, jobs.c.id).limit(1)
    job = connection.execute(oldest.with_for_update(skip_locked=True)).scalar()
    if job is None:
        return None
    values = {
        "status": "running",
        "owner": owner,
        "claimed_at": clock(connection),
        "lease_until": clock(connection) + lease_seconds,
        "started_at": func.coalesce(jobs.c.started_at, time.time()),
        "attempts": jobs.c.attempts + 1,
    }
    change(connection, jobs.c.id == job, values)
    return record_of(connection.execute(select(jobs).where(jobs.c.id == job)).mappings().one())


def held_by(connection: Connection, job: str, owner: str, *, lock: bool = False) -> RowMapping | None:
    """The owner's row, with the clock as `now`; with `lock` nobody else changes it in the transaction's time."""
    wanted = select(jobs, clock(connection).label("now")).where(is_held(job, owner))
    return connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()


def is_due(held: RowMapping, thread_id: str, progress: JobProgress | None, lease_seconds: float) -> bool:
    """Whether there is anything to write down."""
    is_new = progress is not None and asdict(progress) != held["progress"]
    is_begun = bool(thread_id) and thread_id != held["thread_id"]
    return is_new or is_begun or bool(held["lease_until"] - held["now"] < YOUNG_SHARE * lease_seconds)


def renew(
    connection: Connection, job: str, owner: str, thread_id: str, progress: JobProgress | None, lease_seconds: float
) -> RowMapping | None:
    """The row with its longer lease; None where it is the owner's no more. A job that gets on has its attempts back."""
    if (held := held_by(connection, job, owner)) is None:
        return None
    values: dict[str, Any] = {"lease_until": clock(connection) + lease_seconds}
    if thread_id and thread_id != held["thread_id"]:
        values["thread_id"] = thread_id
    if progress is not None and asdict(progress) != held["progress"]:
        values["progress"] = asdict(progress)
        if progress.fraction > held["progress"]["fraction"]:
            values["attempts"] = 1
    if len(values) > 1:
        values["revision"] = jobs.c.revision + 1
    connection.execute(update(jobs).where(is_held(job, owner)).values(**values))
    return held_by(connection, job, owner)


def hand_in(connection: Connection, job: str, owner: str, outcome: Outcome) -> bool:
    """The end of a job, or its wait for review; False where it is the owner's no more."""
    if (held := held_by(connection, job, owner, lock=True)) is None:
        return False
    waits = outcome.status == "waiting_review"
    progress = replace(JobProgress(**held["progress"]), seconds_left=None)
    values = {
        "status": outcome.status,
        "finished_at": None if waits else time.time(),
        "progress": asdict(replace(progress, fraction=1.0) if outcome.status == "completed" else progress),
        "attempts": 0 if waits else held["attempts"],
        "result": storable(outcome.result),
        "failure": None if outcome.failure is None else storable(asdict(outcome.failure)),
    }
    if waits and held["cancel_requested"]:
        values |= {"status": "cancelled", "finished_at": time.time()}
    return change(connection, is_held(job, owner), {**values, **HANDED_BACK}) == 1


def hand_back(connection: Connection, job: str, owner: str, *, keep_place: bool) -> None:
    if (held := held_by(connection, job, owner, lock=True)) is None:
        return
    now = time.time()
    if held["cancel_requested"]:
        values: dict[str, Any] = {"status": "cancelled", "finished_at": now}
    else:
        queued_at = held["queued_at"] if keep_place else now
        values = {"status": "queued", "attempts": max(0, held["attempts"] - 1), "queued_at": queued_at}
    change(connection, is_held(job, owner), {**values, **HANDED_BACK})


def take_back(
    connection: Connection, where: ColumnElement[bool], max_attempts: int, *, skip_locked: bool = False
) -> list[str]:
    """Running jobs whose worker is gone wait again in their old place, or end; the numbers of those that wait."""
    lost = select(jobs.c.id, jobs.c.attempts, jobs.c.cancel_requested).where(and_(jobs.c.status == "running", where))
    waiting = []
    for job, attempts, cancelled in connection.execute(lost.with_for_update(skip_locked=skip_locked)).all():
        ended = _end_of_lost(attempts, max_attempts, cancelled=cancelled)
        change(connection, jobs.c.id == job, {**(ended or {"status": "queued"}), **HANDED_BACK})
        if ended is None:
            waiting.append(job)
    return waiting


def _end_of_lost(attempts: int, max_attempts: int, *, cancelled: bool) -> dict[str, Any] | None:
    """How a job ends whose worker is gone; None where it goes on."""
    if cancelled:
        return {"status": "cancelled", "finished_at": time.time()}
    if attempts < max_attempts:
        return None
    failure = JobFailure(
        kind=WorkerDiedError.__name__,
        message=f"The process that made the video died {attempts} times in the same place.",
        cure="DATA_DIR/logs/workers-output.log may say why; often the memory is too small: ask for a smaller video.",
        mendable=False,
    )
    return {"status": "failed", "finished_at": time.time(), "failure": asdict(failure)}
