"""A host on loopback that takes traces as Langfuse and collectors do, or fails as hosts do."""

import base64
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

Behaviour = Literal["take", "refuse", "fail", "garbage", "silent"]
"""`refuse` answers 401, `fail` 500, `garbage` what is no HTTP; `silent` takes the connection and never answers."""

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Sent:
    """A span as it came over the wire."""

    name: str
    trace: str
    id: str
    parent: str
    status: int
    message: str
    seconds: float
    attributes: dict[str, Any]
    events: tuple[str, ...] = ()


@dataclass
class Receiver:
    """What came in. `raw` holds every byte of every request, its body unpacked."""

    address: str = ""
    spans: list[Sent] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def named(self, name: str) -> list[Sent]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> Sent:
        (span,) = self.named(name)
        return span

    def wait_for(self, count: int) -> None:
        """Until so many requests came in."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while len(self.raw) < count and time.monotonic() < ends:
            time.sleep(0.01)
        assert len(self.raw) >= count

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        content = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.raw.append(f"{path} {headers}".encode() + content)
        self.headers.append(headers)
        if "traces" in path:
            self._take_spans(content)
        elif "scores" in path:
            self.scores += json.loads(content)

    def _take_spans(self, content: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(content)
        for resource in request.resource_spans:
            self.resources.append({item.key: _plain(item.value) for item in resource.resource.attributes})
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                self.spans.append(
                    Sent(
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        status=span.status.code,
                        message=span.status.message,
                        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                        attributes={item.key: _plain(item.value) for item in span.attributes},
                        events=tuple(event.name for event in span.events),
                    )
                )


def credentials(headers: dict[str, str]) -> str:
    """User and password of basic authentication."""
    return base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()


@contextmanager
def receiver(behaviour: Behaviour = "take") -> Iterator[Receiver]:
    found = Receiver()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.take(self.path, headers, self.rfile.read(int(headers["content-length"])))
            if behaviour == "silent":
                over.wait(PATIENCE_SECONDS * 3)
            elif behaviour == "garbage":
                self.wfile.write(b"\x00\xffno HTTP at all\r\n\r\n")
            else:
                self._answer({"take": 200, "refuse": 401, "fail": 500}[behaviour])

        def _answer(self, status: int) -> None:
            body = b'{"accepted":1,"rejected":0,"errors":[]}' if "scores" in self.path else b""
            self.send_response(status)
            self.send_header("content-type", "application/json" if body else "application/x-protobuf")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield found
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def dead_address() -> str:
    """Where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None
