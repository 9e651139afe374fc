"""A service of this checkout in processes of its own, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from api.cli.bench.processes import MAIN
from avatar.errors import AvatarError

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
END_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05
OWN: Final = {"LIVE_WORKERS": "0", "DATABASE_URL": " ", "API_TOKENS": " "}
"""Blank, so that what `.env` holds for the user's own service does not count; without live workers, which would take
time beside what is measured.
"""


@contextmanager
def running_service(data_dir: Path, **settings: object) -> Iterator[str]:
    """The base URL of a service that has started; `settings` are environment variables in lower case."""
    port = free_port()
    process = start_service(data_dir, port, **settings)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        end(process)


def start_service(data_dir: Path, port: int, **settings: object) -> "subprocess.Popen[bytes]":
    """`serve`, which answers now. What it says goes to `serve.log` in `data_dir`.

    Raises `AvatarError` where it does not start.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "serve.log"
    variables = {name.upper(): str(value) for name, value in settings.items()}
    environment = {**os.environ, **OWN, **variables, "DATA_DIR": str(data_dir)}
    command = [sys.executable, str(MAIN), "serve", "--host", HOST, "--port", str(port)]
    with log.open("ab") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, f"http://{HOST}:{port}", log)
    except BaseException:
        end(process)
        raise
    return process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
    raise AvatarError(f"The service did not start: {log.read_text('utf-8', 'replace')[-2000:].strip()}")


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
