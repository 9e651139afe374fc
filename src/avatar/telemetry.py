"""Spans: what ran, for how long, with what shapes. Kept with each job; the only place that knows Langfuse."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(slots=True)
class SpanRecord:
    """One finished or running span; `start` is seconds since the epoch."""

    name: str
    start: float
    seconds: float = 0.0
    attributes: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    def set(self, **attributes: Any) -> None:
        self.attributes.update(attributes)


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, **attributes: Any) -> AbstractContextManager[SpanRecord]:
        """A span around a block; an exception is noted on it and passes through."""
        ...


class FileTracer:
    """Appends each finished span as a JSON line to `path`; thread-safe. Attributes are small JSON values."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def span(self, name: str, **attributes: Any) -> Iterator[SpanRecord]:
        record = SpanRecord(name, time.time(), attributes=attributes)
        started = time.perf_counter()
        try:
            yield record
        except BaseException as error:
            record.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            record.seconds = time.perf_counter() - started
            self._write(record)

    def _write(self, record: SpanRecord) -> None:
        line = json.dumps(asdict(record), default=str) + "\n"
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def read_spans(path: Path) -> list[SpanRecord]:
    """The spans in a file that `FileTracer` wrote; a torn last line is left out."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(SpanRecord(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            continue
    return records
