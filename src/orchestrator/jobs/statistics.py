"""What the table of jobs tells about the service's work. Times are seconds."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from orchestrator.database import reading
from orchestrator.jobs.schema import jobs

MOST_NAMES: Final = 10
IDS_IN_A_STATEMENT: Final = 500
LEAST_SECONDS: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle and the bad end of `count` measured values."""

    median: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The figures of a job that has completed; `served` where the video was there already.

    `took` is a worker's time, without the turns of others in between.
    """

    id: str
    created_at: float
    started_at: float
    finished_at: float
    took: float
    duration: float
    renderer: str
    served: bool

    @property
    def waited(self) -> float:
        """In the queue, before a worker touched it."""
        return max(0.0, self.started_at - self.created_at)

    @property
    def speed(self) -> float:
        """Times real time: seconds of video for each second of work."""
        return self.duration / max(self.took, LEAST_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Made):
    """The same with its picture's size and what each stage took."""

    label: str
    frames: int
    width: int
    height: int
    seconds: Mapping[str, float]


MADE: Final = (jobs.c.status == "completed", jobs.c.started_at.is_not(None), jobs.c.result.is_not(None))
FIGURES: Final = (
    *(jobs.c.id, jobs.c.created_at, jobs.c.started_at, jobs.c.finished_at),
    jobs.c.result["duration"].as_float().label("duration"),
    jobs.c.result["renderer"]["name"].as_string().label("renderer"),
    jobs.c.result["served"].as_boolean().label("served"),
    func.coalesce(jobs.c.result["seconds"]["total"].as_float(), jobs.c.finished_at - jobs.c.started_at).label("took"),
)


class Ledger:
    """The figures of all completed jobs. Results are long, and nothing changes them, so each is read once.

    Safe for threads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._stand: tuple[int, float | None] = (0, None)
        self._made: dict[str, Made] = {}

    def made(self) -> list[Made]:
        """Those that are in the table now, the oldest first."""
        with self._lock, reading(self._engine) as connection:
            counted = connection.execute(select(func.count(), func.max(jobs.c.finished_at)).where(*MADE)).one()
            stand = (counted[0], counted[1])
            if stand != self._stand:
                self._made = self._read(connection)
                self._stand = stand
            return list(self._made.values())

    def _read(self, connection: Connection) -> dict[str, Made]:
        ids = set(connection.execute(select(jobs.c.id).where(*MADE)).scalars())
        found = [made for made in self._made.values() if made.id in ids]
        new = iter(ids - self._made.keys())
        while some := list(islice(new, IDS_IN_A_STATEMENT)):
            rows = connection.execute(select(*FIGURES).where(jobs.c.id.in_(some))).mappings()
            found += [Made(**{**row, "served": bool(row["served"])}) for row in rows]
        return {made.id: made for made in sorted(found, key=lambda made: made.finished_at)}


def spread(values: Iterable[float]) -> Spread | None:
    """None where there are no values."""
    found = list(values)
    if not found:
        return None
    median, p95 = np.quantile(found, [0.5, 0.95]).tolist()
    return Spread(median=median, p95=p95, count=len(found))


def stage_spreads(completed: Iterable[Completed]) -> dict[str, Spread]:
    """What each stage takes, in the order in which stages run, of the videos that were made and not found."""
    taken: dict[str, list[float]] = {}
    for job in completed:
        for stage, seconds in job.seconds.items() if not job.served else ():
            taken.setdefault(stage, []).append(seconds)
    return {stage: found for stage, values in taken.items() if (found := spread(values)) is not None}


def submitted_since(engine: Engine, since: float) -> int:
    with reading(engine) as connection:
        count: int = connection.execute(select(func.count()).where(jobs.c.created_at >= since)).scalar_one()
    return count


def ended_since(engine: Engine, since: float) -> dict[str, int]:
    """Jobs that have ended, by their status; a status that none has is left out."""
    counted = select(jobs.c.status, func.count()).where(jobs.c.finished_at >= since).group_by(jobs.c.status)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(counted)}


def characters_used(engine: Engine) -> dict[str, int]:
    """Jobs by the number of their character, the most used first."""
    return _counted(engine, jobs.c.character, jobs.c.character.is_not(None))


def failures(engine: Engine) -> dict[str, int]:
    """Failed jobs by the kind of the failure, the most frequent first."""
    return _counted(engine, jobs.c.failure["kind"].as_string(), jobs.c.status == "failed")


def oldest_wait(engine: Engine, now: float) -> float:
    """How long the job at the front of the queue has waited; 0 where none waits."""
    with reading(engine) as connection:
        since = connection.execute(select(func.min(jobs.c.queued_at)).where(jobs.c.status == "queued")).scalar_one()
    return 0.0 if since is None else max(0.0, now - since)


def busy_workers(engine: Engine, now: float) -> dict[str, str]:
    """Workers that hold a job whose lease is good, on whatever machine, and the job's number."""
    wanted = select(jobs.c.owner, jobs.c.id).where(jobs.c.status == "running", jobs.c.lease_until > now)
    with reading(engine) as connection:
        return {row.owner: row.id for row in connection.execute(wanted)}


def recently_completed(engine: Engine, limit: int) -> list[Completed]:
    """The newest at most `limit`, the oldest of them first."""
    newest = select(jobs.c.id).where(*MADE).order_by(jobs.c.finished_at.desc()).limit(limit)
    result = jobs.c.result
    numbers = (result[name].as_integer().label(name) for name in ("frames", "width", "height"))
    wanted = select(jobs.c.label, *FIGURES, *numbers, result["seconds"].as_json().label("seconds"))
    with reading(engine) as connection:
        ids = connection.execute(newest).scalars().all()
        rows = connection.execute(wanted.where(jobs.c.id.in_(ids)).order_by(jobs.c.finished_at, jobs.c.id)).mappings()
        return [Completed(**{**row, "served": bool(row["served"])}) for row in rows]


def _counted(engine: Engine, value: ColumnElement[Any], which: ColumnElement[bool]) -> dict[str, int]:
    """In a subquery: PostgreSQL takes two equal JSON paths with parameters for different expressions."""
    names = select(value.label("name")).where(which).subquery()
    counted = select(names.c.name, func.count().label("count")).where(names.c.name.is_not(None)).group_by(names.c.name)
    with reading(engine) as connection:
        found = connection.execute(counted.order_by(func.count().desc(), names.c.name).limit(MOST_NAMES))
        return {row[0]: row[1] for row in found}
