"""Events are read as the standard has them, and survive the loss of the connection."""

import json

import httpx
import pytest

from client import AvatarServiceError
from client.events import Event, parsed
from tests.client.client_fakes import Broken, Service, busy, client_of


def told(number: int, kind: str, **job: object) -> str:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps({'job_id': '0199', 'status': 'running', **job})}\n\n"


def test_events_are_parsed() -> None:
    text = (
        ': still here\nretry: 1000\n\nid: 4\nevent: progress\ndata: {"a":\ndata: 1}\n\ndata:{"b": 2}\n\nid: 5\ndata: {'
    )
    assert list(parsed(text.split("\n"))) == [
        Event("progress", {"a": 1}, "4"),
        Event("message", {"b": 2}, "4"),
    ]


def test_a_lost_connection_goes_on_after_the_last_event(pauses: list[float]) -> None:
    service = Service(
        httpx.Response(200, stream=Broken((told(3, "progress", progress=0.1) + "id: 4\ndata: {").encode())),
        httpx.ConnectError("refused"),
        busy(503),
        httpx.Response(200, text=told(7, "progress", progress=0.5)),
        httpx.Response(200, text=told(9, "end", status="completed", progress=1.0)),
    )
    with client_of(service) as client:
        seen = [(job.status, job.progress) for job in client.events("0199")]
    assert seen == [("running", 0.1), ("running", 0.5), ("completed", 1.0)]
    assert [request.headers.get("Last-Event-ID") for request in service.requests] == [None, "3", "3", "3", "7"]


def test_a_job_that_fails_raises_its_error() -> None:
    failed = told(9, "end", status="failed", error={"kind": "PortraitError", "message": "No face.", "cure": "Another."})
    with (
        client_of(Service(httpx.Response(200, text=failed))) as client,
        pytest.raises(AvatarServiceError, match=r"No face\. Another\.") as error,
    ):
        client.wait_for("0199")
    assert (error.value.kind, error.value.job_id, error.value.status) == ("PortraitError", "0199", None)


def test_a_job_that_does_not_exist_is_not_waited_for() -> None:
    service = Service(httpx.Response(404, json={"detail": "There is no job 0199.", "kind": "NotFoundError"}))
    with client_of(service) as client, pytest.raises(AvatarServiceError, match="There is no job"):
        client.wait_for("0199")


def test_waiting_ends_when_the_time_is_up(pauses: list[float]) -> None:
    service = Service(*(httpx.Response(200, text=told(3, "progress")) for _ in range(40)))
    with client_of(service) as client, pytest.raises(TimeoutError):
        client.wait_for("0199", timeout=2)


def test_an_ended_job_has_no_more_events() -> None:
    with client_of(Service(httpx.Response(204))) as client:
        assert list(client.events("0199")) == []


def test_a_video_that_takes_too_long_is_the_job_as_it_stands(pauses: list[float]) -> None:
    running = httpx.Response(200, json={"job_id": "0199", "status": "running", "progress": 0.5})
    news = [httpx.Response(200, text=told(3, "progress")) for _ in range(4)]
    with client_of(Service(httpx.Response(202, json={"job_id": "0199", "status": "queued"}), *news, running)) as client:
        job = client.generate(character="nova", text="Hello", wait=1)
    assert (job.status, job.progress) == ("running", 0.5)
