"""What both receivers of spans share: the SDK's batches behind ids that were given before, and their health."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from avatar import __version__
from avatar.tracing.otlp import SERVICE
from avatar.tracing.record import SpanRecord

SENDING_SECONDS: Final = 5
"""For one batch, with its retries; a sender that waits so long holds up no job."""

SENDERS_LOG: Final = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
OUTCOME: Final = Callable[[str | None], None]


class GivenIds(IdGenerator):
    """The ids of the span that this thread begins: those under which it is kept."""

    def __init__(self) -> None:
        self._next = threading.local()

    def give(self, record: SpanRecord) -> None:
        self._next.ids = int(record.trace_id, 16), int(record.span_id, 16)

    def generate_trace_id(self) -> int:
        ids: tuple[int, int] = self._next.ids
        return ids[0]

    def generate_span_id(self) -> int:
        ids: tuple[int, int] = self._next.ids
        return ids[1]


def new_provider(ids: GivenIds, **resource: str) -> TracerProvider:
    """One of our own, which nobody else's spans reach, and whose end is ours to bound."""
    told = {"service.name": SERVICE, "service.version": __version__, **resource}
    return TracerProvider(resource=Resource.create(told), id_generator=ids, shutdown_on_exit=False)


def parent_context(record: SpanRecord) -> Context:
    """The place of a span in its trace, whatever other spans this thread is in."""
    if not record.parent_id:
        return Context()
    parent = SpanContext(
        int(record.trace_id, 16), int(record.parent_id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())


class WatchedExporter(SpanExporter):
    """An exporter that tells after every batch how it went: None, or why it was not taken."""

    def __init__(self, exporter: SpanExporter, told: Callable[[str | None], None]) -> None:
        self._exporter, self._told = exporter, told

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with _overheard() as said:
            result = self._exporter.export(spans)
        self._told(None if result is SpanExportResult.SUCCESS else (said[-1] if said else "no reason was given"))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _Ear(logging.Handler):
    """Keeps what this thread's exporter says, which else would fill the log batch by batch."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        heard: list[str] | None = getattr(self.heard, "said", None)
        if heard is not None:
            heard.append(record.getMessage())


_ear: Final = _Ear()


@contextmanager
def _overheard() -> Iterator[list[str]]:
    logger = logging.getLogger(SENDERS_LOG)
    if _ear not in logger.handlers:
        logger.addHandler(_ear)
        logger.propagate = False
    said: list[str] = []
    _ear.heard.said = said
    try:
        yield said
    finally:
        _ear.heard.said = None
