"""The table of jobs is away while somebody waits for a video."""

from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from api.rest.service import Service
from avatar.errors import AvatarError


def test_a_watch_that_fails_is_no_error(
    client: TestClient, service: Service, inputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        raise AvatarError("The database is away.")

    monkeypatch.setattr(service.board, "look", away)
    monkeypatch.setattr(service.board, "get", away)
    answer = client.post("/api/v1/generate", json={**inputs, "wait": 0.2})
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    monkeypatch.setattr(service.feed, "ended", away)
    assert client.post("/api/v1/generate", json={**inputs, "wait": 0.2}).status_code == 202
    monkeypatch.undo()
    assert [job["status"] for job in client.get("/api/v1/jobs").json()["jobs"]] == ["queued"] * 2
