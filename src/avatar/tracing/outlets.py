"""Where spans go beside the job's own file, and an end that waits for nobody for long."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal, Protocol

from avatar.tracing.record import JobTrace, SpanRecord

ScoreKind = Literal["numeric", "boolean"]

CLOSING_SECONDS: Final = 2.0
"""How long the end of a process waits for what has not left yet; the end of a job waits for nothing."""

_log = logging.getLogger(__name__)


class Outlet(Protocol):
    """A receiver of spans. Its calls return at once, whatever the receiver does; they may raise."""

    def begin(self, record: SpanRecord, trace: JobTrace) -> Any:
        """A span has begun; what is returned is handed to `end`."""
        ...

    def end(self, begun: Any, record: SpanRecord, trace: JobTrace) -> None: ...

    def score(self, record: SpanRecord, name: str, value: float, kind: ScoreKind) -> None:
        """Of the whole trace; the same name again replaces it."""
        ...


def quietly(what: Callable[..., Any], *given: Any) -> Any:
    """What it returns; None where it fails: no job ends for the sake of its trace."""
    try:
        return what(*given)
    except Exception:
        _log.debug("a span was not sent", exc_info=True)
        return None


class Closer:
    """Calls `close` once, in a thread of its own, when it is told to.

    The thread is there from the beginning: an interpreter that ends starts no threads.
    """

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._wanted, self._done = threading.Event(), threading.Event()
        threading.Thread(target=self._run, name="end-of-trace", daemon=True).start()

    def begin(self) -> None:
        self._wanted.set()

    def wait(self, ends: float) -> bool:
        """False where it is not over by `ends` (seconds of `time.monotonic`)."""
        return self._done.wait(max(0.0, ends - time.monotonic()))

    def _run(self) -> None:
        self._wanted.wait()
        quietly(self._close)
        self._done.set()
