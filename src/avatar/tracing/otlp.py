"""Spans in OpenTelemetry's JSON form, as the protocol's file exporter writes them: one `TracesData` a line."""

import json
import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Final

from avatar import __version__
from avatar.tracing.record import JobTrace, SpanRecord
from avatar.tracing.semantics import span_attributes, trace_attributes

SERVICE: Final = "avatar-orchestrator"
OPEN: Final = "avatar.open"
"""True on a span that has begun and not ended: it runs, or its process was killed. Its end is 0."""

INTERNAL, CLIENT = 1, 3
STATUS_ERROR: Final = 2
NANOSECONDS: Final = 1_000_000_000
NO_NUMBERS: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def span_line(record: SpanRecord, trace: JobTrace, *, is_open: bool = False) -> bytes:
    """The span as a line of a file, with all its private content."""
    text = json.dumps(
        {"resourceSpans": [resource_spans([span_json(record, trace, is_open=is_open)])]},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return text.encode("utf-8", "backslashreplace") + b"\n"


def span_json(record: SpanRecord, trace: JobTrace, *, is_open: bool = False) -> dict[str, Any]:
    """One span of the OTLP JSON encoding."""
    attributes = span_attributes(record, content=True)
    if not record.parent_id:
        attributes |= trace_attributes(trace)
    if is_open:
        attributes[OPEN] = True
    end = 0 if is_open else nanoseconds(record.start) + nanoseconds(record.seconds)
    span: dict[str, Any] = {
        "traceId": record.trace_id,
        "spanId": record.span_id,
        "name": record.name,
        "kind": CLIENT if record.kind == "generation" else INTERNAL,
        "startTimeUnixNano": str(nanoseconds(record.start)),
        "endTimeUnixNano": str(end),
        "attributes": _key_values(attributes),
        "status": {},
    }
    if record.parent_id:
        span["parentSpanId"] = record.parent_id
    if record.error is not None:
        span["events"] = [_exception(record, end)]
        span["status"] = {"code": STATUS_ERROR, "message": record.error} if record.level == "ERROR" else {}
    return span


def nanoseconds(seconds: float) -> int:
    return round(seconds * NANOSECONDS)


def resource_spans(spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Spans of this program."""
    told = {"service.name": SERVICE, "service.version": __version__}
    scope = {"name": "avatar", "version": __version__}
    return {"resource": {"attributes": _key_values(told)}, "scopeSpans": [{"scope": scope, "spans": spans}]}


def _exception(record: SpanRecord, time: int) -> dict[str, Any]:
    kind, _, message = (record.error or "").partition(": ")
    told = {"exception.type": kind, "exception.message": message}
    return {"timeUnixNano": str(time), "name": "exception", "attributes": _key_values(told)}


def _key_values(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _any_value(value)} for name, value in attributes.items()]


def _any_value(value: Any) -> dict[str, Any]:
    """An `AnyValue`; 64-bit integers and numbers that JSON lacks are text, as protobuf's JSON mapping has them."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, Integral):
        return {"intValue": str(int(value))}
    if isinstance(value, Real):
        return {"doubleValue": float(value) if math.isfinite(value) else NO_NUMBERS[str(float(value))]}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": _key_values({str(name): part for name, part in value.items()})}}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_any_value(item) for item in value]}}
    return {} if value is None else {"stringValue": str(value)}
