"""Every error is problem details."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.rest.problems import Problem, problem_of
from avatar.errors import (
    AvatarError,
    ConfigurationError,
    ConflictError,
    DiskSpaceError,
    DownloadError,
    NotFoundError,
    PortraitError,
    QueueFullError,
    RenderError,
)
from tests.api.rest.service_fakes import LOCAL


def checked(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    problem = Problem.model_validate(content)
    assert (problem.status, problem.instance) == (status, answer.request.url.path)
    assert problem.title
    assert problem.detail
    return content


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (PortraitError, 422),
        (ConfigurationError, 422),
        (NotFoundError, 404),
        (ConflictError, 409),
        (QueueFullError, 429),
        (DiskSpaceError, 507),
        (DownloadError, 503),
        (RenderError, 500),
        (AvatarError, 500),
    ],
)
def test_each_kind_of_error_has_its_status(client: TestClient, kind: type[AvatarError], status: int) -> None:
    assert isinstance(client.app, FastAPI)

    @client.app.get("/raises")
    def raises() -> None:
        raise kind("The thing is wrong.", cure="Mend it.")

    content = checked(client.get("/raises"), status)
    assert (content["kind"], content["detail"], content["cure"]) == (kind.__name__, "The thing is wrong.", "Mend it.")
    assert problem_of(kind("x")).status_code == status


def test_those_worth_another_try_say_when(client: TestClient) -> None:
    for kind in (QueueFullError, DownloadError):
        headers = problem_of(kind("x")).headers
        assert headers is not None
        assert int(headers["Retry-After"]) > 0


def test_the_unforeseen_tells_no_secrets(client: TestClient) -> None:
    assert isinstance(client.app, FastAPI)

    @client.app.get("/breaks")
    def breaks() -> None:
        raise ValueError("password=hunter2")

    content = checked(client.get("/breaks"), 500)
    assert content["kind"] == "InternalError"
    assert "hunter2" not in str(content)


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", "/api/v2/jobs", "/api/v1/jobs/", "/docs", "/%00", "/%ff"]
)
def test_unknown_addresses(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["kind"] == "NotFound"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/jobs", "GET, HEAD, POST"),
        ("PATCH", "/api/v1/jobs/1", "DELETE, GET, HEAD"),
        ("OPTIONS", "/api/v1/jobs", "GET, HEAD, POST"),
        ("GET", "/api/v1/generate", "POST"),
        ("HEAD", "/api/v1/generate", "POST"),
        ("BREW", "/health", "GET, HEAD"),
    ],
)
def test_wrong_methods_are_told_the_right_ones(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert checked(answer, 405)["cure"]


@pytest.mark.parametrize("path", ["/health", "/api/v1/jobs", "/api/v1/status", "/openapi.json"])
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == client.get(path).headers["content-type"]


def test_the_session_says_what_is_wrong_with_its_body(client: TestClient) -> None:
    json = {"content-type": "application/json"}
    assert checked(client.post("/api/v1/session", content=b"{", headers=json), 400)["kind"] == "BadJson"
    assert checked(client.post("/api/v1/session", content=b'{"token": "\xff"}', headers=json), 400)
    assert checked(client.post("/api/v1/session", json={"token": 1}), 422)["errors"][0]["field"] == "token"
    assert checked(client.post("/api/v1/session", json={"token": "a", "b": 1}), 422)["errors"][0]["field"] == "b"


def test_links_keep_the_name_that_was_called(client: TestClient) -> None:
    answer = client.post("/generate", files={"image": ("a.png", b"no picture")}, headers={"host": "localhost:1"})
    assert checked(answer, 422)["instance"] == "/generate"
    assert LOCAL not in answer.text
