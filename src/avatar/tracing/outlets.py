"""Where spans go beside the job's own file, and a relay that keeps all the work of it off the job's path."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal, Protocol

from avatar.tracing.record import JobTrace, SpanRecord

ScoreKind = Literal["numeric", "boolean"]

CLOSING_SECONDS: Final = 2.0
"""How long the end of a process waits for what has not left yet; the end of a job waits for nothing."""

MOST_WAITING: Final = 20_000
"""Beginnings and ends of spans that wait for the relay; more are dropped."""

LATE: Final = "not all had left when the process ended"

_log = logging.getLogger(__name__)


class Outlet(Protocol):
    """A receiver of spans. Its calls return soon, whatever the receiver does; they may raise."""

    def begin(self, record: SpanRecord, trace: JobTrace) -> Any:
        """A span has begun; what is returned is handed to `end`."""
        ...

    def end(self, begun: Any, record: SpanRecord) -> None: ...

    def score(self, record: SpanRecord, name: str, value: float, kind: ScoreKind) -> None:
        """Of the whole trace; the same name again replaces it."""
        ...

    def close(self) -> None:
        """Sends what waits; may take long."""
        ...


class Relay:
    """Opens an outlet, and calls it, in a thread of its own; a job only puts its spans into a queue.

    The thread is there from the beginning: an interpreter that ends starts none. No call raises. `told` hears of an
    end that came too soon for all to leave.
    """

    def __init__(self, opened: Callable[[], Outlet], told: Callable[[str], None]) -> None:
        self._opened, self._told = opened, told
        self._waiting: queue.Queue[Callable[[Outlet], None] | None] = queue.Queue(MOST_WAITING)
        self._begun: dict[str, Any] = {}
        self._done = threading.Event()
        threading.Thread(target=self._run, name="trace-relay", daemon=True).start()

    def begin(self, record: SpanRecord, trace: JobTrace) -> None:
        self._put(lambda outlet: self._begin(outlet, record, trace))

    def end(self, record: SpanRecord) -> None:
        self._put(lambda outlet: self._end(outlet, record))

    def score(self, record: SpanRecord, name: str, value: float, kind: ScoreKind) -> None:
        self._put(lambda outlet: outlet.score(record, name, value, kind))

    def begin_closing(self) -> None:
        self._put(None)

    def wait_closed(self, ends: float) -> bool:
        """False where not all has left by `ends` (seconds of `time.monotonic`)."""
        if self._done.wait(max(0.0, ends - time.monotonic())):
            return True
        self._told(LATE)
        return False

    def _put(self, what: Callable[[Outlet], None] | None) -> None:
        try:
            self._waiting.put_nowait(what)
        except queue.Full:
            _log.debug("too many spans wait; one was not sent")

    def _run(self) -> None:
        outlet = quietly(self._opened)
        if outlet is None:
            _log.warning("Spans cannot be sent; they are kept with their jobs.")
        while (what := self._waiting.get()) is not None:
            if outlet is not None:
                quietly(what, outlet)
        if outlet is not None:
            quietly(outlet.close)
        self._done.set()

    def _begin(self, outlet: Outlet, record: SpanRecord, trace: JobTrace) -> None:
        self._begun[record.span_id] = outlet.begin(record, trace)

    def _end(self, outlet: Outlet, record: SpanRecord) -> None:
        begun = self._begun.pop(record.span_id, None)
        if begun is not None:
            outlet.end(begun, record)


def quietly(what: Callable[..., Any], *given: Any) -> Any:
    """What it returns; None where it fails: no job ends for the sake of its trace."""
    try:
        return what(*given)
    except Exception:
        _log.debug("a span was not sent", exc_info=True)
        return None
