"""Looks at a server's responses as they arrive, before LangChain reads them."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx

LARGEST_ERROR_BYTES: Final = 65_536
LONGEST_LINE_BYTES: Final = 1_000_000
ENDING: Final = re.compile(rb'^data:\s*\[DONE\]|"finish_reason"\s*:\s*"')


class StatusError(Exception):
    """The server refused; `body` holds at most the first `LARGEST_ERROR_BYTES` of its answer."""

    def __init__(self, response: httpx.Response, body: bytes) -> None:
        super().__init__(str(response.status_code))
        self.status = response.status_code
        self.headers = response.headers
        self.body = body


class EndlessError(Exception):
    """The answer is longer than any that was asked for."""


class ResponseWatch:
    """What one response tells beside its text.

    `usage` is the server's count of tokens, which LangChain drops where a chunk carries nothing else, and `error` what
    it reports in the middle of a stream, by `{"error": ...}` in place of a chunk. `is_stream` is False where the answer
    comes in one piece, `is_whole` True where the server has said that nothing follows.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.usage: dict[str, Any] | None = None
        self.error: bytes | None = None
        self.is_stream = True
        self.is_whole = False

    async def look(self, response: httpx.Response) -> None:
        """A response hook of `httpx.AsyncClient`. Raises `StatusError` for any status but 2xx."""
        if not response.is_success:
            raise StatusError(response, await _start(response))
        self.is_stream = "text/event-stream" in response.headers.get("content-type", "")
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Watched(response.stream, self)

    def note(self, line: bytes) -> None:
        """One line of a stream of server-sent events."""
        if not line.startswith(b"data:"):
            return
        self.is_whole = self.is_whole or ENDING.search(line) is not None
        if not (b'"usage"' in line or b'"error"' in line):
            return
        try:
            event = json.loads(line[5:])
        except (ValueError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        if isinstance(event.get("usage"), dict):
            self.usage = event["usage"]
        if event.get("error") and not event.get("choices"):
            self.error = line[5:].strip()

    def measure(self, received: int) -> None:
        """Raises `EndlessError`."""
        if received > self._most_bytes:
            raise EndlessError


class _Watched(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, watch: ResponseWatch) -> None:
        self._stream = stream
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received, pending = 0, b""
        async for part in self._stream:
            received += len(part)
            self._watch.measure(received)
            *lines, pending = (pending + part).split(b"\n")
            for line in lines:
                self._watch.note(line)
            pending = pending[-LONGEST_LINE_BYTES:]
            yield part
        self._watch.note(pending)

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _start(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LARGEST_ERROR_BYTES:
            break
    return body[:LARGEST_ERROR_BYTES]
