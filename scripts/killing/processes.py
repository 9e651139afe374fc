"""The real server with its workers, and how it is killed. Linux: workers are found under /proc."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 60.0

SMALL_JOBS: Final = {
    "CHUNK_SECONDS": "0.4",
    "VIDEO_PRESET": "ultrafast",
    "TURN_SECONDS": "2",
    "RATE_LIMIT_PER_MINUTE": "0",
    "API_TOKENS": "",
    "MAX_ATTEMPTS": "50",
    "LIVE_WORKERS": "0",
}
"""Short turns, so that jobs step back for each other too; many attempts, since the deaths are not the jobs' fault."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """`python main.py serve` on a data folder of its own."""

    folder: Path
    portrait: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def prepare(self) -> None:
        (self.folder / "inputs").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.portrait, self.folder / "inputs" / "portrait.jpg")

    def start(self) -> None:
        """Returns when the service answers."""
        with (self.folder / "server-output.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "main.py", "serve"],
                cwd=PROJECT_ROOT,
                env={**os.environ, **SMALL_JOBS, "DATA_DIR": str(self.folder), "PORT": str(self.port)},
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start; see {self.folder / 'server-output.log'}.")
            time.sleep(0.05)

    def submit(self, text: str) -> str | None:
        """The number of the accepted job; None where the server died before it answered."""
        spec = {"image_path": "inputs/portrait.jpg", "text": text, "resolution": 128}
        try:
            return str(self._call("/api/v1/jobs", spec)["job_id"])
        except (urllib.error.URLError, OSError, ValueError):
            return None

    def workers(self) -> list[int]:
        """Process numbers of the workers that this server started."""
        assert self.process is not None
        return [int(entry.name) for entry in Path("/proc").iterdir() if _is_worker(entry, self.process.pid)]

    def kill(self, target: str) -> None:
        """Kill -9 of `worker`, `server` or `both`."""
        assert self.process is not None
        workers = self.workers() if target != "server" else []
        for worker in workers:
            _kill(worker)
        if target != "worker":
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def _answers(self) -> bool:
        try:
            return bool(self._call("/health"))
        except (urllib.error.URLError, OSError, ValueError):
            return False

    def _call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Request-Id": secrets.token_hex(4)},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = json.loads(answer.read())
            return found


def _is_worker(entry: Path, server: int) -> bool:
    if not entry.name.isdigit():
        return False
    try:
        parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        return parent == server and b"worker" in (entry / "cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return False


def _kill(number: int) -> None:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return
