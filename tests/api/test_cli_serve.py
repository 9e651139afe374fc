"""`serve` and `worker`: what they refuse, that they answer, and that they end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect

from api.cli.serving.server import listening_socket, require_tokens_abroad, url_of
from api.rest.security import is_loopback
from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT, load_settings
from tests.api.cli_fakes import Cli

PATIENCE_SECONDS = 60


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(PROJECT_ROOT / "main.py"), *arguments]


def environment(data: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "DATA_DIR": str(data), "API_TOKENS": "", "DATABASE_URL": "", "LIVE_WORKERS": "0", **settings}


@contextmanager
def running(data: Path, *arguments: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command(*arguments),
        env=environment(data, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def children(process: "subprocess.Popen[str]") -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    return sorted({int(child) for thread in threads for child in thread.read_text().split()} | set(map(int, listed)))


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers_of(server: "subprocess.Popen[str]", besides: list[int]) -> list[int]:
    """The workers, once there are any."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := [child for child in children(server) if is_worker(child) and child not in besides]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def extensions_of(url: str) -> str | None:
    """Of the WebSocket that a client is given which offers to compress."""
    with connect(f"ws{url.removeprefix('http')}/ws", compression="deflate") as client:
        assert client.response is not None
        return client.response.headers.get("Sec-WebSocket-Extensions")


def until_gone(numbers: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_alive(number) for number in numbers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_other_machines_are_let_in_only_with_tokens(host: str) -> None:
    for tokens in (None, "", " , "):
        with pytest.raises(ConfigurationError, match="API_TOKENS is empty") as caught:
            require_tokens_abroad(load_settings(host=host, api_tokens=tokens))
        assert "127.0.0.1" in caught.value.cure
    require_tokens_abroad(load_settings(host=host, api_tokens="secret"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    require_tokens_abroad(load_settings(host=host))


def test_a_free_port_is_found(tmp_path: Path) -> None:
    with listening_socket(load_settings(port=0)) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with (
        pytest.raises(ConfigurationError, match=r"HOST 192\.0\.2\.1 cannot"),
        listening_socket(load_settings(host="192.0.2.1", port=0)),
    ):
        pass


Refusal = Callable[..., str]


@pytest.fixture
def refusal(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """What `serve` says to the given arguments and settings, in this process, whose log stays as it is."""
    monkeypatch.setattr("api.cli.serving.server.log_to", lambda _folder, _name: None)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: str, **settings: str) -> str:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        done = cli("serve", *arguments)
        assert done.exit_code == 2, done.output
        assert isinstance(done.exception, SystemExit)
        return done.stderr

    return call


def test_serve_refuses_an_open_door(tmp_path: Path) -> None:
    done = subprocess.run(
        command("serve", "--host", "0.0.0.0"),
        env=environment(tmp_path / "data"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "API_TOKENS" in done.stderr
    assert not (tmp_path / "data").exists()


def test_serve_says_that_its_port_is_taken(refusal: Refusal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("--port", str(port))
    assert f"Port {port} of 127.0.0.1 is taken" in said
    assert f"--port {port + 1}" in said


def test_serve_says_that_its_database_is_away(refusal: Refusal) -> None:
    said = refusal("--port", "0", DATABASE_URL="postgresql://me:hidden@127.0.0.1:9/jobs?connect_timeout=2")
    assert "DATABASE_URL" in said
    assert "hidden" not in said


@pytest.mark.parametrize("folder", ["inputs", "outputs", "logs"])
def test_serve_says_that_a_folder_cannot_be_used(folder: str, refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / folder).write_text("a file in its place")
    said = refusal("--port", "0")
    assert f"{folder} cannot be made" in said
    assert "Set it to a folder that may be written to" in said


def test_serve_refuses_tokens_that_no_header_carries(refusal: Refusal) -> None:
    said = refusal("--port", "0", API_TOKENS="schlüssel")
    assert "API_TOKENS has characters" in said
    assert "schl" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="children are found under /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_and_ends_with_its_workers(number: int, tmp_path: Path) -> None:
    with running(tmp_path / "data", "serve", "--port", "0") as server:
        assert server.stdout
        line = server.stdout.readline()
        assert line.startswith("The Avatar Orchestrator is at http://127.0.0.1:")
        with urllib.request.urlopen(f"{line.split()[-1]}/health", timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200
        assert extensions_of(line.split()[-1]) is None, "what is coded already is not compressed"
        started = children(server)
        assert started
        server.send_signal(number)
        assert server.wait(PATIENCE_SECONDS) == 0
        until_gone(started)
        assert server.stderr
        assert "Traceback" not in server.stderr.read()
    assert list((tmp_path / "data" / "workers").glob("*.lock")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="children are found under /proc")
def test_workers_are_replaced_and_end_when_the_server_is_killed(tmp_path: Path) -> None:
    with running(tmp_path / "data", "serve", "--port", "0") as server:
        assert server.stdout
        server.stdout.readline()
        first = workers_of(server, besides=[])
        assert len(first) == 1
        os.kill(first[0], signal.SIGKILL)
        again = workers_of(server, besides=first)
        server.kill()
        server.wait(PATIENCE_SECONDS)
        until_gone(again)


def is_worker(number: int) -> bool:
    try:
        return "worker" in Path(f"/proc/{number}/cmdline").read_text()
    except FileNotFoundError:
        return False


def test_a_worker_ends_when_it_is_told(tmp_path: Path) -> None:
    with running(tmp_path / "data", "worker") as worker:
        assert worker.stderr
        assert "Ctrl-C ends it" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0


def test_a_worker_ends_with_its_input(tmp_path: Path) -> None:
    with running(tmp_path / "data", "worker", "--until-stdin-closes") as worker:
        assert worker.stdin
        worker.stdin.close()
        assert worker.wait(PATIENCE_SECONDS) == 0
        worker.stdin = None
