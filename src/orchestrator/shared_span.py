"""One span around what several nodes do side by side."""

import threading
from types import TracebackType

from avatar.telemetry import SpanRecord, Tracer


class SharedSpan:
    """Begins with the first who asks for it; ends when it is told to, or with the block, and may begin anew."""

    def __init__(self, tracer: Tracer, name: str) -> None:
        self._tracer, self._name = tracer, name
        self._record: SpanRecord | None = None
        self._lock = threading.Lock()

    def get(self) -> SpanRecord:
        with self._lock:
            if self._record is None:
                self._record = self._tracer.begin(self._name)
            return self._record

    def end(self) -> None:
        with self._lock:
            if self._record is not None:
                self._tracer.end(self._record)
            self._record = None

    def __enter__(self) -> "SharedSpan":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None and self._record is not None:
            self._record.fail(error)
        self.end()
