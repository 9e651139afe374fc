"""What a job has made: its video, the motion behind it, and a small picture."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from api.rest.files import GONE, NOT_MODIFIED, RANGES, file_answer, file_name, gone, is_known
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.routes.jobs import JobId
from api.rest.service import Current, Service, job_record
from api.rest.thumbnails import make_thumbnail, portrait_thumbnail, turns
from api.rest.views import API
from avatar.errors import ConflictError, EncodingError, PortraitError
from orchestrator.jobs.names import output_path, video_path
from orchestrator.jobs.record import JobRecord
from video_processor.formats import FORMATS
from video_processor.motion.export import GLTF_SUFFIX, export_saved

MotionFormat = Literal["json", "csv", "npz", "glb"]

MOTION_TYPES: Final[dict[MotionFormat, str]] = {
    "json": "application/json",
    "csv": "text/csv",
    "npz": "application/octet-stream",
    "glb": "model/gltf-binary",
}
MOTION_FORMATS: Final = (
    "`csv` is what Live Link Face records; `npz` is NumPy's; `glb` is glTF: the portrait's head, animated."
)
KEEP: Final = "private, max-age=3600"
ASK_AGAIN: Final = "private, no-cache"
"""The same address shows the portrait first and the video later."""

BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
VIDEO: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The video, in the format that was asked for.",
        "content": dict.fromkeys((made.media_type for made in FORMATS.values()), BINARY),
    },
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}
MOTION: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "52 blendshapes and the head's pose for every frame.",
        "content": dict.fromkeys(MOTION_TYPES.values(), BINARY),
    },
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}
THUMBNAIL: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A picture 320 pixels wide.", "content": {"image/jpeg": BINARY}},
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}

EMOTIONS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "For every two seconds or so of speech `span`, `emotion` and what the `sources` said.",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    },
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}

router = APIRouter(prefix=API, tags=["results"], responses=PROBLEMS)

Download = Annotated[bool, Query(description="Whether browsers store the file, under a name that tells what it is.")]


@router.head("/jobs/{job_id}/video", include_in_schema=False)
@router.get("/jobs/{job_id}/video", response_class=Response, responses=VIDEO)
async def video(job_id: JobId, request: Request, service: Current, download: Download = False) -> Response:
    """The finished video. `Range` asks for a part of it."""
    record = await completed(service, job_id)
    return await file_answer(
        request,
        video_path(service.settings, record),
        missing=gone(job_id),
        media_type=record.video_format.media_type,
        cache=KEEP,
        name=file_name(record.label, job_id, record.video_format.suffix),
        save=download,
    )


@router.head("/jobs/{job_id}/motion", include_in_schema=False)
@router.get("/jobs/{job_id}/motion", response_class=Response, responses=MOTION)
async def motion(
    job_id: JobId,
    request: Request,
    service: Current,
    form: Annotated[MotionFormat, Query(alias="format", description=MOTION_FORMATS)] = "json",
) -> Response:
    """What the face does in the finished video, frame by frame, for other programs."""
    record = await completed(service, job_id)
    result = record.result or {}
    source, portrait = (Path(result.get(kind) or "") for kind in ("motion", "portrait"))
    path = source if form == "npz" else output_path(service.settings, job_id).with_suffix(f".{form}")
    if form != "npz":
        await run_sync(_export, source, portrait, path, limiter=service.heavy)
    return await file_answer(
        request,
        path,
        missing=gone(job_id, "motion"),
        media_type=MOTION_TYPES[form],
        cache=KEEP,
        name=file_name(record.label, job_id, f".{form}"),
        save=True,
    )


@router.head("/jobs/{job_id}/emotions", include_in_schema=False)
@router.get("/jobs/{job_id}/emotions", response_class=Response, responses=EMOTIONS)
async def emotions(job_id: JobId, request: Request, service: Current) -> Response:
    """How the speaker seems to feel over time, and what voice, words and face said of it."""
    record = await completed(service, job_id)
    return await file_answer(
        request,
        Path((record.result or {}).get("emotions") or ""),
        missing=gone(job_id, "emotions"),
        media_type="application/json",
        cache=KEEP,
        name=file_name(record.label, job_id, ".emotions.json"),
        save=False,
    )


@router.head("/jobs/{job_id}/thumbnail", include_in_schema=False)
@router.get("/jobs/{job_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
async def thumbnail(job_id: JobId, request: Request, service: Current) -> Response:
    """A frame of the finished video, or the portrait where there is none."""
    record = await job_record(service, job_id)
    if record.status == "completed":
        try:
            path = await run_sync(make_thumbnail, service.settings, record, limiter=turns)
        except (FileNotFoundError, EncodingError):
            return await _portrait(request, service, record)
        return await file_answer(
            request, path, missing=gone(job_id, "picture"), media_type="image/jpeg", cache=ASK_AGAIN
        )
    return await _portrait(request, service, record)


async def _portrait(request: Request, service: Service, record: JobRecord) -> Response:
    try:
        jpeg = await run_sync(portrait_thumbnail, service.settings, record, limiter=turns)
    except PortraitError as error:
        raise HttpProblem(410, "Gone", error.message, cure="Give the picture again with a new job.") from error
    headers = {"ETag": f'"{sha256(jpeg).hexdigest()[:32]}"', "Cache-Control": ASK_AGAIN}
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(jpeg, headers=headers, media_type="image/jpeg")


def _export(source: Path, portrait: Path, path: Path) -> None:
    """Writes the motion in another format, once; nothing where it, or the portrait that is to play it, is no more."""
    needs_portrait = path.suffix == GLTF_SUFFIX
    if not path.exists() and source.is_file() and (portrait.is_file() or not needs_portrait):
        with suppress(FileNotFoundError):
            export_saved(source, portrait, path)


async def completed(service: Service, job: str) -> JobRecord:
    """The record of a job that has its video. Raises `ConflictError` for another, `NotFoundError`."""
    record = await job_record(service, job)
    if record.status == "completed":
        return record
    cure = f"Watch it while it is made at {API}/jobs/{job}/stream.m3u8, or wait for the end of {API}/jobs/{job}/events."
    if record.has_ended:
        cure = f"{API}/jobs/{job} says why; ask for a new job."
    elif record.status == "waiting_review":
        cure = f"Let it go on: POST {API}/jobs/{job}/resume."
    raise ConflictError(f"The job {job} is {record.status.replace('_', ' ')}; it has no video.", cure=cure)
