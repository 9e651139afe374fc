"""A loopback server for model files that drops, stalls, and lies as it is told to."""

import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from models.sources import WeightFile


class Server(http.server.ThreadingHTTPServer):
    """Serves `content` on loopback, as badly as it is told to.

    `asked` holds the Range of each request, `statuses` are the first answers, `cuts` says after how many bytes
    the next connections drop, and while `go_on` is cleared a connection stalls at byte `stall_at`.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = self.right_content = bytes(index * 7 % 251 for index in range(900_000))
        self.stall_at = 400_000
        self.honours_range = True
        self.says_length = True
        self.statuses: list[int] = []
        self.cuts: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/net.bin"

    def entry(self, url: str = "") -> WeightFile:
        """The registry's entry for the right content; its key is `net`."""
        return WeightFile.model_validate(
            {
                "key": "net",
                "purpose": "A network.",
                "group": "test",
                "required": True,
                "file": "net.bin",
                "size": len(self.right_content),
                "sha256": hashlib.sha256(self.right_content).hexdigest(),
                "licence": "MIT",
                "commercial": True,
                "source": {"url": url or self.url},
            }
        )


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", self.server.url)
            self.end_headers()
            return
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        if self.server.statuses:
            self.send_error(self.server.statuses.pop(0))
            return
        found = re.fullmatch(r"bytes=(\d+)-", wanted) if self.server.honours_range else None
        self.answer(int(found[1]) if found else 0)

    def answer(self, start: int) -> None:
        content = self.server.content
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.server.says_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + self.server.cuts.pop(0) if self.server.cuts else len(content)
        with suppress(OSError):
            self.wfile.write(content[start : min(self.server.stall_at, end)])
            self.server.go_on.wait(30)
            self.wfile.write(content[max(start, min(self.server.stall_at, end)) : end])

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "checkpoints"
    place.mkdir()
    return place
