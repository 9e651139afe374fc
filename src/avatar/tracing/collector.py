"""Spans go to any OpenTelemetry collector, as OTLP over HTTP."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from avatar import __version__
from avatar.tracing.otel import SENDING_SECONDS, GivenIds, GivenProvider, WatchedExporter, opening, parent_context
from avatar.tracing.otlp import nanoseconds
from avatar.tracing.outlets import ScoreKind
from avatar.tracing.record import JobTrace, SpanRecord
from avatar.tracing.semantics import flat, span_attributes, status_message, trace_attributes

if TYPE_CHECKING:
    from opentelemetry.trace import Span


class CollectorOutlet:
    """Hands spans to the SDK's batch processor, which sends them to `address`. `content` lets private content out."""

    def __init__(
        self, address: str, headers: Mapping[str, str], told: Callable[[str | None], None], *, content: bool
    ) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._content = content
        self._ids = GivenIds()
        with opening:
            sender = OTLPSpanExporter(endpoint=address, headers=dict(headers) or None, timeout=SENDING_SECONDS)
        exporter: Any = WatchedExporter(sender, told)
        self._processor = BatchSpanProcessor(exporter)
        provider = GivenProvider(self._ids)
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("avatar", __version__)

    def begin(self, record: SpanRecord, trace: JobTrace) -> "Span":
        from opentelemetry.trace import SpanKind

        self._ids.give(record)
        return self._tracer.start_span(
            record.name,
            context=parent_context(record),
            kind=SpanKind.CLIENT if record.kind == "generation" else SpanKind.INTERNAL,
            attributes=flat(trace_attributes(trace)),
        )

    def end(self, begun: "Span", record: SpanRecord) -> None:
        from opentelemetry.trace import Status, StatusCode

        begun.set_attributes(flat(span_attributes(record, content=self._content)))
        ended = nanoseconds(record.start) + nanoseconds(record.seconds)
        if record.error is not None:
            begun.add_event("exception", _exception(record, content=self._content), timestamp=ended)
        if record.level == "ERROR":
            begun.set_status(Status(StatusCode.ERROR, status_message(record, content=self._content)))
        begun.end(end_time=ended)

    def score(self, record: SpanRecord, name: str, value: float, kind: ScoreKind) -> None:
        """An attribute of the span, which `end` sends."""

    def close(self) -> None:
        self._processor.shutdown()  # type: ignore[no-untyped-call]


def _exception(record: SpanRecord, *, content: bool) -> dict[str, Any]:
    told = {"exception.type": record.error_kinds[0]}
    if content and record.error is not None:
        told["exception.message"] = record.error.partition(": ")[2]
    return told
