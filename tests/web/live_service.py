"""The real service in a process of its own, on a free port and with its own data folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from avatar.settings import PROJECT_ROOT

ANSWER_SECONDS: Final = 60.0
END_SECONDS: Final = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class LiveService:
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, str(PROJECT_ROOT / "main.py"), "serve", "--port", str(self.port)]
        environment = {**os.environ, "LIVE_WORKERS": "0", "DATA_DIR": str(self.folder / "data"), **self.settings}
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the service did not start: {(self.folder / 'service.log').read_text()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Like a power cut: no signal that it could heed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}{path}", timeout=ANSWER_SECONDS).raise_for_status().json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return httpx.post(f"{self.url}{path}", json=body, timeout=ANSWER_SECONDS).raise_for_status().json()

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return httpx.put(f"{self.url}{path}", json=body, timeout=ANSWER_SECONDS).raise_for_status().json()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2.0).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
