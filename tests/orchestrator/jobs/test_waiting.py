"""A job that waits for its review for days, through whatever happens to the service meanwhile."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from avatar.settings import Settings
from avatar.telemetry import read_spans
from orchestrator.artifacts import ArtifactStore
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.record import JobRecord, NewJob
from orchestrator.jobs.retention import tidy
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.turns import request_of
from orchestrator.run import SPANS_FILE
from tests.orchestrator.jobs.conftest import open_jobs
from tests.orchestrator.jobs.test_worker import ended, until, working
from tests.orchestrator.pipeline_fakes import CountingEngine
from video_processor.encoding import video_info

Happening = Callable[[Settings, pytest.MonkeyPatch], None]


@pytest.fixture
def jobs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlJobs]:
    monkeypatch.setattr("orchestrator.jobs.worker.warm_up", lambda _settings: None)
    yield from open_jobs(settings)


@pytest.fixture
def waiting(jobs: SqlJobs, settings: Settings, engine: CountingEngine, request_for: Callable[..., Any]) -> str:
    """The number of a job that waits for its review, and whose worker has ended since."""
    job = new_id()
    output_path(settings, job).parent.mkdir(parents=True, exist_ok=True)
    wanted = request_for()
    request = {"image": str(wanted.image), "audio": str(wanted.audio), "output": str(output_path(settings, job))}
    jobs.submit([NewJob(id=job, request={**request, "review": True}, label="a job")])
    with working(settings):
        until(lambda: jobs.get(job).status == "waiting_review")
    return job


def nothing(_settings: Settings, _monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is started again, and that is all."""


def artifacts_are_pruned(settings: Settings, _monkeypatch: pytest.MonkeyPatch) -> None:
    ArtifactStore(settings.data_dir / "artifacts").prune(0, time.time() + 60)
    assert not list((settings.data_dir / "artifacts").iterdir())


def some_artifacts_are_pruned(settings: Settings, _monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (settings.data_dir / "artifacts").glob("framed-*"):
        path.unlink()


def the_program_is_another(_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.artifacts.code_version", lambda: "the next version")


def checkpoints_are_lost(settings: Settings, _monkeypatch: pytest.MonkeyPatch) -> None:
    for path in settings.data_dir.glob("checkpoints.sqlite*"):
        path.unlink()
    shutil.rmtree(settings.data_dir / "jobs")


@pytest.mark.parametrize(
    "happening",
    [nothing, artifacts_are_pruned, some_artifacts_are_pruned, the_program_is_another, checkpoints_are_lost],
)
def test_the_edited_performance_is_played_whatever_has_happened(
    happening: Happening,
    waiting: str,
    jobs: SqlJobs,
    settings: Settings,
    engine: CountingEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edited = {**(jobs.get(waiting).result or {})["performance"]}
    edited["controls"] = {**edited["controls"], "smile": 0.75}
    jobs.save_performance(waiting, edited)
    happening(settings, monkeypatch)
    tidy(jobs, settings)
    jobs.resume(waiting)
    with working(settings, "two"):
        record = ended(jobs, waiting)
    assert record.status == "completed", record.failure
    assert (record.result or {})["performance"] == edited
    assert video_info(output_path(settings, waiting)).frames == 50
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]


def test_what_is_still_there_is_not_made_again(waiting: str, jobs: SqlJobs, settings: Settings) -> None:
    before = jobs.get(waiting)
    jobs.resume(waiting)
    with working(settings, "two"):
        record = ended(jobs, waiting)
    assert record.thread_id == before.thread_id
    spans = read_spans(settings.data_dir / "jobs" / str(record.thread_id) / SPANS_FILE)
    assert [span.name for span in spans].count("audio_processing") == 1
    assert "approved in review" in (record.result or {})["director"]["why"]


def test_it_goes_on_in_its_thread_though_another_director_is_set_up(
    waiting: str, jobs: SqlJobs, settings: Settings
) -> None:
    before = jobs.get(waiting)
    edited = {**(before.result or {})["performance"]}
    edited["controls"] = {**edited["controls"], "smile": 0.75}
    jobs.save_performance(waiting, edited)
    jobs.resume(waiting)
    with working(settings.model_copy(update={"mistral_api_key": SecretStr("key")}), "two"):
        record = ended(jobs, waiting)
    assert record.thread_id == before.thread_id
    assert heard(settings, record) == 1
    assert "edited in review" in (record.result or {})["director"]["why"]


def test_what_another_program_worked_out_is_made_again(
    waiting: str, jobs: SqlJobs, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_program_is_another(settings, monkeypatch)
    jobs.resume(waiting)
    with working(settings, "two"):
        assert heard(settings, ended(jobs, waiting)) == 2


def test_a_job_that_goes_on_in_another_thread_leaves_no_folder_behind(
    jobs: SqlJobs, settings: Settings, engine: CountingEngine, request_for: Callable[..., Any]
) -> None:
    job, wanted = new_id(), request_for()
    output_path(settings, job).parent.mkdir(parents=True, exist_ok=True)
    request = {"image": str(wanted.image), "audio": str(wanted.audio), "output": str(output_path(settings, job))}
    jobs.submit([NewJob(id=job, request=request, label="a job")])
    jobs.claim("one")
    jobs.renew(job, "one", thread_id="earlier")
    jobs.step_back(job, "one", keep_place=True)
    folder = settings.data_dir / "jobs" / "earlier"
    folder.mkdir(parents=True)
    (folder / SPANS_FILE).touch()
    assert request_of(jobs.get(job)).forked_from == {"job": "", "thread": "earlier"}
    with working(settings, "two"):
        record = ended(jobs, job)
    tidy(jobs, settings)
    assert [path.name for path in (settings.data_dir / "jobs").iterdir() if path.is_dir()] == [record.thread_id]


def heard(settings: Settings, record: JobRecord) -> int:
    """How often the job's sound has been analysed in its thread."""
    spans = read_spans(settings.data_dir / "jobs" / str(record.thread_id) / SPANS_FILE)
    return [span.name for span in spans].count("audio_processing")


def test_a_job_that_waits_can_be_cancelled(waiting: str, jobs: SqlJobs, settings: Settings) -> None:
    assert jobs.cancel(waiting).status == "cancelled"
    jobs.remove(waiting)
    tidy(jobs, settings)
    assert not [path for path in (settings.data_dir / "jobs").iterdir() if path.is_dir()]
    assert not Path(output_path(settings, waiting)).exists()
