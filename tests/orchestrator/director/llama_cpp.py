"""llama.cpp's own server, in the environment that scripts/llama_server.py makes, on a model of random weights."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from avatar.settings import PROJECT_ROOT
from tests.orchestrator.director.tiny_gguf import CONTEXT, write_model

PYTHON: Final = PROJECT_ROOT / ".venv-llama" / "bin" / "python"
LONGEST_START_SECONDS: Final = 90.0


@contextmanager
def llama_server(folder: Path) -> Iterator[str]:
    """The address of a server that runs until the block ends. Skips where its environment has not been made."""
    if not (PYTHON.parents[1] / "made.txt").exists():
        pytest.skip("llama.cpp's server is not here: `make llama` makes it where there is a C++ compiler")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = write_model(folder / "tiny.gguf")
    command = [str(PYTHON), "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--n_ctx", str(CONTEXT), "--n_threads", "1", "--n_threads_batch", "1"]
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**os.environ, "HOME": str(folder)}
        )
    address = f"http://127.0.0.1:{port}/v1"
    try:
        _wait_for(f"{address}/models", server, log)
        yield address
    finally:
        server.kill()
        server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5.0).close()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"llama.cpp's server did not start:\n{log.read_text(errors='replace')[-4000:]}")
