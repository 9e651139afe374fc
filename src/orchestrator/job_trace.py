"""A job as a trace: whose it is, what it was asked for, and how good it became."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from avatar import __version__
from avatar.telemetry import JobTrace, SpanRecord, Tracer, trace_id
from orchestrator.artifacts import code_version
from orchestrator.request import JobRequest
from orchestrator.result import JobResult

ASKED: Final = ("text", "language", "voice", "direction", "transcript", "performance", "controls")
FAILURES_OVERCOME: Final = "failures_overcome"
RULES_STOOD_IN: Final = "rules_stood_in"
FILES: Final = ("image", "audio", "expression_from", "background")


def job_trace(request: JobRequest, thread: str, number: str | None) -> JobTrace:
    """A job of the queue is a trace of its own, by its `number`; a command's goes by the thread, which it goes on."""
    return JobTrace(
        id=trace_id(number or thread),
        session=request.session_id or "",
        user=request.user_id or "",
        tags=tuple(request.tags),
        version=__version__,
        release=code_version(),
    )


def tell_request(span: SpanRecord, request: JobRequest) -> None:
    """What was asked for is private; how it is to be made is not."""
    given = {name: getattr(request, name) for name in ASKED}
    files = {name: Path(place).name for name in FILES if (place := getattr(request, name)) is not None}
    asked: Mapping[str, Any] = {name: value for name, value in {**given, **files}.items() if value}
    span.set_content(input=asked)
    span.set(fps=request.fps, renderer=request.renderer, director=request.director, review=request.review)


def score_direction(tracer: Tracer, report: Mapping[str, Any]) -> None:
    """How well a language model kept to the schema; `report` is a `DirectionReport`.

    It did where every answer could be played as it came. Without any answer there is nothing to judge.
    """
    if report["by_rules"] == report["segments"] and not report["unplayable"]:
        return
    tracer.score("schema_valid", float(not report["unplayable"]), kind="boolean")
    tracer.score("cues_dropped", report["problems"].get("dropped", 0))


def tell_result(tracer: Tracer, span: SpanRecord, result: JobResult, seconds: float) -> None:
    """What became of the job. `seconds` is what all its turns took."""
    span.set(
        status=result.status,
        served=result.served,
        seconds_of_sound=result.duration,
        frames=result.frames,
        width=result.width,
        height=result.height,
        emotion=result.emotion,
        renderer=result.renderer.name if result.renderer else None,
        director=result.director.name,
        failures_overcome=len(result.errors),
    )
    span.set_content(output={"transcript": result.transcribed_text, "video": Path(result.artifact or "").name})
    report = result.direction_report or {}
    if report.get("fallback_reason") is not None:
        span.warn(f"{RULES_STOOD_IN}: {report['fallback_reason']}")
    if result.errors:
        span.warn(FAILURES_OVERCOME)
    if result.status == "finished" and not result.served and result.duration > 0:
        tracer.score("real_time_factor", seconds / result.duration)
