"""The service in a process of its own, and what its processes hold."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
READY_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Server:
    """A service at `port` of this machine."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/v1/status", timeout=30) as answer:  # noqa: S310 - loopback
            found: dict[str, Any] = json.load(answer)
            return found

    def resident_bytes(self) -> int:
        """Memory of the service and its live workers."""
        return sum(_resident(pid) for pid in (self.pid, *self.status()["live"]["pids"]))

    def cpu_seconds(self) -> float:
        """Time of the processor that they have taken."""
        return sum(_cpu(pid) for pid in (self.pid, *self.status()["live"]["pids"]))


@contextmanager
def served(folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """From a service that answers, its live workers measured, to its end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(folder), "JOB_WORKERS": "0", "RATE_LIMIT_PER_MINUTE": "0", **settings}
    command = [sys.executable, str(ROOT / "main.py"), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(port, process.pid)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait(server: Server) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            live = server.status()["live"]
            if live["ready"] == live["workers"] and live["frame_milliseconds"]:
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit("The service did not get ready; see DATA_DIR/logs.")
        time.sleep(0.2)


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
