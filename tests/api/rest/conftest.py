"""The application over a real database, with a desk that sees a face at once and a worker that tests drive."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.rest.app import create_app
from api.rest.service import Service
from avatar.settings import Settings, load_settings
from tests.api.rest.service_fakes import LOCAL, FakeDesk, FakeWorker
from tests.orchestrator.pipeline_fakes import write_picture, write_sound

OpenClient = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", default_resolution=128, max_upload_megabytes=1.0)


@pytest.fixture
def open_client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> OpenClient:
    """A running application with other settings."""
    monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)

    @contextmanager
    def opened(*, base_url: str = LOCAL, **changes: Any) -> Iterator[TestClient]:
        app = create_app(settings.model_copy(update=changes))
        with TestClient(app, base_url=base_url, raise_server_exceptions=False) as client:
            yield client

    return opened


@pytest.fixture
def client(open_client: OpenClient) -> Iterator[TestClient]:
    with open_client() as client:
        yield client


@pytest.fixture
def service(client: TestClient) -> Service:
    """The parts of the running application."""
    assert isinstance(client.app, FastAPI)
    service: Service = client.app.state.service
    return service


@pytest.fixture
def worker(service: Service) -> Iterator[FakeWorker]:
    worker = FakeWorker(service)
    yield worker
    worker.close()


@pytest.fixture
def inputs(settings: Settings) -> dict[str, str]:
    """A picture and a sound in the data folder: the fields of a request for them."""
    folder = settings.data_dir / "inputs"
    folder.mkdir(parents=True, exist_ok=True)
    write_picture(folder / "me.png")
    write_sound(folder / "speech.wav", 0.5)
    return {"image_path": "inputs/me.png", "audio_path": "inputs/speech.wav"}
