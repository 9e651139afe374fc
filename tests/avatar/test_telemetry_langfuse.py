"""Spans reach Langfuse's own endpoint, and no state of that endpoint fails or holds up the work."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from avatar.settings import load_settings
from avatar.telemetry import open_tracer, read_spans

pytest.importorskip("langfuse", reason="the trace extra is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@contextmanager
def collector(status: int = 200, delay: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """A loopback host that takes spans as Langfuse does: (its address, the bodies it was sent)."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if "traces" in self.path:
                bodies.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            time.sleep(delay)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    finally:
        server.shutdown()
        server.server_close()


def traced(host: str, path: Path, public_key: str) -> None:
    settings = load_settings(
        enable_langfuse=True, langfuse_public_key=public_key, langfuse_secret_key="sk-test", langfuse_host=host
    )
    with open_tracer(settings, path) as tracer, tracer.span("job"), tracer.span("render", chunk=3):
        pass


def test_spans_reach_langfuse_and_are_kept(tmp_path: Path) -> None:
    with collector() as (host, bodies):
        traced(host, tmp_path / "spans.jsonl", "pk-reach")
        sent = b"".join(bodies)
    assert b"render" in sent
    assert b"job" in sent
    assert [span.name for span in read_spans(tmp_path / "spans.jsonl")] == ["render", "job"]


@pytest.mark.parametrize("status", [401, 500])
def test_a_refusing_host_fails_nothing(tmp_path: Path, status: int) -> None:
    with collector(status) as (host, _):
        traced(host, tmp_path / "spans.jsonl", f"pk-refuse-{status}")
    assert len(read_spans(tmp_path / "spans.jsonl")) == 2


def test_a_dead_host_fails_nothing(tmp_path: Path) -> None:
    traced("http://127.0.0.1:9", tmp_path / "spans.jsonl", "pk-dead")
    assert len(read_spans(tmp_path / "spans.jsonl")) == 2


def test_without_keys_spans_stay_local(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_tracer(load_settings(enable_langfuse=True), tmp_path / "spans.jsonl") as tracer, tracer.span("job"):
        pass
    assert "LANGFUSE_PUBLIC_KEY" in caplog.text
    assert len(read_spans(tmp_path / "spans.jsonl")) == 1
