"""A server on loopback in place of a language model, which answers each request as its script says."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

GOOD_USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}

Turn = Callable[["Exchange"], None]
"""What the server does with one request."""


class Exchange(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedModel"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.question: dict[str, Any] = json.loads(self.rfile.read(length))
        self.close_connection = True
        with suppress(BrokenPipeError, ConnectionResetError):
            self.server.turn(self)(self)

    def reply(self, status: int, body: bytes | str | Mapping[str, Any], **headers: str) -> None:
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self._head(status, {"content-type": "application/json", "content-length": str(len(data)), **headers})
        self.wfile.write(data)

    def open_stream(self) -> None:
        self._head(200, {"content-type": "text/event-stream"})

    def event(self, data: str | Mapping[str, Any]) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.wfile.write(f"data: {text}\n\n".encode())

    def hear(self, text: str, finish: str | None = None) -> None:
        """One piece of an answer, in a stream."""
        delta = {"role": "assistant", "content": text}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.event({"id": "1", "model": "scripted-7b", "choices": [choice]})

    def rest(self, seconds: float) -> bool:
        """Waits; True where the server is to end."""
        return self.server.ending.wait(seconds)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "connection": "close"}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.flush()


class ScriptedModel(ThreadingHTTPServer):
    """Plays one turn of the script a request, the last one for ever."""

    daemon_threads = True

    def __init__(self, *script: Turn) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self._script = list(script)
        self._lock = threading.Lock()
        self.questions: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def turn(self, exchange: Exchange) -> Turn:
        with self._lock:
            self.questions.append(exchange.question)
            self.headers.append(cast("Mapping[str, str]", exchange.headers))
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


@contextmanager
def scripted_model(*script: Turn) -> Iterator[ScriptedModel]:
    server = ScriptedModel(*script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answers(text: str, usage: Mapping[str, int] | None = None, pause: float = 0.0) -> Turn:
    """A good answer, word by word where a stream is asked for; tokens are counted in a chunk of their own."""

    def play(exchange: Exchange) -> None:
        if not exchange.question.get("stream"):
            answers_whole(text, usage)(exchange)
            return
        exchange.open_stream()
        for place in range(0, len(text), 16):
            exchange.hear(text[place : place + 16])
            if pause:
                exchange.rest(pause)
        exchange.hear("", finish="stop")
        if usage is not None:
            exchange.event({"id": "1", "model": "scripted-7b", "choices": [], "usage": dict(usage)})
        exchange.event("[DONE]")

    return play


def answers_whole(text: str, usage: Mapping[str, int] | None = None) -> Turn:
    """A good answer in one piece, whatever is asked for."""
    message = {"role": "assistant", "content": text}
    body: dict[str, Any] = {"model": "scripted-7b", "choices": [{"message": message, "finish_reason": "stop"}]}
    return replies(200, {**body, "usage": dict(usage)} if usage is not None else body)


def replies(status: int, body: bytes | str | Mapping[str, Any] = b"", **headers: str) -> Turn:
    return lambda exchange: exchange.reply(status, body, **headers)


def says_nothing(exchange: Exchange) -> None:
    """Takes the request and never answers."""
    exchange.rest(60.0)


def drips(exchange: Exchange) -> None:
    """A byte now and then, so that no pause is long."""
    exchange.open_stream()
    exchange.wfile.write(b"data: ")
    while not exchange.rest(0.05):
        exchange.wfile.write(b" ")


def never_ends(exchange: Exchange) -> None:
    """Good pieces of an answer, for ever."""
    exchange.open_stream()
    while not exchange.rest(0.001):
        exchange.hear("and so on " * 200)


def breaks_off(exchange: Exchange) -> None:
    """The connection is gone in the middle of a chunked answer."""
    exchange._head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
    exchange.wfile.write(b'40\r\ndata: {"choices"')


def streams(*events: str | Mapping[str, Any]) -> Turn:
    """A stream of those events, whatever they are."""

    def play(exchange: Exchange) -> None:
        exchange.open_stream()
        for event in events:
            exchange.event(event)

    return play
