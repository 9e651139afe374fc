"""The client keeps at it while the service is busy or away, within its patience, and says what was refused."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from client import AvatarClient, AvatarServiceError
from tests.client.client_fakes import JOB, Broken, Service, busy, client_of


def test_a_full_queue_is_tried_again_when_it_says(pauses: list[float]) -> None:
    service = Service(busy(429, 7), busy(429, 3), httpx.Response(202, json=JOB))
    with client_of(service) as client:
        assert client.submit(character="grace-hopper", text="Hello").job_id == "0199"
    assert pauses == [7, 3]
    assert len({request.content for request in service.requests}) == 1


def test_patience_ends(pauses: list[float]) -> None:
    with (
        client_of(Service(*(busy(429, 25) for _ in range(9))), patience=60) as client,
        pytest.raises(AvatarServiceError, match="Too many jobs wait") as refused,
    ):
        client.submit(character="grace-hopper", text="Hello")
    assert (refused.value.status, refused.value.kind, refused.value.retry_after) == (429, "QueueFullError", 25)
    assert pauses == [25, 25]


def test_a_service_that_is_away_is_waited_for(pauses: list[float]) -> None:
    away = httpx.ConnectError("refused")
    with client_of(Service(away, away, away, httpx.Response(202, json=JOB))) as client:
        assert client.submit(character="grace-hopper", text="Hello").status == "queued"
    assert pauses == [0.25, 0.5, 1.0]


def test_a_service_that_stays_away_is_named(pauses: list[float]) -> None:
    with (
        client_of(Service(*(httpx.ConnectError("refused") for _ in range(20))), patience=3) as client,
        pytest.raises(AvatarServiceError, match=r"No answer from http://service\.test: refused\. Is the") as error,
    ):
        client.jobs()
    assert error.value.status is None
    assert sum(pauses) <= 3


def test_a_job_is_not_asked_for_twice_when_the_answer_is_lost(pauses: list[float]) -> None:
    service = Service(httpx.ReadError("reset"))
    with client_of(service) as client, pytest.raises(AvatarServiceError, match="reset"):
        client.submit(character="grace-hopper", text="Hello")
    assert pauses == []


def test_a_job_is_not_asked_for_twice_by_a_service_that_may_have_it(pauses: list[float]) -> None:
    service = Service(busy(503, 3))
    with client_of(service) as client, pytest.raises(AvatarServiceError, match="Too many jobs wait") as refused:
        client.submit(character="grace-hopper", text="Hello")
    assert (refused.value.status, pauses) == (503, [])


def test_a_cancelling_is_repeated_and_leaves_what_has_ended(pauses: list[float]) -> None:
    service = Service(busy(503, 3), httpx.ReadError("reset"), busy(409), httpx.Response(200, json=JOB))
    with client_of(service) as client:
        assert client.cancel("0199").job_id == "0199"
    asked = [(request.method, request.url.path) for request in service.requests]
    assert asked == [("POST", "/api/v1/jobs/0199/cancel")] * 3 + [("GET", "/api/v1/jobs/0199")]


def test_a_look_is_repeated_when_the_answer_is_lost(pauses: list[float]) -> None:
    with client_of(Service(httpx.ReadError("reset"), httpx.Response(200, json=JOB))) as client:
        assert client.job("0199").label == "Grace Hopper"


def test_a_problem_is_told_with_its_fields() -> None:
    problem = {
        "detail": "2 rows cannot be used.",
        "kind": "InputError",
        "cure": "Correct them.",
        "errors": [{"field": "fps", "message": "too many", "row": 3}, {"field": "jobs.1.text", "message": "missing"}],
    }
    with client_of(Service(httpx.Response(422, json=problem))) as client, pytest.raises(AvatarServiceError) as refused:
        client.batch([{"character": "nova", "text": "Hello"}])
    assert str(refused.value) == "2 rows cannot be used. Correct them."
    assert refused.value.fields == {"row 3: fps": "too many", "jobs.1.text": "missing"}
    assert not refused.value.is_passing


def test_an_answer_that_is_no_problem_document_is_told_as_it_is() -> None:
    with (
        client_of(Service(httpx.Response(502, text="<h1>Bad gateway</h1>"))) as client,
        pytest.raises(AvatarServiceError, match="502 Bad Gateway: <h1>Bad gateway") as refused,
    ):
        client.status()
    assert (refused.value.kind, refused.value.status) == ("BadGateway", 502)


def test_the_token_goes_along() -> None:
    service = Service(httpx.Response(200, json={"jobs": [JOB], "next_cursor": None}))
    transport = httpx.MockTransport(service)
    with AvatarClient("http://service.test", "secret", transport=transport) as client:
        assert [job.job_id for job in client.jobs(status="queued", limit=3).jobs] == ["0199"]
    assert service.requests[0].headers["Authorization"] == "Bearer secret"
    assert dict(service.requests[0].url.params) == {"status": "queued", "limit": "3"}


def test_a_download_goes_on_where_it_broke_off(pauses: list[float], tmp_path: Path) -> None:
    service = Service(
        httpx.Response(200, headers={"ETag": '"a"'}, stream=Broken(b"01234")),
        httpx.Response(206, headers={"ETag": '"a"'}, stream=Broken(b"567")),
        httpx.Response(206, headers={"ETag": '"a"'}, content=b"89"),
    )
    with client_of(service) as client:
        assert client.download("0199", tmp_path / "video.mp4").read_bytes() == b"0123456789"
    assert [request.headers.get("Range") for request in service.requests] == [None, "bytes=5-", "bytes=8-"]
    assert service.requests[1].headers["If-Range"] == '"a"'
    assert [path.name for path in tmp_path.iterdir()] == ["video.mp4"]


def test_a_download_of_another_version_begins_anew(pauses: list[float], tmp_path: Path) -> None:
    service = Service(
        httpx.Response(200, headers={"ETag": '"a"'}, stream=Broken(b"01234")),
        httpx.Response(200, headers={"ETag": '"b"'}, content=b"abc"),
    )
    with client_of(service) as client:
        assert client.download("0199", tmp_path / "video.mp4").read_bytes() == b"abc"


def test_a_download_that_goes_on_has_patience_for_each_break(pauses: list[float], tmp_path: Path) -> None:
    pieces = [httpx.Response(206, headers={"ETag": '"a"'}, stream=Broken(b"x")) for _ in range(40)]
    service = Service(
        httpx.Response(200, headers={"ETag": '"a"'}, stream=Broken(b"x")),
        *(answer for piece in pieces for answer in (piece, httpx.ConnectError("refused"))),
        httpx.Response(206, headers={"ETag": '"a"'}, content=b"y"),
    )
    with client_of(service, patience=2) as client:
        assert client.download("0199", tmp_path / "video.mp4").read_bytes() == b"x" * 41 + b"y"
    assert sum(pauses) > 20


def test_a_download_that_never_goes_on_ends(pauses: list[float], tmp_path: Path) -> None:
    service = Service(*(httpx.Response(200, stream=Broken(b"the same")) for _ in range(40)))
    with client_of(service, patience=2) as client, pytest.raises(AvatarServiceError, match="reset"):
        client.download("0199", tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_downloads_of_one_name_do_not_meet(tmp_path: Path) -> None:
    class Slow(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"fi"
            with client_of(Service(httpx.Response(200, content=b"second"))) as other:
                other.download("0199", tmp_path / "video.mp4")
            yield b"rst"

    with client_of(Service(httpx.Response(200, stream=Slow()))) as client:
        assert client.download("0199", tmp_path / "video.mp4").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["video.mp4"]


def test_a_download_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with (
        client_of(Service(httpx.Response(409, json={"detail": "Not yet.", "kind": "ConflictError"}))) as client,
        pytest.raises(AvatarServiceError, match="Not yet"),
    ):
        client.download("0199", tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_kind_nobody_knows_is_refused(tmp_path: Path) -> None:
    with client_of(Service()) as client, pytest.raises(AvatarServiceError, match=r"notes\.xyz does not tell"):
        client.upload(tmp_path / "notes.xyz")
