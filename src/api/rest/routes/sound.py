"""The sound of a job, while its performance is reviewed and afterwards."""

from pathlib import Path
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from api.rest.files import GONE, NOT_MODIFIED, RANGES, file_answer, file_name, gone
from api.rest.problems import PROBLEMS
from api.rest.routes.jobs import JobId
from api.rest.routes.media import BINARY, KEEP
from api.rest.service import Current, job_record
from api.rest.views import API
from audio_processor.decode import DECODED_NAME
from audio_processor.wave_file import write_wave
from avatar.errors import ConflictError
from orchestrator.artifacts import touch

WAVE_NAME: Final = "sound-16k-mono.wav"
WAVE_TYPE: Final = "audio/wav"
SOUND: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "WAV, mono at 16 kHz: the sound as it is analysed.", "content": {WAVE_TYPE: BINARY}},
    **RANGES,
    **NOT_MODIFIED,
    **GONE,
}

router = APIRouter(prefix=API, tags=["results"], responses=PROBLEMS)


@router.head("/jobs/{job_id}/sound", include_in_schema=False)
@router.get("/jobs/{job_id}/sound", response_class=Response, responses=SOUND)
async def sound(job_id: JobId, request: Request, service: Current) -> Response:
    """What the face speaks. 409 until it is analysed: ask once the job waits for its review, or is completed."""
    record = await job_record(service, job_id)
    speech = (record.result or {}).get("speech")
    if speech is None:
        raise ConflictError(
            f"The sound of the job {job_id} is not known yet; it is {record.status.replace('_', ' ')}.",
            cure="Ask again once it waits for a review or is completed.",
        )
    path = Path(speech).with_name(WAVE_NAME)
    missing = gone(job_id, "sound")
    try:
        await run_sync(_convert, path, limiter=service.heavy)
    except FileNotFoundError:
        raise missing from None
    return await file_answer(
        request,
        path,
        missing=missing,
        media_type=WAVE_TYPE,
        cache=KEEP,
        name=file_name(record.label, job_id, path.suffix),
    )


def _convert(path: Path) -> None:
    """Writes the file, once, and notes the use. Raises `FileNotFoundError` where the sound is no more."""
    decoded = path.with_name(DECODED_NAME)
    touch(decoded)
    if not path.exists():
        write_wave(decoded, path)
