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
    names = (f"{'c' * 64}.png", f"{'d' * 64}.wav", f"{'e' * 64}.png", f"{'f' * 64}.mp4")
    used = [write(inputs / name, days=5) for name in names]
    portrait = write(settings.data_dir / "characters" / "me.png", days=400)
    image, audio, background, film = (str(path) for path in used)
    finished(3, image=image, audio=audio, background=background, expression_from=film)
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
    made = [write(output_path(settings, job).with_suffix(suffix)) for suffix in (".webm", ".jpg", ".json", ".csv")]
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


def test_a_waiting_jobs_upload_stays_wherever_a_link_leads(tmp_path: Path, new_job: MakeJob) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    settings = load_settings(data_dir=tmp_path / "link")
    for jobs in open_jobs(settings):
        picture = write(tmp_path / "real" / "inputs" / f"{'a' * 64}.png", days=2)
        sound = write(tmp_path / "real" / "inputs" / f"{'b' * 64}.wav", days=2)
        jobs.submit([new_job(image=str(picture), audio=str(tmp_path / "link" / "inputs" / sound.name))])
        tidy(jobs, settings)
        assert picture.exists()
        assert sound.exists()


def test_a_reviews_picture_stays(jobs: SqlJobs, settings: Settings, new_job: MakeJob) -> None:
    picture = write(settings.data_dir / "inputs" / f"{'a' * 64}.png", days=40)
    job = jobs.submit([new_job(image=str(picture))])[0].id
    jobs.claim("one")
    jobs.finish(job, "one", Outcome(status="waiting_review", result={}))
    tidy(jobs, settings)
    assert picture.exists()


def test_what_killed_processes_left_half_written_goes(jobs: SqlJobs, settings: Settings) -> None:
    folders = [settings.data_dir / name for name in ("inputs", "outputs")]
    old = [write(folder / ".part-0123.mp4", days=2) for folder in folders]
    new = [write(folder / ".part-4567.mp4") for folder in folders]
    tidy(jobs, settings)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in new)


def test_what_was_made_of_a_video_takes_room_too(
    jobs: SqlJobs, settings: Settings, finished: Callable[..., str]
) -> None:
    older, newer = finished(2, size=300), finished(1, size=300)
    write(output_path(settings, newer).with_suffix(".json"), size=600)
    tidy(jobs, settings)
    assert kept(jobs) == {newer}
    assert not output_path(settings, older).exists()


def test_jobs_that_others_remove_at_the_same_time_end_no_round(
    jobs: SqlJobs, settings: Settings, finished: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, _old = finished(12), finished(11)
    remove = jobs.remove

    def remove_late(job: str) -> object:
        if job == taken:
            remove(job)
        return remove(job)

    monkeypatch.setattr(jobs, "remove", remove_late)
    tidy(jobs, settings)
    assert kept(jobs) == set()


def test_a_log_that_a_process_writes_to_stays(jobs: SqlJobs, settings: Settings) -> None:
    log = write(settings.data_dir / "logs" / "workers-output.log", days=400)
    tidy(jobs, settings)
    assert log.exists()


def test_ended_jobs_hold_no_artifacts_back(jobs: SqlJobs, settings: Settings, new_job: MakeJob) -> None:
    """A job that stepped back and was cancelled then; one that waits, one in hand and a command's own stay."""
    signs = {}
    for thread in ("cancelled", "waits", "in-hand"):
        job = jobs.submit([new_job()])[0].id
        jobs.claim("one")
        jobs.renew(job, "one", thread_id=thread)
        if thread != "in-hand":
            jobs.step_back(job, "one")
        if thread != "waits":
            jobs.cancel(job)
        signs[thread] = write(settings.data_dir / "jobs" / thread / "running")
        if thread == "waits":
            jobs.claim("two")
    signs["command"] = write(settings.data_dir / "jobs" / "command" / "running")
    jobs.release("one")
    with FileLock(signs["in-hand"].parent / "lock"):
        tidy(jobs, settings)
        assert {thread for thread, sign in signs.items() if sign.exists()} == {"waits", "in-hand", "command"}
