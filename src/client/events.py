"""Server-sent events of a job, through losses of the connection."""

import json
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from client.connection import TIMEOUT_SECONDS, Connection
from client.errors import UNREACHABLE, AvatarServiceError

SILENCE_SECONDS: Final = 45.0
"""The service says something every 15 s; after three times that the connection counts as lost."""

END: Final = "end"


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is empty where the service gave none."""

    kind: str
    data: dict[str, Any]
    id: str = ""


def follow(connection: Connection, path: str, until: float = math.inf) -> Iterator[Event]:
    """Events up to the one called `end`. A lost connection is made anew and goes on after the last event that came.

    Raises TimeoutError at `until`, a time of the monotonic clock.
    """
    last = ""
    patience = connection.patience()
    while (left := until - time.monotonic()) > 0:
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=min(SILENCE_SECONDS, left))
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        try:
            with connection.stream(path, headers=headers, timeout=timeout) as response:
                if response.status_code == httpx.codes.NO_CONTENT:
                    return
                for event in parsed(response.iter_lines()):
                    patience.renew()
                    last = event.id or last
                    yield event
                    if event.kind == END:
                        return
            problem = AvatarServiceError("The service ended the events of a job that had not ended.", kind=UNREACHABLE)
        except AvatarServiceError as error:
            if not error.is_passing:
                raise
            problem = error
        if time.monotonic() < until:
            patience.wait(problem)
    raise TimeoutError


def parsed(lines: Iterable[str]) -> Iterator[Event]:
    """Events whose data is a JSON object, after the HTML standard's event stream format; comments are left out."""
    kind, data, identity = "message", list[str](), ""
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(kind, json.loads("\n".join(data)), identity)
            kind, data = "message", []
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif name == "id":
            identity = value
