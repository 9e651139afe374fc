"""Reads spans back that were kept in OpenTelemetry's JSON form."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from avatar.tracing.otlp import NANOSECONDS, OPEN, resource_spans
from avatar.tracing.record import Level, SpanKind, SpanRecord
from avatar.tracing.semantics import (
    CAUSES,
    CONTENT,
    ERROR_TYPE,
    INPUT_MESSAGES,
    KIND,
    LEVEL,
    OUTPUT_MESSAGES,
    OWN,
)

NOT_OF_THE_CALLER: Final = frozenset({KIND, LEVEL, CAUSES, OPEN})
NEEDED: Final = frozenset({"traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano"})


def read_spans(path: Path) -> list[SpanRecord]:
    """The ended spans in a file of `span_line`s, in the order of their ends; a torn line is left out."""
    return [span_record(span) for span in span_dicts(path)]


def span_dicts(path: Path) -> list[dict[str, Any]]:
    """The spans as they stand in the file; none where there is no such file."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [span for line in lines for span in _spans_of(line)]


def traces_data(ended: Iterable[Mapping[str, Any]], begun: Iterable[Mapping[str, Any]], trace: str) -> dict[str, Any]:
    """The spans of one trace as one `TracesData`: by their beginnings, those that have not ended too."""
    spans = {span["spanId"]: dict(span) for span in begun if span["traceId"] == trace}
    spans |= {span["spanId"]: dict(span) for span in ended if span["traceId"] == trace}
    ordered = sorted(spans.values(), key=lambda span: int(span["startTimeUnixNano"]))
    return {"resourceSpans": [resource_spans(ordered)] if ordered else []}


def span_record(span: Mapping[str, Any]) -> SpanRecord:
    """What `span_json` was made of."""
    told = {item["key"]: _plain(item["value"]) for item in span.get("attributes", ())}
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    events = {event["name"]: event for event in span.get("events", ())}
    failed = {item["key"]: _plain(item["value"]) for item in events.get("exception", {}).get("attributes", ())}
    content = {name.removeprefix(CONTENT): value for name, value in told.items() if name.startswith(CONTENT)}
    for name, known in (("input", INPUT_MESSAGES), ("output", OUTPUT_MESSAGES)):
        if known in told:
            content[name] = json.loads(told[known])
    return SpanRecord(
        name=span["name"],
        start=start / NANOSECONDS,
        seconds=max(0, end - start) / NANOSECONDS,
        attributes={
            name.removeprefix(OWN): value
            for name, value in told.items()
            if name.startswith(OWN) and not name.startswith(CONTENT) and name not in NOT_OF_THE_CALLER
        },
        error=f"{failed['exception.type']}: {failed['exception.message']}" if failed else None,
        kind=cast(SpanKind, told.get(KIND, "span")),
        content=content,
        trace_id=span["traceId"],
        span_id=span["spanId"],
        parent_id=span.get("parentSpanId", ""),
        level=cast(Level, told.get(LEVEL, "DEFAULT")),
        error_kinds=(told[ERROR_TYPE], *told.get(CAUSES, ())) if ERROR_TYPE in told else (),
    )


def _spans_of(line: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(line)
        return [
            span
            for resource in found["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
            if span.keys() >= NEEDED
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _plain(value: Mapping[str, Any]) -> Any:
    if "intValue" in value:
        return int(value["intValue"])
    if "doubleValue" in value:
        return float(value["doubleValue"])
    if "kvlistValue" in value:
        return {item["key"]: _plain(item["value"]) for item in value["kvlistValue"].get("values", ())}
    if "arrayValue" in value:
        return [_plain(item) for item in value["arrayValue"].get("values", ())]
    return next(iter(value.values()), None)
