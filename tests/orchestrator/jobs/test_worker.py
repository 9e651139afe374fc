"""A worker at its jobs: it makes videos, steps back, goes on, is told to stop, and tells what went wrong."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from avatar.errors import AvatarError
from avatar.settings import Settings
from orchestrator.database import DatabaseError
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.presence import dead_workers, living_workers
from orchestrator.jobs.record import JobRecord, NewJob
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.worker import work
from tests.orchestrator.jobs.conftest import open_jobs
from tests.orchestrator.pipeline_fakes import CountingEngine, write_sound
from video_processor.encoding import video_info

PATIENCE_SECONDS = 60.0


with_either_database = pytest.mark.parametrize("settings", ["sqlite", "postgresql"], indirect=True)
"""For what depends on how jobs are claimed and handed on."""


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the small pipeline, with an SQLite file, or with the database that the test names."""
    monkeypatch.setattr("orchestrator.jobs.worker.warm_up", lambda _settings: None)
    wanted = getattr(request, "param", "sqlite")
    url = request.getfixturevalue("postgres_url") if wanted == "postgresql" else None
    return Settings(**{**settings.model_dump(), "database_url": url})


@pytest.fixture
def jobs(settings: Settings) -> Iterator[SqlJobs]:
    yield from open_jobs(settings)


@pytest.fixture
def new_job(settings: Settings, request_for: Callable[..., Any]) -> Callable[..., NewJob]:
    def make(**changes: Any) -> NewJob:
        job = new_id()
        output_path(settings, job).parent.mkdir(parents=True, exist_ok=True)
        wanted = request_for(output=output_path(settings, job), **changes)
        given = {name: getattr(wanted, name) for name in ("image", "audio", "output")}
        request = {name: str(value) for name, value in given.items()} | {
            name: value for name, value in changes.items() if name not in given
        }
        return NewJob(id=job, request=request, label="a job")

    return make


@contextmanager
def working(settings: Settings, owner: str = "one") -> Iterator[threading.Event]:
    """A worker in a thread. Setting the event ends it."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work(settings, owner=owner, stop=stop)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert not failed


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def ended(jobs: SqlJobs, job: str) -> JobRecord:
    until(lambda: jobs.get(job).has_ended)
    return jobs.get(job)


@with_either_database
def test_videos_are_made_one_after_another(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob], tmp_path: Path
) -> None:
    short = write_sound(tmp_path / "short.wav", 0.8)
    made = jobs.submit([new_job(), new_job(audio=short), new_job()])
    with working(settings):
        records = [ended(jobs, record.id) for record in made]
        assert living_workers(settings) == ["one"]
    assert [record.status for record in records] == ["completed"] * 3
    assert [video_info(output_path(settings, record.id)).frames for record in records] == [50, 20, 50]
    assert records[0].result is not None
    assert records[0].result["frames"] == 50
    assert records[0].thread_id == records[2].thread_id
    assert (records[0].progress.done, records[0].progress.total, records[0].progress.fraction) == (5, 5, 1.0)
    assert sorted(engine.drawn) == [0, 0, 1, 1, 2, 3, 4]
    assert engine.prepared == 1
    assert (living_workers(settings), dead_workers(settings)) == ([], [])


def test_what_cannot_be_made_says_why(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob], tmp_path: Path
) -> None:
    job = new_job()
    wrong = replace(job, request={**job.request, "audio": str(tmp_path / "missing.wav")})
    jobs.submit([wrong])
    with working(settings):
        record = ended(jobs, wrong.id)
    assert record.failure is not None
    assert (record.status, record.failure.kind, record.failure.mendable) == ("failed", "AudioError", True)
    assert "missing.wav" in record.failure.message


def test_the_unexpected_fails_the_job_and_not_the_worker(
    jobs: SqlJobs,
    settings: Settings,
    engine: CountingEngine,
    new_job: Callable[..., NewJob],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("orchestrator.nodes.motion_synthesis.synthesize_motion", None, raising=False)
    monkeypatch.setattr("orchestrator.run.result_of", lambda *_: 1 / 0)
    broken = jobs.submit([new_job()])[0].id
    with working(settings):
        record = ended(jobs, broken)
        monkeypatch.undo()
    assert record.failure is not None
    assert (record.status, record.failure.kind) == ("failed", "ZeroDivisionError")
    assert (settings.data_dir / "logs" / f"job-{broken}.txt").exists()


@with_either_database
def test_a_running_job_is_cancelled_and_the_next_one_begins(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob], tmp_path: Path
) -> None:
    engine.wait_for = threading.Event()
    other = write_sound(tmp_path / "other.wav", 0.8)
    job, following = (record.id for record in jobs.submit([new_job(), new_job(audio=other)]))
    with working(settings):
        until(lambda: jobs.get(job).progress.stage == "video_generation")
        assert jobs.cancel(job).status == "running"
        time.sleep(0.5)
        engine.wait_for.set()
        assert ended(jobs, job).status == "cancelled"
        assert ended(jobs, following).status == "completed"
    assert not output_path(settings, job).exists()


class Gate(threading.Event):
    """Lets an engine begin a chunk while it has drawn fewer than so many; after that when it is set."""

    def __init__(self, engine: CountingEngine, chunks: int) -> None:
        super().__init__()
        self._engine, self._chunks = engine, chunks

    def wait(self, timeout: float | None = None) -> bool:
        return len(self._engine.drawn) < self._chunks or super().wait(timeout)


@with_either_database
def test_a_worker_that_is_stopped_leaves_its_job_to_the_next(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob], tmp_path: Path
) -> None:
    """Nothing that was finished is drawn again, and the result's seconds are those of both."""
    long = write_sound(tmp_path / "long.wav", 12.0)
    engine.wait_for = gate = Gate(engine, 4)
    job = jobs.submit([new_job(audio=long)])[0].id
    with working(settings):
        until(lambda: jobs.get(job).progress.done >= 2)
        threading.Timer(0.5, gate.set).start()
    left = jobs.get(job)
    assert (left.status, left.attempts, left.queued_at) == ("queued", 0, left.created_at)
    before = list(engine.drawn)
    assert 2 <= len(before) < 30
    with working(settings, "two"):
        record = ended(jobs, job)
    assert record.status == "completed"
    assert sorted(engine.drawn) == list(range(record.progress.total))
    assert record.progress.done == record.progress.total
    assert record.result is not None
    assert record.result["seconds"]["total"] > record.result["seconds"]["video_generation"] > 0
    assert "audio_processing" in record.result["seconds"]


