"""Model files by the client: listed, brought, cancelled, refused."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.rest.app import create_app
from avatar.settings import load_settings
from client import AvatarClient, AvatarServiceError
from tests.api.rest.model_source import FREE, GROUP, NONCOMMERCIAL, model_server, write_registry
from tests.api.rest.real_server import served
from tests.api.rest.service_fakes import FakeDesk
from tests.models.conftest import Server

PATIENCE_SECONDS = 20


@pytest.fixture
def server() -> Iterator[Server]:
    with model_server() as server:
        yield server


@pytest.fixture
def avatar(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AvatarClient]:
    monkeypatch.setattr("models.weights.REGISTRY_FILE", write_registry(tmp_path / "weights.yaml", server))
    monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)
    app = create_app(load_settings(data_dir=tmp_path / "data", checkpoints_dir=tmp_path / "checkpoints"))
    with served(app) as url, AvatarClient(url) as client:
        yield client


def state_of(avatar: AvatarClient, key: str) -> str:
    return next(str(model["state"]) for model in avatar.models() if model["key"] == key)


def wait_for(avatar: AvatarClient, key: str, state: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := state_of(avatar, key)) != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_a_file_is_brought_and_a_group_is_cancelled(avatar: AvatarClient, server: Server) -> None:
    assert [model["key"] for model in avatar.download_model(FREE)] == [FREE]
    wait_for(avatar, FREE, "present")
    server.go_on.clear()
    begun = avatar.download_model(GROUP, group=True)
    assert {model["state"] for model in begun} <= {"waiting", "downloading"}
    assert {model["state"] for model in avatar.cancel_download(GROUP, group=True)} == {"missing"}


def test_what_may_not_be_used_is_refused(avatar: AvatarClient) -> None:
    with pytest.raises(AvatarServiceError, match="ALLOW_NONCOMMERCIAL_WEIGHTS=true") as caught:
        avatar.download_model(NONCOMMERCIAL)
    assert (caught.value.status, caught.value.kind) == (403, "LicenceError")
