"""Figures of the table of jobs, checked against jobs whose times are known."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.jobs import statistics
from tests.api.rest.watched_service import WatchedService, open_watched

NOW = 1_800_000_000.0
HOUR = 3600.0


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchedService]:
    monkeypatch.setattr("api.rest.routes.stats.time", SimpleNamespace(time=lambda: NOW))
    with open_watched(tmp_path) as found:
        yield found


def finished(watched: WatchedService, ago: float, took: float, wait: float = 0.0, **result: Any) -> str:
    """A job that ended so long before NOW, with 10 s of video."""
    job = watched.complete(**{"duration": 10.0, "seconds": {"video_generation": 0.5, "total": took}, **result}).id
    end = NOW - ago
    watched.set_times(job, created_at=end - took - wait, started_at=end - took, finished_at=end)
    return job


def get(watched: WatchedService, what: str) -> dict[str, Any]:
    answer = watched.client.get(f"/api/v1/stats/{what}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_new_service_has_done_nothing(watched: WatchedService) -> None:
    found = get(watched, "dashboard")
    nothing = {"submitted": 0, "completed": 0, "failed": 0, "cancelled": 0, "video_seconds": 0.0}
    assert found["all_time"] == found["last_24_hours"] == found["last_7_days"] == nothing
    assert found["job_seconds"] is found["queue_seconds"] is found["speed"] is None
    assert found["engines"] == found["characters"] == found["failures"] == []
    assert set(found["by_status"].values()) == {0}
    assert get(watched, "performance") == {"jobs": [], "stages": [], "speed": None}


def test_periods_count_what_ended_in_them(watched: WatchedService) -> None:
    finished(watched, ago=HOUR, took=2)
    finished(watched, ago=3 * 24 * HOUR, took=2)
    finished(watched, ago=30 * 24 * HOUR, took=2)
    failed = watched.fail().id
    watched.set_times(failed, created_at=NOW - HOUR, finished_at=NOW - HOUR)
    old = watched.submit().id
    watched.jobs.cancel(old)
    watched.set_times(old, created_at=NOW - 8 * 24 * HOUR, finished_at=NOW - 2 * 24 * HOUR)
    found = get(watched, "dashboard")
    day, week, ever = found["last_24_hours"], found["last_7_days"], found["all_time"]
    assert day == {"submitted": 2, "completed": 1, "failed": 1, "cancelled": 0, "video_seconds": 10.0}
    assert week == {"submitted": 3, "completed": 2, "failed": 1, "cancelled": 1, "video_seconds": 20.0}
    assert ever == {"submitted": 5, "completed": 3, "failed": 1, "cancelled": 1, "video_seconds": 30.0}
    assert (found["by_status"]["completed"], found["by_status"]["failed"]) == (3, 1)


def test_spreads_of_times_and_speed(watched: WatchedService) -> None:
    for index, took in enumerate((1.0, 2.0, 4.0, 5.0, 10.0)):
        finished(watched, ago=HOUR + index, took=took, wait=took / 10)
    finished(watched, ago=HOUR, took=0.001, served=True)
    found = get(watched, "dashboard")
    assert found["job_seconds"]["median"] == pytest.approx(4.0)
    assert found["job_seconds"]["p95"] == pytest.approx(9.0)
    assert found["speed"]["median"] == pytest.approx(2.5)
    assert found["queue_seconds"]["median"] == pytest.approx(0.3)
    assert [found[name]["count"] for name in ("job_seconds", "speed", "queue_seconds")] == [5, 5, 6]


def test_what_is_used_and_what_fails_most(watched: WatchedService) -> None:
    for engine in ("puppet", "still", "puppet"):
        finished(watched, ago=HOUR, took=2, renderer={"name": engine, "why": "", "passed_over": []})
    for kind in ("AudioError", "PortraitError", "PortraitError"):
        watched.fail(kind)
    found = get(watched, "dashboard")
    assert found["engines"] == [{"name": "puppet", "count": 2}, {"name": "still", "count": 1}]
    assert found["failures"] == [{"name": "PortraitError", "count": 2}, {"name": "AudioError", "count": 1}]


def test_characters_by_use(watched: WatchedService) -> None:
    for character in ("a" * 22, "b" * 22, "b" * 22, None):
        job = watched.submit()
        watched.set_character(job.id, character)
    assert get(watched, "dashboard")["characters"] == [
        {"character_id": "b" * 22, "count": 2},
        {"character_id": "a" * 22, "count": 1},
    ]


def test_the_series_of_jobs_and_their_stages(watched: WatchedService) -> None:
    first = finished(watched, ago=20, took=5, wait=1, seconds={"audio_processing": 1.0, "render": 3.0})
    second = finished(watched, ago=10, took=2, seconds={"audio_processing": 2.0, "render": 5.0})
    served = finished(watched, ago=5, took=0.01, seconds={"audio_processing": 99.0}, served=True)
    found = get(watched, "performance")
    assert [job["job_id"] for job in found["jobs"]] == [first, second, served]
    job = found["jobs"][0]
    assert job["seconds"] == pytest.approx(5)
    assert job["queue_seconds"] == pytest.approx(1)
    assert (job["duration"], job["frames"], job["width"], job["height"]) == (10.0, 50, 64, 64)
    assert job["real_time_factor"] == pytest.approx(0.5)
    assert job["speed"] == pytest.approx(2)
    assert job["stages"] == {"audio_processing": 1.0, "render": 3.0}
    assert job["finished_at"] == "2027-01-15T07:59:40.000Z"
    assert [(stage["name"], stage["median"], stage["count"]) for stage in found["stages"]] == [
        ("audio_processing", 1.5, 2),
        ("render", 4.0, 2),
    ]
    assert found["speed"] == {"median": pytest.approx(3.5), "p95": pytest.approx(4.85), "count": 2}


def test_the_series_is_of_the_newest(watched: WatchedService) -> None:
    ended = [finished(watched, ago=ago, took=1) for ago in (30, 20, 10)]
    answer = watched.client.get("/api/v1/stats/performance?limit=2")
    assert [job["job_id"] for job in answer.json()["jobs"]] == ended[1:]


@pytest.mark.parametrize("limit", ["0", "501", "many"])
def test_a_limit_out_of_range_is_refused(watched: WatchedService, limit: str) -> None:
    answer = watched.client.get(f"/api/v1/stats/performance?limit={limit}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")


def test_busy_workers_are_those_with_a_good_lease(watched: WatchedService) -> None:
    job = watched.submit().id
    watched.start()
    now = watched.jobs.get(job).started_at or 0.0
    assert list(statistics.busy_workers(watched.engine, now).values()) == [job]
    assert statistics.busy_workers(watched.engine, now + 3600) == {}
