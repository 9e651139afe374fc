"""Server-sent events (HTML standard, section 9.2) that end with their client."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nothing on the way keeps events back; the second one is nginx's."""

HEARTBEAT: Final = b": still here\n\n"


class EventStream(StreamingResponse):
    """Sends what `events` yields, and closes it whichever way the connection ends."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(events, headers=HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)


def event(name: str, number: int, data: str) -> bytes:
    """`data` on one line, as JSON is."""
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    return f"retry: {milliseconds}\n\n".encode()
