"""The trace that is kept with a job."""

from typing import Any

from avatar.settings import Settings
from avatar.telemetry import begun_file, trace_id
from avatar.tracing.reading import span_dicts, traces_data
from orchestrator.jobs.record import JobRecord
from orchestrator.jobs.traces import SPANS_FILE


def kept_trace(settings: Settings, record: JobRecord) -> dict[str, Any] | None:
    """As OTLP JSON, with all its private content, as far as the job has come; None where nothing of it is kept.

    A span that has not ended ends at 0.
    """
    if record.thread_id is None:
        return None
    path = settings.data_dir / "jobs" / record.thread_id / SPANS_FILE
    begun = span_dicts(begun_file(path))
    found = traces_data(span_dicts(path), begun, trace_id(record.id))
    return found if found["resourceSpans"] else None
