"""A job's events, over a real connection: they come as they happen, go on after a break, and end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.rest.routes import events
from orchestrator.jobs.dispatch import Outcome
from tests.api.rest.watched_service import PATIENCE_SECONDS, WatchedService, completed, open_watched, until


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path) as found:
        yield found


@pytest.fixture
def client(watched: WatchedService) -> Iterator[httpx.Client]:
    with watched.served() as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as found:
        yield found


def path(job: str) -> str:
    return f"/api/v1/jobs/{job}/events"


def parsed(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The events of a stream as EventSource would give them."""
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and not line.startswith(":"):
            event[name] = json.loads(value) if name in ("data", "retry") else value
        elif event and not line:
            yield event
            event = {}


def test_events_tell_stage_chunks_share_and_time_left_up_to_the_end(
    watched: WatchedService, client: httpx.Client
) -> None:
    job = watched.submit().id
    seen = []
    with client.stream("GET", path(job)) as answer:
        for event in parsed(answer.iter_lines()):
            seen.append(event)
            data = event.get("data", {})
            if data.get("status") == "queued":
                watched.start()
            elif data.get("status") == "running" and data["chunks_done"] == 0:
                watched.advance(job, 2)
            elif data.get("status") == "running":
                watched.end(job, completed())
    assert seen[0] == {"retry": 1000}
    assert [event["event"] for event in seen[1:]] == ["progress", "progress", "progress", "end"]
    numbers = [int(event["id"]) for event in seen[1:]]
    assert numbers == sorted(set(numbers))
    running, last = seen[3]["data"], seen[4]["data"]
    assert (running["stage"], running["chunks_done"], running["chunks_total"]) == ("video_generation", 2, 5)
    assert (running["progress"], running["seconds_left"]) == (0.4, 3.0)
    assert (last["status"], last["progress"]) == ("completed", 1.0)
    assert last["video_url"] == f"{client.base_url}/api/v1/jobs/{job}/video"


def test_headers_let_nobody_keep_events_back(watched: WatchedService, client: httpx.Client) -> None:
    job = watched.complete().id
    with client.stream("GET", path(job)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        answer.read()
    head = client.head(path(job))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


def test_after_a_break_the_events_go_on_behind_the_last_one(watched: WatchedService, client: httpx.Client) -> None:
    job = watched.submit().id
    watched.start()
    with client.stream("GET", path(job)) as answer:
        last = next(event["id"] for event in parsed(answer.iter_lines()) if "id" in event)
    watched.advance(job, 3)
    with client.stream("GET", path(job), headers={"Last-Event-ID": last}) as answer:
        following = next(event for event in parsed(answer.iter_lines()) if "id" in event)
    assert int(following["id"]) > int(last)
    assert following["data"]["chunks_done"] == 3


def test_who_has_seen_the_end_is_told_to_stop_asking(watched: WatchedService) -> None:
    record = watched.complete()
    answer = watched.client.get(path(record.id), headers={"Last-Event-ID": str(record.revision)})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("last", ["", "abc", "-5", "²", "99999", "9" * 40])
def test_a_number_that_no_event_can_have_counts_as_none(watched: WatchedService, last: str) -> None:
    record = watched.complete()
    answer = watched.client.get(path(record.id), headers={b"Last-Event-ID": last.encode()})
    assert [event["event"] for event in parsed(iter(answer.text.split("\n"))) if "id" in event] == ["end"]


def test_a_job_that_waits_for_review_ends_its_events(watched: WatchedService) -> None:
    job = watched.submit().id
    watched.start()
    watched.end(job, Outcome(status="waiting_review", result=completed().result))
    found = [event for event in parsed(iter(watched.client.get(path(job)).text.split("\n"))) if "id" in event]
    assert [(event["event"], event["data"]["status"]) for event in found] == [("end", "waiting_review")]


def test_a_heartbeat_comes_while_nothing_changes(
    watched: WatchedService, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    job = watched.submit().id
    with client.stream("GET", path(job)) as answer:
        assert next(line for line in answer.iter_lines() if line.startswith(":"))


def test_clients_that_go_away_leave_no_watch(watched: WatchedService, client: httpx.Client) -> None:
    job = watched.submit().id
    for _ in range(3):
        with client.stream("GET", path(job)) as answer:
            next(answer.iter_lines())
    until(lambda: watched.service.feed.watchers == 0)


def test_a_server_that_ends_waits_for_no_stream(watched: WatchedService) -> None:
    job = watched.submit().id
    with watched.served() as url:
        stream = httpx.stream("GET", url + path(job), timeout=PATIENCE_SECONDS)
        answer = stream.__enter__()
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("data:"))
    assert list(lines)[-1:] in ([], [""])
    stream.__exit__(None, None, None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_job_is_a_problem(watched: WatchedService, method: str) -> None:
    answer = watched.client.request(method, path("0" * 22))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
