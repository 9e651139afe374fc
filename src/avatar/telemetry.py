"""Spans: what ran, for how long, with what shapes. Kept with each job, and sent where the settings say."""

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from avatar.settings import Settings
from avatar.tracing.otlp import span_line
from avatar.tracing.outlets import Relay, ScoreKind
from avatar.tracing.reading import read_spans
from avatar.tracing.record import JobTrace, SpanKind, SpanRecord, current, current_span, new_span, trace_id
from avatar.tracing.targets import close_relays, relays_for

__all__ = [
    "FileTracer",
    "JobTrace",
    "SpanKind",
    "SpanRecord",
    "Tracer",
    "begun_file",
    "close_relays",
    "current_span",
    "open_tracer",
    "read_spans",
    "relays_for",
    "tell",
    "trace_id",
]

SCORE: Final = "score."

_log = logging.getLogger(__name__)


class Tracer(Protocol):
    """Where spans go."""

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = "span",
        under: SpanRecord | None = None,
        aside: bool = False,
        **attributes: Any,
    ) -> AbstractContextManager[SpanRecord]:
        """A span around a block; an exception is noted on it and passes through.

        Its parent is `under`, or the span that this thread is in, or the first that the tracer began. One that is
        `aside` is no parent of what runs within the block: for stages that interleave in one thread.
        """
        ...

    def begin(self, name: str, *, started: float | None = None, **attributes: Any) -> SpanRecord:
        """A span that `end` ends, in whatever thread; nothing is within it but what names it as `under`.

        `started` is when it began, in seconds since the epoch, where that is over.
        """
        ...

    def end(self, record: SpanRecord, *, ended: float | None = None) -> None:
        """`ended` is when it did, in seconds since the epoch, where that is over."""
        ...

    def score(self, name: str, value: float, *, kind: ScoreKind = "numeric") -> None:
        """How good something was: kept on the span that this thread is in, and a score of the whole trace."""
        ...


def tell(**attributes: Any) -> None:
    """Sets attributes of the span that this thread is in; nothing where it is in none."""
    if (inside := current_span()) is not None:
        inside.set(**attributes)


class FileTracer:
    """Appends each finished span to `path`, a line of OTLP JSON, and hands it to the `relays`; thread-safe.

    Spans that have begun and may have others within them are in `begun_file(path)` too. Whoever is killed leaves both
    files readable.
    """

    def __init__(self, path: Path, trace: JobTrace | None = None, relays: Sequence[Relay] = ()) -> None:
        self.path = path
        self.trace = trace or JobTrace(id=trace_id(str(path)))
        self._begun_path = begun_file(path)
        self._relays = relays
        self._root: SpanRecord | None = None
        self._began: dict[str, float] = {}
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for file in (path, self._begun_path):
                _end_torn_line(file)
        except OSError as error:
            _log.warning("Spans cannot be kept in %s: %s", path, error)

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: SpanKind = "span",
        under: SpanRecord | None = None,
        aside: bool = False,
        **attributes: Any,
    ) -> Iterator[SpanRecord]:
        record = self._begin(name, kind, under, attributes, has_inner=not aside)
        token = None if aside else current.set(record)
        try:
            yield record
        except BaseException as error:
            record.fail(error)
            raise
        finally:
            if token is not None:
                current.reset(token)
            self.end(record)

    def begin(self, name: str, *, started: float | None = None, **attributes: Any) -> SpanRecord:
        return self._begin(name, "span", None, attributes, has_inner=True, started=started)

    def end(self, record: SpanRecord, *, ended: float | None = None) -> None:
        measured = time.perf_counter() - self._began.pop(record.span_id)
        record.seconds = measured if ended is None else max(0.0, ended - record.start)
        if record is self._root:
            self._root = None
        self._write(self.path, span_line(record, self.trace))
        for relay in self._relays:
            relay.end(record)

    def score(self, name: str, value: float, *, kind: ScoreKind = "numeric") -> None:
        inside = current_span()
        record = inside if inside is not None and inside.trace_id == self.trace.id else self._root
        if record is None:
            return
        record.set(**{f"{SCORE}{name}": value})
        for relay in self._relays:
            relay.score(record, name, value, kind)

    def _begin(
        self,
        name: str,
        kind: SpanKind,
        under: SpanRecord | None,
        attributes: dict[str, Any],
        *,
        has_inner: bool,
        started: float | None = None,
    ) -> SpanRecord:
        inside = current_span()
        here = inside if inside is not None and inside.trace_id == self.trace.id else self._root
        record = new_span(name, kind, self.trace.id, under or here, attributes)
        ago = 0.0 if started is None else record.start - started
        record.start -= ago
        self._root = self._root or record
        if has_inner:
            self._write(self._begun_path, span_line(record, self.trace, is_open=True))
        for relay in self._relays:
            relay.begin(record, self.trace)
        self._began[record.span_id] = time.perf_counter() - ago
        return record

    def _write(self, path: Path, line: bytes) -> None:
        """A span that cannot be written is lost: no job ends for the sake of its trace."""
        try:
            with self._lock, path.open("ab", buffering=0) as file:
                file.write(line)
        except OSError as error:
            _log.warning("A span was not kept: %s", error)


def begun_file(path: Path) -> Path:
    """Where the spans lie that have begun, of a tracer that keeps the ended ones in `path`."""
    return path.with_name(f"{path.stem}-begun{path.suffix}")


def _end_torn_line(path: Path) -> None:
    """Whoever was killed while it wrote left a line without an end, which would swallow the next one."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


@contextmanager
def open_tracer(settings: Settings, path: Path, trace: JobTrace | None = None) -> Iterator[FileTracer]:
    """A tracer that keeps its spans in `path` and sends them where the settings say; no end of it waits for that.

    Raises `MissingExtraError` where a receiver is switched on and its package is not installed.
    """
    yield FileTracer(path, trace, relays_for(settings, trace.release if trace else ""))
