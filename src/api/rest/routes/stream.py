"""A video that can be watched while it renders: HLS."""

from collections.abc import Callable
from time import monotonic
from typing import Annotated, Any, Final, TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Response

from api.rest.files import GONE, gone
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.service import Current, Service, job_record
from api.rest.views import API
from avatar.errors import ConflictError, EncodingError, NotFoundError
from avatar.settings import Settings
from orchestrator.jobs.record import JobRecord
from orchestrator.streaming import VERSION_DIGITS, VideoStream, open_stream

Value = TypeVar("Value")

LONGEST_WAIT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.1
RETRY_AFTER_SECONDS: Final = 1

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
PART_TYPE: Final = "video/mp4"
CODECS_HEADER: Final = "X-Codecs"
ALWAYS_ANEW: Final = "no-store"
FOR_GOOD: Final = "private, max-age=31536000, immutable"
"""The playlist's addresses of parts carry the version of what they hold."""

BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
CODECS: Final = {"description": "For MediaSource: `avc1.64001f,mp4a.40.2`.", "schema": {"type": "string"}}
PLAYLIST: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "An HLS playlist of the parts that exist. It ends with `#EXT-X-ENDLIST` once all do.",
        "content": {PLAYLIST_TYPE: {"schema": {"type": "string"}}},
        "headers": {CODECS_HEADER: CODECS},
    },
    **GONE,
}
INIT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The head of a fragmented MP4.",
        "content": {PART_TYPE: BINARY},
        "headers": {CODECS_HEADER: CODECS},
    },
    **GONE,
}
PART: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Picture and sound of one part.", "content": {PART_TYPE: BINARY}},
    **GONE,
}

Version = Annotated[str | None, Query(max_length=64, description="As the playlist writes it.")]

ENDINGS: Final = {"failed": "has failed", "cancelled": "was cancelled"}

router = APIRouter(prefix=API, tags=["results"], responses=PROBLEMS)


@router.get("/jobs/{job_id}/stream.m3u8", response_class=Response, responses=PLAYLIST)
async def playlist(job_id: str, service: Current) -> Response:
    """Waits up to ten seconds for the first part; 503 with `Retry-After` where there is none by then."""
    stream = await _begun(service, await _streamed(service, job_id))
    text, codecs = await _read(job_id, lambda: (stream.playlist("stream/"), stream.codecs))
    return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": ALWAYS_ANEW, CODECS_HEADER: codecs})


@router.get("/jobs/{job_id}/stream/init.mp4", response_class=Response, responses=INIT)
async def initialisation(job_id: str, service: Current, v: Version = None) -> Response:
    """What a player needs before any part; 404 where `v` is another version than the video's."""
    record = await _streamed(service, job_id)

    def read() -> tuple[bytes, str]:
        stream = _opened(service.settings, record, v)
        return stream.init(), stream.codecs

    data, codecs = await _read(job_id, read)
    return Response(data, media_type=PART_TYPE, headers={"Cache-Control": _cache(v), CODECS_HEADER: codecs})


@router.get("/jobs/{job_id}/stream/{index}.m4s", response_class=Response, responses=PART)
async def part(job_id: str, index: Annotated[int, Path(ge=0)], service: Current, v: Version = None) -> Response:
    """One part that the playlist names; 404 where it does not exist yet, or `v` is another version than the video's."""
    record = await _streamed(service, job_id)
    data = await _read(job_id, lambda: _opened(service.settings, record, v).part(index))
    return Response(data, media_type=PART_TYPE, headers={"Cache-Control": _cache(v)})


async def _streamed(service: Service, job: str) -> JobRecord:
    """Raises `ConflictError` where the job's video is of a format that is not streamed."""
    record = await job_record(service, job)
    made = record.video_format
    if not made.streams:
        raise ConflictError(
            f"The video of the job {job} is a {made.label}; only an MP4 can be watched while it is made.",
            cure=f"Wait for its end at {API}/jobs/{job}/events, then fetch {API}/jobs/{job}/video.",
        )
    return record


async def _begun(service: Service, record: JobRecord) -> VideoStream:
    """The stream, once its first part is there."""
    deadline = monotonic() + LONGEST_WAIT_SECONDS
    with service.feed.watching(record) as watch:
        while True:
            record = watch.record
            stream = await run_sync(_look, service.settings, record)
            if stream is not None and stream.ready:
                return stream
            _require_hope(record)
            if watch.is_over or monotonic() > deadline:
                raise _later(record)
            await watch.newer(record.revision, LOOK_SECONDS)


def _look(settings: Settings, record: JobRecord) -> VideoStream | None:
    stream = open_stream(settings, record)
    return stream if stream is not None and stream.ready else None


def _opened(settings: Settings, record: JobRecord, version: str | None) -> VideoStream:
    stream = open_stream(settings, record)
    if stream is None:
        if record.status == "completed":
            raise gone(record.id)
        raise NotFoundError(f"There is nothing to watch of the job {record.id} yet.", cure="Ask for its playlist.")
    if version not in (None, stream.render["key"][:VERSION_DIGITS]):
        what = f"The video of the job {record.id} is not, or no more, of the version '{version}'."
        raise NotFoundError(what, cure="Ask for its playlist anew.")
    return stream


def _cache(version: str | None) -> str:
    return ALWAYS_ANEW if version is None else FOR_GOOD


def _require_hope(record: JobRecord) -> None:
    """Raises a problem where nothing to watch will come by itself."""
    if record.status == "completed":
        raise gone(record.id)
    if record.status == "waiting_review":
        cure = f"Let it go on: POST {API}/jobs/{record.id}/resume."
        raise ConflictError(f"The job {record.id} waits for a review; there is nothing to watch yet.", cure=cure)
    if record.has_ended:
        cure = f"{API}/jobs/{record.id} says why; ask for a new job."
        raise ConflictError(f"The job {record.id} {ENDINGS[record.status]}; there is nothing to watch.", cure=cure)


async def _read(job: str, read: Callable[[], Value]) -> Value:
    """What `read` brings, in a thread. A file that has gone in the meantime is 410."""
    try:
        return await run_sync(read)
    except (EncodingError, FileNotFoundError) as error:
        raise gone(job) from error


def _later(record: JobRecord) -> HttpProblem:
    return HttpProblem(
        503,
        "NotYet",
        f"The job {record.id} has no picture yet; it is {record.status}.",
        cure="Ask again after the seconds in Retry-After.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        job_id=record.id,
    )
