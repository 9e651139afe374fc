"""Jobs: listing, cancelling, removing."""

import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from orchestrator.jobs.names import output_path
from tests.api.rest.service_fakes import FakeWorker

MISSING = "0199d1c0a3f2a1b2c3d4e5"


def queued(client: TestClient, inputs: dict[str, str], **more: object) -> str:
    answer = client.post("/api/v1/jobs", json={**inputs, **more})
    assert answer.status_code == 202, answer.text
    number: str = answer.json()["job_id"]
    return number


def test_jobs_are_listed_newest_first_a_page_at_a_time(client: TestClient, inputs: dict[str, str]) -> None:
    made = [queued(client, inputs, seed=seed) for seed in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = client.get("/api/v1/jobs", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [job["job_id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True)
    assert cursor is None


def test_jobs_are_listed_by_their_status(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    first, second = queued(client, inputs), queued(client, inputs, seed=2)
    worker.complete(worker.claim())
    done = client.get("/api/v1/jobs", params={"status": "completed"}).json()["jobs"]
    waiting = client.get("/api/v1/jobs", params={"status": "queued"}).json()["jobs"]
    assert ([job["job_id"] for job in done], [job["job_id"] for job in waiting]) == ([first], [second])


@pytest.mark.parametrize(
    "query", ["status=done", "limit=0", "limit=201", "limit=many", "cursor=%00", "batch=a/b", "character=%ff"]
)
def test_queries_are_checked(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/jobs?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_running_job_tells_how_far_it_is(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    number = queued(client, inputs)
    worker.claim()
    worker.report(number, stage="video_generation", done=3, total=5, fraction=0.62, seconds_left=1.5)
    job = client.get(f"/api/v1/jobs/{number}").json()
    assert (job["status"], job["stage"], job["progress"], job["seconds_left"]) == (
        "running",
        "video_generation",
        0.62,
        1.5,
    )
    assert (job["chunks_done"], job["chunks_total"]) == (3, 5)
    assert job["started_at"].endswith("Z")
    assert job["finished_at"] is None


def test_a_waiting_job_is_cancelled_then_removed(client: TestClient, inputs: dict[str, str]) -> None:
    number = queued(client, inputs)
    answer = client.delete(f"/api/v1/jobs/{number}")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert client.delete(f"/api/v1/jobs/{number}").status_code == 204
    assert client.get(f"/api/v1/jobs/{number}").status_code == 404


def test_a_running_job_is_asked_to_end(client: TestClient, worker: FakeWorker, inputs: dict[str, str]) -> None:
    number = queued(client, inputs)
    record = worker.claim()
    answer = client.delete(f"/api/v1/jobs/{number}")
    assert (answer.status_code, answer.json()["status"]) == (202, "running")
    assert worker.report(number, fraction=0.5) == "cancel"
    worker.cancel(record)
    assert client.get(f"/api/v1/jobs/{number}").json()["status"] == "cancelled"


def test_cancelling_never_removes(
    client: TestClient, service: Service, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    waiting, done = queued(client, inputs), queued(client, inputs, seed=2)
    answer = client.post(f"/api/v1/jobs/{waiting}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    running = worker.claim()
    assert client.post(f"/api/v1/jobs/{done}/cancel").status_code == 202
    worker.complete(running)
    for number, status in ((waiting, "cancelled"), (done, "completed")):
        refused = client.post(f"/api/v1/jobs/{number}/cancel")
        assert (refused.status_code, refused.json()["kind"]) == (409, "ConflictError")
        assert client.get(f"/api/v1/jobs/{number}").json()["status"] == status
    assert output_path(service.settings, done).is_file()
    assert client.post(f"/api/v1/jobs/{MISSING}/cancel").status_code == 404


def test_a_finished_video_is_removed_with_its_job(
    client: TestClient, service: Service, worker: FakeWorker, inputs: dict[str, str]
) -> None:
    number = queued(client, inputs)
    worker.complete(worker.claim())
    assert output_path(service.settings, number).is_file()
    assert client.delete(f"/api/v1/jobs/{number}").status_code == 204
    assert not output_path(service.settings, number).exists()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_jobs_are_missing(client: TestClient, method: str) -> None:
    answer = client.request(method, f"/api/v1/jobs/{MISSING}")
    assert (answer.status_code, answer.json()["kind"]) == (404, "NotFoundError")
