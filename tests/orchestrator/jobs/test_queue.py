"""Who gets which job, and when it is another's turn. On SQLite and on PostgreSQL."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, Connection

from avatar.errors import QueueFullError
from avatar.settings import Settings, load_settings
from orchestrator.database import open_database
from orchestrator.jobs import leases
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.record import JobFailure, JobProgress, NewJob
from orchestrator.jobs.table import SqlJobs
from tests.forks import forks

MakeJob = Callable[..., NewJob]


@contextmanager
def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """Inside the block it is so much later, on this machine and at PostgreSQL."""
    now, clock = time.time, leases.clock

    def later_clock(connection: Connection) -> ColumnElement[float]:
        return clock(connection) + (seconds if connection.dialect.name == "postgresql" else 0)

    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + seconds)
        patch.setattr(leases, "clock", later_clock)
        yield


def test_jobs_are_claimed_once_in_the_order_they_came(jobs: SqlJobs, new_job: MakeJob) -> None:
    made = jobs.submit([new_job(number=number) for number in range(5)])
    assert [record.status for record in made] == ["queued"] * 5
    claimed = [jobs.claim("one") for _ in range(5)]
    assert [record.id for record in claimed if record] == [record.id for record in made]
    assert claimed[0] is not None
    assert (claimed[0].status, claimed[0].attempts, claimed[0].request) == ("running", 1, {"number": 0})
    assert jobs.claim("one") is None


def test_no_job_is_claimed_twice_by_threads(jobs: SqlJobs, new_job: MakeJob) -> None:
    made = jobs.submit([new_job() for _ in range(40)])

    def claim_all(owner: int) -> list[str]:
        return [record.id for record in iter(lambda: jobs.claim(f"worker {owner}"), None)]

    with ThreadPoolExecutor(8) as pool:
        claimed = [job for some in pool.map(claim_all, range(8)) for job in some]
    assert sorted(claimed) == sorted(record.id for record in made)


def claim_in_a_process(folder: Path, url: str | None, owner: str, found: "multiprocessing.Queue[list[str]]") -> None:
    settings = load_settings(data_dir=folder, database_url=url)
    engine = open_database(settings)
    jobs = SqlJobs(engine, settings)
    found.put([record.id for record in iter(lambda: jobs.claim(owner), None)])
    engine.dispose()


def test_no_job_is_claimed_twice_by_processes(jobs: SqlJobs, queue_settings: Settings, new_job: MakeJob) -> None:
    made = jobs.submit([new_job() for _ in range(50)])
    secret = queue_settings.database_url
    url = secret.get_secret_value() if secret else None
    context = forks()
    found: multiprocessing.Queue[list[str]] = context.Queue()
    processes = [
        context.Process(target=claim_in_a_process, args=(queue_settings.data_dir, url, f"worker {n}", found))
        for n in range(3)
    ]
    for process in processes:
        process.start()
    claimed = [job for _ in processes for job in found.get(timeout=60)]
    for process in processes:
        process.join(60)
    found.close()
    found.join_thread()
    assert sorted(claimed) == sorted(record.id for record in made)


def test_tables_are_made_once_however_many_ask(queue_settings: Settings, new_job: MakeJob) -> None:
    def submit_one(_: int) -> str:
        engine = open_database(queue_settings)
        try:
            return SqlJobs(engine, queue_settings).submit([new_job()])[0].id
        finally:
            engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(submit_one, range(6)))) == 6


def test_a_full_queue_takes_no_more_however_many_ask_at_once(jobs: SqlJobs, new_job: MakeJob) -> None:
    jobs.submit([new_job() for _ in range(45)])

    def submit_two(_: int) -> int:
        try:
            return len(jobs.submit([new_job(), new_job()]))
        except QueueFullError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(submit_two, range(8))) == 4
    assert jobs.counts()["queued"] == 49
    with pytest.raises(QueueFullError, match="49 jobs wait"):
        jobs.submit([new_job(), new_job()])
    assert jobs.counts()["queued"] == 49


def test_running_jobs_take_no_room_in_the_queue(jobs: SqlJobs, new_job: MakeJob) -> None:
    jobs.submit([new_job() for _ in range(50)])
    jobs.claim("one")
    assert len(jobs.submit([new_job()])) == 1


def test_a_lease_that_is_renewed_lasts(jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.submit([new_job()])[0].id
    jobs.claim("one")
    with later(monkeypatch, 14):
        assert jobs.renew(job, "one", thread_id="") == "go_on"
        assert jobs.claim("two") is None
    with later(monkeypatch, 25):
        assert jobs.claim("two") is None


def test_a_silent_worker_loses_its_job(jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.submit([new_job()])[0].id
    jobs.claim("one")
    with later(monkeypatch, 16):
        again = jobs.claim("two")
        assert again is not None
        assert (again.id, again.attempts) == (job, 2)
        assert jobs.renew(job, "one", thread_id="t", progress=JobProgress(fraction=0.9)) == "let_go"
        assert not jobs.finish(job, "one", Outcome(status="completed", result={}))
        jobs.step_back(job, "one")
        assert jobs.get(job).status == "running"
        assert jobs.finish(job, "two", Outcome(status="completed", result={"frames": 5}))
    assert jobs.get(job).result == {"frames": 5}


def test_a_dead_workers_jobs_wait_again_in_front(jobs: SqlJobs, new_job: MakeJob) -> None:
    first, _second = (record.id for record in jobs.submit([new_job(), new_job()]))
    jobs.claim("one")
    assert jobs.release("one") == [first]
    assert jobs.release("one") == []
    again = jobs.claim("two")
    assert again is not None
    assert again.id == first


def test_a_job_that_kills_its_worker_fails_in_the_end(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = jobs.submit([new_job()])[0].id
    for attempt in range(1, 4):
        claimed = jobs.claim(f"worker {attempt}")
        assert claimed is not None
        assert claimed.attempts == attempt
        jobs.release(f"worker {attempt}")
    failed = jobs.get(job)
    assert failed.status == "failed"
    assert failed.failure is not None
    assert failed.failure.kind == "WorkerDiedError"
    assert "died 3 times" in failed.failure.message
    assert jobs.claim("four") is None


def test_a_job_that_gets_on_has_its_attempts_back(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = jobs.submit([new_job()])[0].id
    for attempt in range(1, 7):
        jobs.claim("one")
        jobs.renew(job, "one", thread_id="t", progress=JobProgress(fraction=attempt / 10))
        jobs.release("one")
    assert jobs.get(job).status == "queued"


def test_a_turn_ends_only_where_others_wait(jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.submit([new_job()])[0].id
    jobs.claim("one")
    with later(monkeypatch, 31):
        assert jobs.renew(job, "one", thread_id="") == "go_on"
    other = jobs.submit([new_job()])[0].id
    assert jobs.renew(job, "one", thread_id="") == "go_on"
    with later(monkeypatch, 31):
        assert jobs.renew(job, "one", thread_id="") == "step_back"
        jobs.step_back(job, "one")
        turns = [jobs.claim("one"), jobs.claim("one")]
    assert [(record.id, record.attempts) for record in turns if record] == [(other, 1), (job, 1)]


def test_a_job_can_keep_its_place(jobs: SqlJobs, new_job: MakeJob) -> None:
    job, _ = (record.id for record in jobs.submit([new_job(), new_job()]))
    jobs.claim("one")
    jobs.step_back(job, "one", keep_place=True)
    again = jobs.claim("one")
    assert again is not None
    assert (again.id, again.attempts) == (job, 1)


def test_a_job_that_is_cancelled_does_not_wait_again(jobs: SqlJobs, new_job: MakeJob) -> None:
    ids = [record.id for record in jobs.submit([new_job() for _ in range(3)])]
    for job in ids:
        jobs.claim("one")
        jobs.cancel(job)
        assert jobs.renew(job, "one", thread_id="") == "cancel"
    jobs.step_back(ids[0], "one")
    jobs.finish(ids[1], "one", Outcome(status="waiting_review", result={}))
    jobs.release("one")
    assert [jobs.get(job).status for job in ids] == ["cancelled"] * 3
    assert jobs.claim("two") is None


def test_the_revision_grows_with_every_change_and_with_nothing_else(
    jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.submit([new_job()])[0].id
    seen = count()
    assert jobs.get(job).revision == next(seen)
    jobs.claim("one")
    assert jobs.get(job).revision == next(seen)
    jobs.renew(job, "one", thread_id="t", progress=JobProgress(stage="audio_processing"))
    assert jobs.get(job).revision == next(seen)
    jobs.renew(job, "one", thread_id="t", progress=JobProgress(stage="audio_processing"))
    with later(monkeypatch, 10):
        jobs.renew(job, "one", thread_id="t", progress=JobProgress(stage="audio_processing"))
    assert jobs.get(job).revision == 2
    jobs.step_back(job, "one")
    assert jobs.get(job).revision == next(seen)
    jobs.cancel(job)
    assert jobs.get(job).revision == next(seen)


def test_a_job_ends_with_what_became_of_it(jobs: SqlJobs, new_job: MakeJob) -> None:
    done, failed = (record.id for record in jobs.submit([new_job(), new_job()]))
    jobs.claim("one")
    jobs.renew(done, "one", thread_id="thread", progress=JobProgress(stage="assemble", fraction=0.9, seconds_left=2))
    assert jobs.finish(done, "one", Outcome(status="completed", result={"frames": 3}))
    record = jobs.get(done)
    assert (record.status, record.thread_id, record.result) == ("completed", "thread", {"frames": 3})
    assert (record.progress.fraction, record.progress.seconds_left) == (1.0, None)
    assert record.finished_at is not None
    assert record.started_at is not None
    assert record.finished_at >= record.started_at >= record.created_at
    jobs.claim("one")
    failure = JobFailure(kind="AudioError", message="No sound.", cure="Give one.", mendable=True)
    assert jobs.finish(failed, "one", Outcome(status="failed", failure=failure))
    assert jobs.get(failed).failure == failure
