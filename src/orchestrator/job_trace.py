"""A job as a trace: whose it is, what it was asked for, and how good it became."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from avatar import __version__
from avatar.errors import InputError
from avatar.telemetry import JobTrace, SpanRecord, Tracer, trace_id
from orchestrator.artifacts import code_version
from orchestrator.request import JobRequest
from orchestrator.result import JobResult

LONGEST_LABEL: Final = 200
MOST_TAGS: Final = 20
"""What Langfuse keeps; it drops what is longer."""

ASKED: Final = ("text", "language", "voice", "direction", "transcript", "performance", "controls")
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


def check_labels(session: str | None, user: str | None, tags: Iterable[str]) -> None:
    """Raises `InputError` for what a receiver of traces would drop in silence."""
    for name, label in (("session", session), ("user", user)):
        if label is not None and not (label.strip() and label.isascii() and label.isprintable()):
            raise InputError(f"The {name} is empty, or not plain ASCII.", cure="Use letters and digits such as these.")
    labels = list(tags)
    if len(labels) > MOST_TAGS:
        raise InputError(f"There are {len(labels)} tags.", cure=f"Give at most {MOST_TAGS}.")
    if any(not (tag.strip() and tag.isprintable()) for tag in labels):
        raise InputError("A tag is empty, or has characters that cannot be shown.", cure="Leave it out.")
    if any(len(label) > LONGEST_LABEL for label in (*labels, session or "", user or "")):
        raise InputError(
            f"A session, a user or a tag has more than {LONGEST_LABEL} characters.", cure="Give a shorter one."
        )


def tell_request(span: SpanRecord, request: JobRequest) -> None:
    """What was asked for is private; how it is to be made is not."""
    given = {name: getattr(request, name) for name in ASKED}
    files = {name: Path(place).name for name in FILES if (place := getattr(request, name)) is not None}
    asked: Mapping[str, Any] = {name: value for name, value in {**given, **files}.items() if value}
    span.set_content(input=asked)
    span.set(fps=request.fps, renderer=request.renderer, director=request.director, review=request.review)


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
    if result.errors:
        span.warn("failures_overcome")
    if result.status == "finished" and not result.served and result.duration > 0:
        tracer.score("real_time_factor", seconds / result.duration)
