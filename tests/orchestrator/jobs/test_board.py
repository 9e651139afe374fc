"""What everybody but the workers sees and changes. On SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest

from avatar.errors import ConflictError, NotFoundError, QueueFullError
from avatar.settings import Settings
from orchestrator.jobs import board, table
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import UNENDED, JobFilter, NewJob
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.traces import forgotten_threads

MakeJob = Callable[..., NewJob]


def finished(jobs: SqlJobs, job: NewJob, thread_id: str = "thread") -> str:
    jobs.submit([job])
    jobs.claim("one")
    jobs.renew(job.id, "one", thread_id=thread_id)
    jobs.finish(job.id, "one", Outcome(status="completed", result={}))
    return job.id


def waiting_for_review(jobs: SqlJobs, job: NewJob) -> str:
    jobs.submit([job])
    jobs.claim("one")
    jobs.finish(job.id, "one", Outcome(status="waiting_review", result={"performance": {}}))
    return job.id


@pytest.mark.parametrize("name", ["0123", "", "a\0b", "\ud800", "x" * 1000, "'; DROP TABLE jobs"])
def test_a_job_that_nobody_made_is_not_found(jobs: SqlJobs, name: str) -> None:
    for call in (jobs.get, jobs.cancel, jobs.remove, lambda job: jobs.resume(job, {})):
        with pytest.raises(NotFoundError):
            call(name)
    assert jobs.look([name]) == {}
    assert jobs.page(JobFilter(batch=name)) == []


def test_pages_go_from_new_to_old(jobs: SqlJobs, new_job: MakeJob) -> None:
    made = [jobs.submit([new_job(batch="b" if number % 2 else None)])[0].id for number in range(7)]
    newest = sorted(made, reverse=True)
    first = jobs.page(JobFilter(), limit=4)
    assert [record.id for record in first] == newest[:4]
    assert [record.id for record in jobs.page(JobFilter(), before=first[-1].id)] == newest[4:]
    assert {record.id for record in jobs.page(JobFilter(batch="b"))} == {made[1], made[3], made[5]}
    assert jobs.page(JobFilter(status="running")) == []
    assert jobs.page(JobFilter(character="nobody")) == []


def test_many_jobs_are_looked_at_at_once(jobs: SqlJobs, new_job: MakeJob) -> None:
    made = [record.id for record in jobs.submit([new_job() for _ in range(50)])]
    assert set(jobs.look([*made, *(f"{number:022x}" for number in range(2000))])) == set(made)


def test_every_status_is_counted(jobs: SqlJobs, new_job: MakeJob) -> None:
    finished(jobs, new_job())
    jobs.submit([new_job(), new_job()])
    counts = jobs.counts()
    assert (counts["completed"], counts["queued"], counts["failed"], sum(counts.values())) == (1, 2, 0, 3)


def test_a_waiting_job_is_cancelled_at_once(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = jobs.submit([new_job()])[0].id
    record = jobs.cancel(job)
    assert (record.status, record.finished_at is not None) == ("cancelled", True)
    assert jobs.claim("one") is None
    with pytest.raises(ConflictError, match="cancelled"):
        jobs.cancel(job)


def test_a_running_job_is_asked_to_end(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = jobs.submit([new_job()])[0].id
    jobs.claim("one")
    record = jobs.cancel(job)
    assert (record.status, record.cancel_requested) == ("running", True)
    assert jobs.finish(job, "one", Outcome(status="cancelled"))
    assert jobs.get(job).status == "cancelled"


def test_a_review_that_is_handed_in_goes_on(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = waiting_for_review(jobs, new_job(text="Hello", review=True))
    assert jobs.get(job).finished_at is None
    assert not jobs.get(job).has_ended
    record = jobs.resume(job, {"cues": []})
    assert record.status == "queued"
    assert record.request == {"text": "Hello", "review": True, "performance": {"cues": []}}
    with pytest.raises(ConflictError, match="queued"):
        jobs.resume(job, {})
    assert jobs.claim("one") is not None


def test_a_review_finds_the_queue_full(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = waiting_for_review(jobs, new_job())
    jobs.submit([new_job() for _ in range(50)])
    with pytest.raises(QueueFullError):
        jobs.resume(job, {})
    assert jobs.get(job).status == "waiting_review"


def test_a_review_can_be_given_up(jobs: SqlJobs, new_job: MakeJob) -> None:
    assert jobs.cancel(waiting_for_review(jobs, new_job())).status == "cancelled"


def test_an_ended_job_is_forgotten_with_its_video(jobs: SqlJobs, queue_settings: Settings, new_job: MakeJob) -> None:
    job = finished(jobs, new_job(), thread_id="thread")
    video, folder = output_path(queue_settings, job), queue_settings.data_dir / "jobs" / "thread"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"video")
    folder.mkdir(parents=True)
    assert jobs.thread_statuses("thread") == {"completed"}
    assert jobs.remove(job).id == job
    assert not video.exists()
    assert forgotten_threads(queue_settings) == ["thread"]
    assert not jobs.thread_statuses("thread")
    with pytest.raises(NotFoundError):
        jobs.get(job)


def test_a_job_in_hand_is_not_removed(jobs: SqlJobs, new_job: MakeJob) -> None:
    job = jobs.submit([new_job()])[0].id
    for _ in range(2):
        with pytest.raises(ConflictError, match="not ended"):
            jobs.remove(job)
        jobs.claim("one")


def test_any_text_can_be_kept(jobs: SqlJobs, new_job: MakeJob) -> None:
    text = "naïve \0 \ud800 日本語 🎬"
    record = jobs.submit([new_job(label="a\0b 日本語", text=text)])[0]
    assert record.request == {"text": text}
    assert record.label == "a b 日本語"
    assert jobs.submit([]) == []


def test_every_job_of_several_statuses_is_found_in_one_go(
    jobs: SqlJobs, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "PAGE_ROWS", 2)
    finished(jobs, new_job())
    review = waiting_for_review(jobs, new_job())
    others = [record.id for record in jobs.submit([new_job() for _ in range(4)])]
    jobs.claim("one")
    found = jobs.every(JobFilter(statuses=UNENDED))
    assert [record.id for record in found] == sorted([review, *others], reverse=True)
    assert len(list(jobs.every(JobFilter()))) == 6


def test_a_folder_is_marked_before_its_job_goes(
    jobs: SqlJobs, queue_settings: Settings, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = finished(jobs, new_job(), thread_id="thread")
    (queue_settings.data_dir / "jobs" / "thread").mkdir(parents=True)
    marked: list[list[str]] = []
    monkeypatch.setattr(board, "remove", lambda *_: marked.append(forgotten_threads(queue_settings)))
    jobs.remove(job)
    assert marked == [["thread"]]
