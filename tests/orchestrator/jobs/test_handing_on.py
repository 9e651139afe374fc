"""What a worker hands back: no cancel is lost, no clock is trusted, nothing is stored that cannot be read again."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar.settings import Settings, load_settings
from orchestrator.database import open_database
from orchestrator.jobs import leases, statistics
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.record import JobFailure, NewJob
from orchestrator.jobs.table import SqlJobs
from tests.orchestrator.jobs.conftest import open_jobs

MakeJob = Callable[..., NewJob]


@pytest.mark.parametrize("hand", ["in", "back"])
def test_no_cancel_is_lost_while_a_job_is_handed_on(
    jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch, hand: str
) -> None:
    """Somebody cancels between the look at the job and the change of it."""
    job = jobs.submit([new_job()])[0].id
    jobs.claim("one")
    canceller = threading.Thread(target=jobs.cancel, args=(job,))
    change = leases.change

    def change_late(*given: Any) -> int:
        canceller.start()
        canceller.join(0.5)
        return change(*given)

    with monkeypatch.context() as patch:
        patch.setattr(leases, "change", change_late)
        if hand == "in":
            jobs.finish(job, "one", Outcome(status="waiting_review", result={}))
        else:
            jobs.step_back(job, "one")
    canceller.join(60)
    assert jobs.get(job).status == "cancelled"


def test_a_machine_whose_clock_is_wrong_takes_no_job(postgres_url: str, tmp_path: Path, new_job: MakeJob) -> None:
    settings = load_settings(data_dir=tmp_path / "data", database_url=postgres_url)
    for jobs in open_jobs(settings):
        job = jobs.submit([new_job(), new_job()])[0].id
        jobs.claim("one")
        jobs.claim("one")
        with pytest.MonkeyPatch.context() as patch:
            ahead = time.time() + 1000
            patch.setattr(time, "time", lambda ahead=ahead: ahead)
            assert jobs.claim("two") is None
            assert jobs.renew(job, "one", thread_id="") == "go_on"


def test_results_that_no_database_could_read_again_are_mended(
    jobs: SqlJobs, queue_settings: Settings, new_job: MakeJob
) -> None:
    done, failed = (record.id for record in jobs.submit([new_job(), new_job()]))
    result = {"duration": 1.0, "renderer": {"name": "still"}, "served": False, "transcribed_text": "a\0b \ud800"}
    jobs.claim("one")
    assert jobs.finish(done, "one", Outcome(status="completed", result=result))
    jobs.claim("one")
    failure = JobFailure(kind="AudioError", message="No\0 sound.", cure="", mendable=True)
    assert jobs.finish(failed, "one", Outcome(status="failed", failure=failure))
    assert jobs.get(done).result == {**result, "transcribed_text": "ab ?"}
    engine = open_database(queue_settings)
    try:
        assert [made.id for made in statistics.Ledger(engine).made()] == [done]
        assert statistics.failures(engine) == {"AudioError": 1}
    finally:
        engine.dispose()
