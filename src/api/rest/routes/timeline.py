"""What an editor of performances needs: the speech on a time axis, curves of the motion, and quick previews."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import ceil, floor
from pathlib import Path
from typing import Any, Final, TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from api.rest.files import GONE, NOT_MODIFIED, RANGES, file_answer, gone
from api.rest.gate import client_address
from api.rest.inputs import about, unusable
from api.rest.openapi import body, json_body
from api.rest.problems import PROBLEMS
from api.rest.receiving import JSON_TYPE, content_kind, parse_json, wrong_content_type
from api.rest.routes.jobs import JobId
from api.rest.routes.media import BINARY, KEEP
from api.rest.service import Current, Service, job_record
from api.rest.speech_view import SpeechView, open_samples, speech_view
from api.rest.timeline_schemas import (
    EDITED,
    LONGEST_PREVIEW_SECONDS,
    CurvesGiven,
    MotionCurves,
    PreviewGiven,
)
from api.rest.views import API
from audio_processor.analysis import load_speech
from avatar.errors import ConflictError, InputError
from avatar.files import atomic_file
from avatar.performance import Performance
from avatar.types import frame_count
from orchestrator.artifacts import artifact_key, touch
from orchestrator.given import checked_performance
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobRecord
from orchestrator.moving import MotionSource, source_of
from orchestrator.previews.turns import Turn

Given = TypeVar("Given", CurvesGiven, PreviewGiven)
Value = TypeVar("Value")

MOST_POINTS: Final = 3000
SLACK_FRAMES: Final = 1e-3
"""A time that means a frame may be written with rounding."""

PREVIEW_ENGINE: Final = "puppet"
SPEECH: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Words, phrases, stress, emotions and the waveform.", "model": SpeechView},
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}
PREVIEW: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A small MP4 with sound. `X-Renderer` names the engine, `X-Start` the second it begins at.",
        "content": {"video/mp4": BINARY},
    },
    **GONE,
}
PERFORMED: Final = {"nod": {"performance": EDITED}}
STRETCH: Final = {"nod": {"performance": EDITED, "start": 0, "end": 3}}

router = APIRouter(prefix=API, tags=["timeline"], responses=PROBLEMS)


@router.head("/jobs/{job_id}/speech", include_in_schema=False)
@router.get("/jobs/{job_id}/speech", response_class=Response, responses=SPEECH)
async def speech(job_id: JobId, request: Request, service: Current) -> Response:
    """What is said in a job that waits for a review or is completed, and how: the ground of a timeline."""
    record = await directed(service, job_id)
    source = await run_sync(_source, record, limiter=service.heavy)
    emotions = Path((record.result or {}).get("emotions") or "")
    name = artifact_key("speech view", str(source.speech), str(emotions))[:12]
    path = output_path(service.settings, job_id).with_suffix(f".speech-{name}.json")
    with _gone(job_id):
        await run_sync(_write_speech, source, emotions, path, limiter=service.heavy)
    return await file_answer(
        request, path, missing=gone(job_id, "speech"), media_type="application/json", cache=KEEP, name=path.name
    )


@router.post("/jobs/{job_id}/curves", responses=GONE, openapi_extra=body(json=json_body(CurvesGiven, PERFORMED)))
async def curves(job_id: JobId, request: Request, service: Current) -> MotionCurves:
    """The motion that a performance gives on a job that waits for a review or is completed; nothing is kept."""
    _, source, given, performance = await _asked(job_id, request, service, CurvesGiven)
    turn = Turn()

    def found() -> MotionCurves:
        shown = service.previews.curves(
            source, performance, most_points=MOST_POINTS, most_per_second=given.fps, turn=turn
        )
        return MotionCurves(
            fps=float(shown.points_per_second),
            frames=len(shown),
            step=shown.step,
            curves={name: [round(float(value), 3) for value in curve] for name, curve in shown.curves.items()},
        )

    with _gone(job_id):
        return await _while_wanted(request, service, turn, found)


@router.post(
    "/jobs/{job_id}/preview",
    response_class=Response,
    responses=PREVIEW,
    openapi_extra=body(json=json_body(PreviewGiven, STRETCH)),
)
async def preview(job_id: JobId, request: Request, service: Current) -> Response:
    """A stretch of the video that a performance gives, small and at once; nothing is kept.

    The same motion as in the video, drawn by the puppet whatever engine draws that. A newer preview of the same job and
    client ends an older one, which is then answered with 409.
    """
    record, source, given, performance = await _asked(job_id, request, service, PreviewGiven)
    frames = _frames(record, source, given)
    turn = Turn()
    caller = (job_id, given.client or client_address(request))

    def drawn() -> bytes:
        return service.previews.preview(source, performance, frames, side=given.side, caller=caller, turn=turn)

    with _gone(job_id):
        content = await _while_wanted(request, service, turn, drawn)
    start = float(frames.start / source.rate)
    return Response(content, media_type="video/mp4", headers={"X-Renderer": PREVIEW_ENGINE, "X-Start": f"{start:.6f}"})


async def directed(service: Service, job: str) -> JobRecord:
    """The record of a job whose speech and portrait are there. Raises `ConflictError` for another, `NotFoundError`."""
    record = await job_record(service, job)
    if record.status in ("waiting_review", "completed"):
        return record
    cure = f"Wait until it waits for a review or is completed: {API}/jobs/{job}/events tells."
    if record.has_ended:
        cure = f"{API}/jobs/{job} says why; ask for a new job."
    raise ConflictError(f"The job {job} is {record.status}; there is no timeline of it.", cure=cure)


async def _asked(
    job_id: str, request: Request, service: Service, model: type[Given]
) -> tuple[JobRecord, MotionSource, Given, Performance]:
    """What is asked, read in a thread: a large body must not hold up other requests."""
    record = await directed(service, job_id)
    if content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    content = await request.body()

    def read() -> tuple[JobRecord, MotionSource, Given, Performance]:
        given = parse_json(model, content)
        with about("performance"):
            performance = Performance.model_validate(checked_performance(given.performance, "The performance"))
        return record, _source(record), given, performance

    return await run_sync(read, limiter=service.heavy)


def _source(record: JobRecord) -> MotionSource:
    source = source_of(record.result or {}, record.request)
    if source is None or not all(path.is_file() for path in source.files):
        raise gone(record.id, "speech")
    return source


@contextmanager
def _gone(job: str) -> Iterator[None]:
    """A file that is removed while it is needed is gone."""
    try:
        yield
    except FileNotFoundError:
        raise gone(job, "speech") from None


def _frames(record: JobRecord, source: MotionSource, given: PreviewGiven) -> range:
    """Every frame that is shown in the stretch. Raises a 422 problem."""
    seconds = (record.result or {})["duration"]
    field, error = "end", None
    if given.end <= given.start:
        error = InputError(f"The preview ends at {given.end:g} s and starts at {given.start:g} s.", cure=_ORDER)
    elif given.end - given.start > LONGEST_PREVIEW_SECONDS:
        length = given.end - given.start
        error = InputError(f"The preview has {length:g} s; at most {LONGEST_PREVIEW_SECONDS:g} are drawn.", cure=_LESS)
    elif given.start >= seconds:
        field = "start"
        error = InputError(f"The preview starts at {given.start:g} s; the sound ends at {seconds:g} s.", cure=_WITHIN)
    if error is not None:
        raise unusable(field, error)
    total = frame_count(seconds, source.rate)
    first = min(floor(given.start * source.rate + SLACK_FRAMES), total - 1)
    return range(first, min(max(ceil(given.end * source.rate - SLACK_FRAMES), first + 1), total))


async def _while_wanted(request: Request, service: Service, turn: Turn, work: Callable[[], Value]) -> Value:
    """What the work returns in a thread; the turn ends when the client hangs up."""
    watch = asyncio.create_task(_leave_with_client(request, service, turn))
    try:
        return await run_sync(work, limiter=service.looks)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _leave_with_client(request: Request, service: Service, turn: Turn) -> None:
    """Ends the turn when the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        continue
    await run_sync(service.previews.leave, turn)


def _write_speech(source: MotionSource, emotions: Path, path: Path) -> None:
    """Writes the view, once, and notes the use; it stays as long as the job. Raises `FileNotFoundError`."""
    touch(source.speech)
    if path.exists():
        return
    from orchestrator.nodes.emotion_detection import load_emotions  # brings LangGraph, which a service need not load

    view = speech_view(load_speech(source.speech), load_emotions(emotions), open_samples(source.samples))
    with atomic_file(path) as partial:
        partial.write_text(view.model_dump_json(), encoding="utf-8")


_ORDER: Final = "Let it end after its start."
_LESS: Final = "Ask for a shorter stretch."
_WITHIN: Final = "Start it within the sound."
