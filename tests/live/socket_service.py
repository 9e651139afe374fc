"""The service on a real socket in a thread of this process, with live workers in processes of their own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn

from api.rest.app import create_app
from api.rest.service import open_service
from avatar.settings import Settings
from live.costs import Costs
from live.opening import SessionRoom
from tests.api.rest.service_fakes import FakeDesk
from tests.web.live_service import free_port

READY_SECONDS: Final = 60.0
QUICK: Final = Costs(usual=0.005, engines={"puppet": 0.005})


@dataclass(frozen=True)
class SocketService:
    """At `port` of this machine; its data lies in `folder`."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}{path}", timeout=READY_SECONDS).raise_for_status().json()


@contextmanager
def socket_service(settings: Settings) -> Iterator[SocketService]:
    """It answers inside the block. Its workers find the costs of frames measured already; its desk sees any face."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.rest.service.PortraitDesk", FakeDesk)
        patch.setattr(SessionRoom, "_costs", lambda _: QUICK)
        SessionRoom(settings).measure()
        with open_service(settings) as service:
            service.live.start()
            server = uvicorn.Server(uvicorn.Config(create_app(settings, service), port=port, log_config=None))
            thread = threading.Thread(target=server.run, name="service")
            thread.start()
            try:
                _wait(server)
                yield SocketService(port, settings.data_dir)
            finally:
                server.should_exit = True
                thread.join(READY_SECONDS)


def _wait(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.02)
