"""Figures read out of JSON are the same from SQLite and from PostgreSQL, and each result is read once."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from avatar.settings import Settings
from orchestrator.database import open_database
from orchestrator.jobs import statistics
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.record import JobFailure
from orchestrator.jobs.schema import jobs as table
from orchestrator.jobs.table import SqlJobs
from tests.orchestrator.jobs.conftest import MakeJob

OWNER = "worker"
RESULT: dict[str, Any] = {
    "duration": 10.0,
    "frames": 250,
    "width": 512,
    "height": 256,
    "served": False,
    "renderer": {"name": "puppet", "why": "asked for", "passed_over": []},
    "seconds": {"audio_processing": 0.5, "render": 2.0},
}


@pytest.fixture
def engine(queue_settings: Settings, jobs: SqlJobs) -> Iterator[Engine]:
    engine = open_database(queue_settings)
    yield engine
    engine.dispose()


def ended(jobs: SqlJobs, engine: Engine, new_job: MakeJob, outcome: Outcome, at: float, **given: Any) -> str:
    """A job that waited 1 s and took 4 s."""
    job = jobs.submit([new_job(**given)])[0].id
    jobs.claim(OWNER)
    assert jobs.finish(job, OWNER, outcome)
    times = {"created_at": at - 5, "started_at": at - 4, "finished_at": at}
    with engine.begin() as connection:
        connection.execute(update(table).where(table.c.id == job).values(**times))
    return job


def made(**result: Any) -> Outcome:
    return Outcome(status="completed", result={**RESULT, **result})


def failed(kind: str) -> Outcome:
    return Outcome(status="failed", failure=JobFailure(kind=kind, message="m", cure="c", mendable=True))


def test_the_figures_of_completed_jobs(jobs: SqlJobs, engine: Engine, new_job: MakeJob) -> None:
    later = ended(jobs, engine, new_job, made(served=True), 200.0)
    earlier = ended(jobs, engine, new_job, made(), 100.0, label="first")
    ended(jobs, engine, new_job, failed("AudioError"), 150.0)
    first, second = statistics.Ledger(engine).made()
    assert (first.id, second.id) == (earlier, later)
    assert (first.took, first.waited, first.speed, first.renderer) == (4.0, 1.0, 2.5, "puppet")
    assert (first.served, second.served) == (False, True)
    completed = statistics.recently_completed(engine, 5)[0]
    assert (completed.id, completed.label, completed.seconds) == (earlier, "first", RESULT["seconds"])
    assert (completed.frames, completed.width, completed.height) == (250, 512, 256)
    assert [job.id for job in statistics.recently_completed(engine, 1)] == [later]


def test_the_ledger_follows_the_table_and_reads_each_result_once(
    jobs: SqlJobs, engine: Engine, new_job: MakeJob
) -> None:
    ledger = statistics.Ledger(engine)
    assert ledger.made() == []
    first = ended(jobs, engine, new_job, made(), 100.0)
    assert [job.id for job in ledger.made()] == [first]
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert [job.id for job in ledger.made()] == [first]
    assert not any(statement.count("JSON") or "->" in statement for statement in said), said
    second = ended(jobs, engine, new_job, made(), 200.0)
    assert [job.id for job in ledger.made()] == [first, second]
    jobs.remove(first)
    assert [job.id for job in ledger.made()] == [second]


def test_jobs_are_counted_by_time_character_and_failure(jobs: SqlJobs, engine: Engine, new_job: MakeJob) -> None:
    ended(jobs, engine, new_job, made(), 100.0, character="grace")
    ended(jobs, engine, new_job, failed("PortraitError"), 200.0, character="grace")
    ended(jobs, engine, new_job, failed("PortraitError"), 300.0, character="ada")
    ended(jobs, engine, new_job, failed("AudioError"), 400.0)
    assert statistics.submitted_since(engine, 200.0) == 2
    assert statistics.ended_since(engine, 0.0) == {"completed": 1, "failed": 3}
    assert statistics.ended_since(engine, 300.0) == {"failed": 2}
    assert statistics.characters_used(engine) == {"grace": 2, "ada": 1}
    assert list(statistics.failures(engine).items()) == [("PortraitError", 2), ("AudioError", 1)]


def test_the_oldest_wait_and_the_busy_workers(jobs: SqlJobs, engine: Engine, new_job: MakeJob) -> None:
    assert statistics.oldest_wait(engine, 1000.0) == 0.0
    first, second = jobs.submit([new_job(), new_job()])
    assert statistics.oldest_wait(engine, first.queued_at + 7) == pytest.approx(7.0)
    running = jobs.claim(OWNER)
    assert running is not None
    assert statistics.busy_workers(engine, second.queued_at) == {OWNER: running.id}
    assert statistics.busy_workers(engine, second.queued_at + 10_000) == {}


def test_spreads() -> None:
    assert statistics.spread([]) is None
    found = statistics.spread([4.0, 1.0, 2.0, 5.0, 10.0])
    assert found is not None
    assert (found.median, found.count) == (4.0, 5)
    assert found.p95 == pytest.approx(9.0)
