"""What is forgotten, and what is not."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from avatar.settings import Settings, load_settings
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.record import JobFilter, NewJob
from orchestrator.jobs.retention import tidy
from orchestrator.jobs.table import SqlJobs
from tests.orchestrator.jobs.conftest import open_jobs

MakeJob = Callable[..., NewJob]
DAY = 86_400.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", retention_days=10, max_output_gigabytes=1e-6)


@pytest.fixture
def jobs(settings: Settings) -> Iterator[SqlJobs]:
    yield from open_jobs(settings)


@pytest.fixture
def finished(
    jobs: SqlJobs, settings: Settings, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """A job that was completed so many days ago, with a video of so many bytes."""

    def make(days: float, size: int = 10, thread: str = "thread", **request: str) -> str:
        now = time.time
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: now() - days * DAY)
            job = jobs.submit([new_job(**request)])[0].id
            jobs.claim("one")
            jobs.renew(job, "one", thread_id=thread)
            jobs.finish(job, "one", Outcome(status="completed", result={}))
        write(output_path(settings, job), size=size)
        write(settings.data_dir / "jobs" / thread / "result.json")
        return job

    return make


def write(path: Path, *, days: float = 0, size: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def kept(jobs: SqlJobs) -> set[str]:
    return {record.id for record in jobs.page(JobFilter())}


def test_old_jobs_go_with_their_files(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    old, new = finished(11, thread="old"), finished(9, thread="new")
    tidy(jobs, settings)
    assert kept(jobs) == {new}
    assert not output_path(settings, old).exists()
    assert output_path(settings, new).exists()
    assert [folder.name for folder in (settings.data_dir / "jobs").iterdir()] == ["new"]


def test_a_folder_that_another_job_has_too_stays(
    jobs: SqlJobs, settings: Settings, finished: Callable[..., str]
) -> None:
    finished(11)
    finished(1)
    tidy(jobs, settings)
    assert (settings.data_dir / "jobs" / "thread" / "result.json").exists()


def test_a_folder_in_hand_stays(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    finished(11)
    with FileLock(settings.data_dir / "jobs" / "thread" / "lock"):
        tidy(jobs, settings)
        assert (settings.data_dir / "jobs" / "thread").exists()
    tidy(jobs, settings)
    assert not (settings.data_dir / "jobs" / "thread").exists()


def test_the_oldest_videos_make_room(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    """A thousand bytes are allowed."""
    finished(3, size=400)
    newer = {finished(2, size=500), finished(1, size=300)}
    tidy(jobs, settings)
    assert kept(jobs) == newer


def test_jobs_that_have_not_ended_stay(jobs: SqlJobs, settings: Settings, new_job: MakeJob) -> None:
    made = {record.id for record in jobs.submit([new_job() for _ in range(2)])}
    jobs.claim("one")
    tidy(jobs, settings.model_copy(update={"retention_days": 1e-9}))
    assert kept(jobs) == made


def test_uploads_that_nobody_used_go(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    inputs = settings.data_dir / "inputs"
    unused, fresh = write(inputs / f"{'a' * 64}.png", days=2), write(inputs / f"{'b' * 64}.png")
    used = [write(inputs / name, days=5) for name in (f"{'c' * 64}.png", f"{'d' * 64}.wav")]
    portrait = write(settings.data_dir / "characters" / "me.png", days=400)
    finished(3, image=str(used[0]), audio=str(used[1]))
    tidy(jobs, settings)
    assert not unused.exists()
    assert all(path.exists() for path in (fresh, portrait, *used))


def test_videos_without_a_job_and_old_logs_go(jobs: SqlJobs, settings: Settings) -> None:
    gone = [write(output_path(settings, new_id()), days=2), write(settings.data_dir / "logs" / "old.txt", days=11)]
    stay = [write(output_path(settings, new_id())), write(settings.data_dir / "logs" / "new.txt", days=9)]
    tidy(jobs, settings)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in stay)


def test_what_a_person_put_there_stays(jobs: SqlJobs, settings: Settings) -> None:
    names = ("inputs/me.png", "inputs/speech/monday.wav", "outputs/demo.mp4", "outputs/benchmark.json")
    own = [write(settings.data_dir / name, days=400) for name in names]
    tidy(jobs, settings)
    assert all(path.exists() for path in own)


def test_what_was_made_of_a_video_goes_with_it(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    job = finished(11)
    made = [write(output_path(settings, job).with_suffix(suffix)) for suffix in (".jpg", ".json", ".csv")]
    tidy(jobs, settings)
    assert not any(path.exists() for path in made)


def test_one_process_at_a_time_tidies(jobs: SqlJobs, settings: Settings, finished: Callable[..., str]) -> None:
    finished(11)
    (settings.data_dir / "workers").mkdir()
    with FileLock(settings.data_dir / "workers" / "tidy"):
        tidy(jobs, settings)
        assert len(kept(jobs)) == 1
    tidy(jobs, settings)
    assert kept(jobs) == set()
