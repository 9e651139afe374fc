"""The table of jobs, and a row of it as a `JobRecord`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Double, Index, Integer, MetaData, RowMapping, String, Table, Text

from orchestrator.jobs.record import JobFailure, JobProgress, JobRecord, NewJob

ID_LENGTH: Final = 64
OWNER_LENGTH: Final = 200

tables: Final = MetaData()

jobs: Final = Table(
    "jobs",
    tables,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("request", JSON, nullable=False),
    Column("label", Text, nullable=False),
    Column("batch", String(ID_LENGTH), index=True),
    Column("character", String(ID_LENGTH), index=True),
    Column("created_at", Double, nullable=False),
    Column("queued_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("progress", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("thread_id", String(ID_LENGTH), index=True),
    Column("result", JSON(none_as_null=True)),
    Column("failure", JSON(none_as_null=True)),
    Column("owner", String(OWNER_LENGTH)),
    Column("claimed_at", Double),
    Column("lease_until", Double),
    Index("jobs_waiting", "status", "queued_at"),
)
"""`owner`, `claimed_at` and `lease_until` are set while a worker has the job; times are seconds since the epoch."""

HANDED_BACK: Final[Mapping[str, Any]] = {"owner": None, "claimed_at": None, "lease_until": None}


def storable(value: Any) -> Any:
    """JSON as PostgreSQL can read it again: no NUL, nothing that is no Unicode."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def new_row(job: NewJob, now: float) -> dict[str, Any]:
    """The job as it enters the queue."""
    return {
        "id": job.id,
        "revision": 0,
        "status": "queued",
        "request": job.request,
        "label": storable(job.label.replace("\0", " ")),
        "batch": job.batch,
        "character": job.character,
        "created_at": now,
        "queued_at": now,
        "progress": asdict(JobProgress()),
        "attempts": 0,
        "cancel_requested": False,
    }


def record_of(row: RowMapping) -> JobRecord:
    values = {name: row[name] for name in JobRecord.__dataclass_fields__}
    failure = values["failure"]
    return JobRecord(
        **{
            **values,
            "progress": JobProgress(**values["progress"]),
            "failure": None if failure is None else JobFailure(**failure),
        }
    )
