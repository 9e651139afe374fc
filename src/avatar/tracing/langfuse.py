"""Spans go to Langfuse, through its SDK; the only place that knows it."""

import base64
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from avatar.tracing.otel import (
    SENDING_SECONDS,
    GivenIds,
    GivenProvider,
    WatchedExporter,
    parent_context,
    without_collectors_headers,
)
from avatar.tracing.otlp import nanoseconds
from avatar.tracing.outlets import ScoreKind
from avatar.tracing.record import JobTrace, SpanRecord
from avatar.tracing.semantics import level_of, public, status_message

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

TRACES_PATH: Final = "/api/public/otel/v1/traces"
TRACE_NAME: Final = "avatar"
INPUT_AND_OUTPUT: Final = ("input", "output")
MODEL_FIELDS: Final = ("model", "model_parameters", "tokens_in", "tokens_out", "cost_usd", "first_token_seconds")


class LangfuseOutlet:
    """Observations of Langfuse's SDK under the ids of our own spans. `content` lets private content out.

    What goes wrong is told by `told`, once, in place of the SDK's own log, which tells it batch by batch.
    """

    def __init__(
        self,
        host: str,
        keys: tuple[str, str],
        release: str,
        told: Callable[[str | None], None],
        *,
        content: bool,
    ) -> None:
        from langfuse import Langfuse

        self._content = content
        self._ids = GivenIds()
        provider: Any = GivenProvider(self._ids)
        exporter: Any = WatchedExporter(_exporter(host, keys), told)
        logging.getLogger("langfuse").setLevel(logging.CRITICAL)
        self._client = Langfuse(
            public_key=keys[0],
            secret_key=keys[1],
            base_url=host,
            timeout=SENDING_SECONDS,
            release=release or None,
            tracer_provider=provider,
            span_exporter=exporter,
            should_export_span=lambda _: True,
        )

    def begin(self, record: SpanRecord, trace: JobTrace) -> Any:
        from langfuse import propagate_attributes
        from opentelemetry.context import attach, detach

        self._ids.give(record)
        token = attach(parent_context(record))
        try:
            with propagate_attributes(
                session_id=trace.session or None,
                user_id=trace.user or None,
                tags=list(trace.tags) or None,
                version=trace.version or None,
                trace_name=TRACE_NAME,
            ):
                return self._client.start_observation(name=record.name, as_type=record.kind)
        finally:
            detach(token)

    def end(self, begun: Any, record: SpanRecord) -> None:
        known = record.attributes if self._content else public(record.attributes)
        told: dict[str, Any] = {"metadata": _metadata(record, known)}
        if (level := level_of(record)) != "DEFAULT":
            told |= {"level": level, "status_message": status_message(record, content=self._content)}
        if record.kind == "generation":
            told |= _generation(record, known)
        if self._content:
            rest = {name: value for name, value in record.content.items() if name not in INPUT_AND_OUTPUT}
            told |= {name: record.content[name] for name in INPUT_AND_OUTPUT if name in record.content}
            told["metadata"] |= rest
        begun.update(**told)
        begun.end(end_time=nanoseconds(record.start) + nanoseconds(record.seconds))

    def score(self, record: SpanRecord, name: str, value: float, kind: ScoreKind) -> None:
        self._client.create_score(
            name=name,
            value=float(value),
            trace_id=record.trace_id,
            score_id=f"{record.trace_id}-{name}",
            data_type="BOOLEAN" if kind == "boolean" else "NUMERIC",
        )

    def close(self) -> None:
        self._client.shutdown()


def _exporter(host: str, keys: tuple[str, str]) -> "OTLPSpanExporter":
    """What the SDK makes for itself; ours, so that its outcome is seen."""
    from langfuse import __version__ as sdk_version
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    headers = {
        "Authorization": "Basic " + base64.b64encode(":".join(keys).encode()).decode("ascii"),
        "x-langfuse-sdk-name": "python",
        "x-langfuse-sdk-version": sdk_version,
        "x-langfuse-public-key": keys[0],
        "x-langfuse-ingestion-version": "4",
    }
    with without_collectors_headers():
        return OTLPSpanExporter(
            endpoint=host.rstrip("/") + TRACES_PATH,
            headers=headers,
            timeout=SENDING_SECONDS,
            compression=Compression.Gzip,
        )


def _metadata(record: SpanRecord, known: Mapping[str, Any]) -> dict[str, Any]:
    hidden = MODEL_FIELDS if record.kind == "generation" else ()
    causes = {"error_kinds": list(record.error_kinds)} if record.error_kinds else {}
    return {name: value for name, value in known.items() if name not in hidden} | causes


def _generation(record: SpanRecord, known: Mapping[str, Any]) -> dict[str, Any]:
    told = {"model": known.get("model"), "model_parameters": known.get("model_parameters")}
    tokens = {"input": known.get("tokens_in"), "output": known.get("tokens_out")}
    told["usage_details"] = {name: count for name, count in tokens.items() if count is not None} or None
    if (cost := known.get("cost_usd")) is not None:
        told["cost_details"] = {"total": cost}
    if (first := known.get("first_token_seconds")) is not None:
        told["completion_start_time"] = datetime.fromtimestamp(record.start + first, tz=timezone.utc)
    return told
