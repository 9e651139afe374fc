"""The captions of a finished video."""

from pathlib import Path
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi import Path as PathParameter

from api.rest.files import GONE, NOT_MODIFIED, RANGES, file_answer, file_name, gone
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.routes.jobs import JobId
from api.rest.routes.media import KEEP, Download, completed
from api.rest.service import Current
from api.rest.views import API
from audio_processor.captions.formats import CaptionForm, write_captions
from avatar.files import atomic_file
from orchestrator.captions import caption_path, load_captions
from orchestrator.jobs.names import output_path

CAPTION_TYPES: Final[dict[CaptionForm, str]] = {"vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip"}
CAPTIONS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The captions, as WebVTT or SubRip.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in CAPTION_TYPES.values()},
    },
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}

router = APIRouter(prefix=API, tags=["results"], responses=PROBLEMS)


@router.head("/jobs/{job_id}/captions.{form}", include_in_schema=False)
@router.get("/jobs/{job_id}/captions.{form}", response_class=Response, responses=CAPTIONS)
async def captions(
    job_id: JobId,
    form: Annotated[CaptionForm, PathParameter(description="`vtt` for browsers, `srt` for most other programs.")],
    request: Request,
    service: Current,
    download: Download = False,
) -> Response:
    """What is said in the finished video, in lines with times. 404 where nobody told the words."""
    record = await completed(service, job_id)
    if not (record.result or {}).get("captions"):
        cure = "Make it again with a transcript, or with a transcriber: GET /api/v1/status tells which there are."
        raise HttpProblem(
            404, "NotFound", f"Nobody told the words of the video {job_id}; it has no captions.", cure=cure
        )
    kept = caption_path(output_path(service.settings, job_id), "vtt")
    path = caption_path(kept, form)
    if path != kept:
        await run_sync(_convert, kept, path, form, limiter=service.heavy)
    return await file_answer(
        request,
        path,
        missing=gone(job_id, "captions"),
        media_type=CAPTION_TYPES[form],
        cache=KEEP,
        name=file_name(record.label, job_id, f".{form}"),
        save=download,
    )


def _convert(kept: Path, path: Path, form: CaptionForm) -> None:
    """Writes the captions in another form, once; nothing where they are no more."""
    if kept.is_file() and not path.exists():
        with atomic_file(path) as partial:
            partial.write_text(write_captions(load_captions(kept), form), encoding="utf-8")
