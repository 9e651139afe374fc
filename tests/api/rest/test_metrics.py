"""Prometheus' own parser reads the metrics; labels stay few whatever clients ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.database import DatabaseError
from orchestrator.jobs.presence import present
from tests.api.rest.watched_service import OWNER, WatchedService, open_watched

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path, max_queue=7) as found:
        yield found


def scraped(watched: WatchedService) -> Samples:
    answer = watched.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, f"{key} is there twice"
            found[key] = sample.value
    return found


def test_jobs_queue_workers_and_speed(watched: WatchedService) -> None:
    watched.fail("AudioError")
    job = watched.complete().id
    watched.set_times(job, created_at=100.0, started_at=101.0, finished_at=102.0)
    watched.submit()
    with present(watched.settings, OWNER):
        found = scraped(watched)
    by_status = {labels[0][1]: value for (name, labels), value in found.items() if name == "avatar_jobs"}
    assert by_status == {
        **dict.fromkeys(("running", "waiting_review", "cancelled"), 0),
        **dict.fromkeys(("queued", "completed", "failed"), 1),
    }
    assert found["avatar_workers", ()] == 1
    assert found["avatar_queue_limit", ()] == 7
    assert found["avatar_video_seconds", ()] == 2.0
    assert found["avatar_jobs_failed", (("kind", "AudioError"),)] == 1
    assert found["avatar_videos", (("engine", "puppet"),)] == 1
    assert found["avatar_job_seconds", (("quantile", "0.5"),)] == 0.8
    assert found["avatar_job_speed", (("quantile", "0.95"),)] == 2.5
    assert found["avatar_database_up", ()] == 1
    assert found["avatar_disk_free_bytes", ()] > 0
    assert any(name == "process_resident_memory_bytes" for name, _ in found)


def test_requests_are_counted_by_the_templates_of_their_routes(watched: WatchedService) -> None:
    job = watched.complete().id
    for path in (f"/api/v1/jobs/{job}/video", f"/api/v1/jobs/{'0' * 22}/video", "/wp-admin.php", "/x" * 50):
        watched.client.get(path)
    watched.client.request("BREW", "/health")
    counted = {
        (labels["method"], labels["route"], labels["status"]): value
        for (name, pairs), value in scraped(watched).items()
        if name == "avatar_http_request_seconds_count" and (labels := dict(pairs))
    }
    assert counted == {
        ("GET", "/api/v1/jobs/{job_id}/video", "200"): 1,
        ("GET", "/api/v1/jobs/{job_id}/video", "404"): 1,
        ("GET", "unmatched", "404"): 2,
        ("OTHER", "/health", "405"): 1,
    }


def test_requests_in_flight_and_those_that_fail(watched: WatchedService) -> None:
    @watched.app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a fault")

    assert watched.client.get("/broken").status_code == 500
    found = scraped(watched)
    assert found["avatar_http_requests_open", ()] == 1
    labels = (("method", "GET"), ("route", "/broken"), ("status", "500"))
    assert found["avatar_http_request_seconds_count", labels] == 1


def test_metrics_come_without_the_database(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> float:
        raise DatabaseError("The database is away.")

    monkeypatch.setattr("orchestrator.jobs.statistics.oldest_wait", away)
    found = scraped(watched)
    assert found["avatar_database_up", ()] == 0
    assert not any(name == "avatar_jobs" for name, _ in found)