@with_either_database
def test_a_long_job_steps_back_for_a_short_one(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob], tmp_path: Path
) -> None:
    hurried = settings.model_copy(update={"turn_seconds": 0.0})
    sounds = [write_sound(tmp_path / f"{seconds}.wav", seconds) for seconds in (30.0, 0.8)]
    long, short = (record.id for record in jobs.submit([new_job(audio=sound) for sound in sounds]))
    with working(hurried):
        records = {job: ended(jobs, job) for job in (short, long)}
    assert [record.status for record in records.values()] == ["completed"] * 2
    assert (records[short].finished_at or 0) < (records[long].finished_at or 0)
    assert len(engine.drawn) == records[long].progress.total + records[short].progress.total


def test_a_review_waits_and_goes_on(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob]
) -> None:
    job = jobs.submit([new_job(review=True)])[0].id
    with working(settings):
        until(lambda: jobs.get(job).status == "waiting_review")
        result = jobs.get(job).result
        assert result is not None
        jobs.resume(job, result["performance"])
        assert ended(jobs, job).status == "completed"


@with_either_database
def test_a_dead_workers_job_is_taken_over_at_once(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, new_job: Callable[..., NewJob]
) -> None:
    (settings.data_dir / "workers").mkdir(parents=True)
    (settings.data_dir / "workers" / "killed.lock").touch()
    job = jobs.submit([new_job()])[0].id
    patient = settings.model_copy(update={"lease_seconds": 3600.0})
    jobs.claim("killed")
    with working(patient):
        record = ended(jobs, job)
    assert (record.status, record.attempts) == ("completed", 1)
    assert dead_workers(settings) == []


def test_a_database_that_is_away_for_a_while_ends_nothing(
    jobs: SqlJobs,
    settings: Settings,
    engine: CountingEngine,
    new_job: Callable[..., NewJob],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = {"claim": 0, "renew": 0, "finish": 0}

    def away_at_first(name: str) -> Any:
        real = getattr(SqlJobs, name)

        def call(self: SqlJobs, *given: Any, **named: Any) -> Any:
            calls[name] += 1
            if calls[name] == 1:
                raise DatabaseError("away")
            return real(self, *given, **named)

        return call

    for name in calls:
        monkeypatch.setattr(SqlJobs, name, away_at_first(name))
    job = jobs.submit([new_job()])[0].id
    with working(settings):
        assert ended(jobs, job).status == "completed"
    assert calls["renew"] >= 1
    assert min(calls["claim"], calls["finish"]) >= 2


def test_a_queue_that_cannot_be_opened_ends_the_worker(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(AvatarError):
        work(settings.model_copy(update={"data_dir": tmp_path / "file"}), owner="one", stop=threading.Event())
