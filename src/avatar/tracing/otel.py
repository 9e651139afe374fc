"""What both receivers of spans share: the SDK's batches behind ids and times that were given before.

The SDK is an extra, so it is imported where it is used; what is handed to it has the methods that it calls.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from avatar import __version__
from avatar.tracing.otlp import SERVICE, nanoseconds
from avatar.tracing.record import SpanRecord

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span, Tracer

SENDING_SECONDS: Final = 5
"""For one batch, with its retries; a sender that waits so long holds up no job."""

SENDERS_LOG: Final = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


COLLECTORS_HEADERS: Final = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
opening: Final = threading.Lock()
"""Held while an exporter reads the environment."""


@contextmanager
def without_collectors_headers() -> Iterator[None]:
    """For an exporter to another host: the SDK adds the environment's headers to any, and they may hold keys."""
    with opening:
        hidden = {name: os.environ.pop(name) for name in COLLECTORS_HEADERS if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)


class GivenIds:
    """An `IdGenerator`: the ids, and the beginning, of the span that is begun next. For one thread."""

    def __init__(self) -> None:
        self._trace_id = self._span_id = self.start_time = 0

    def give(self, record: SpanRecord) -> None:
        self._trace_id, self._span_id = int(record.trace_id, 16), int(record.span_id, 16)
        self.start_time = nanoseconds(record.start)

    def generate_trace_id(self) -> int:
        return self._trace_id

    def generate_span_id(self) -> int:
        return self._span_id

    def is_trace_id_random(self) -> bool:
        return False


class GivenTimes:
    """A `Tracer` whose spans began when the given one did, whenever they are asked for."""

    def __init__(self, tracer: "Tracer", given: GivenIds) -> None:
        self._tracer, self._given = tracer, given

    def start_span(self, name: str, *given: Any, **named: Any) -> "Span":
        return self._tracer.start_span(name, *given, **{**named, "start_time": self._given.start_time})

    def start_as_current_span(self, name: str, *given: Any, **named: Any) -> Any:
        return self._tracer.start_as_current_span(name, *given, **{**named, "start_time": self._given.start_time})


class GivenProvider:
    """A `TracerProvider` of our own, which nobody else's spans reach, and whose end is ours to bound."""

    def __init__(self, given: GivenIds) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        resource = Resource.create({"service.name": SERVICE, "service.version": __version__})
        ids: Any = given
        self._provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
        self._given = given
        self.resource, self.sampler = resource, self._provider.sampler

    def get_tracer(self, *given: Any, **named: Any) -> GivenTimes:
        return GivenTimes(self._provider.get_tracer(*given, **named), self._given)

    def add_span_processor(self, processor: Any) -> None:
        self._provider.add_span_processor(processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._provider.force_flush(timeout_millis)

    def shutdown(self) -> None:
        self._provider.shutdown()


def parent_context(record: SpanRecord) -> "Context":
    """The place of a span in its trace, whatever other spans this thread is in."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if not record.parent_id:
        return Context()
    sampled = TraceFlags(TraceFlags.SAMPLED)
    parent = SpanContext(int(record.trace_id, 16), int(record.parent_id, 16), is_remote=False, trace_flags=sampled)
    return set_span_in_context(NonRecordingSpan(parent), Context())


class WatchedExporter:
    """A `SpanExporter` that tells after every batch how it went: None, or why it was not taken."""

    def __init__(self, exporter: "SpanExporter", told: Callable[[str | None], None]) -> None:
        self._exporter, self._told = exporter, told

    def export(self, spans: Sequence["ReadableSpan"]) -> "SpanExportResult":
        with _overheard() as said:
            result = self._exporter.export(spans)
        taken = result.name == "SUCCESS"
        self._told(None if taken else (said[-1] if said else "no reason was given"))
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
