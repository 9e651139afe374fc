"""The short form that scripts use: hand in two files, ask how it goes, fetch the video."""

from typing import Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.rest.asking import FORM_FILES, queue_one, received
from api.rest.files import file_answer, gone
from api.rest.openapi import body, form_body
from api.rest.problems import PROBLEMS
from api.rest.receiving import FORM_TYPE, content_kind, wrong_content_type
from api.rest.routes.generate import require_no_failure
from api.rest.routes.media import KEEP, VIDEO
from api.rest.schemas import JobSpec
from api.rest.service import Current, job_record
from api.rest.views import EXAMPLE_ID
from avatar.errors import ConflictError
from orchestrator.jobs.names import video_path
from orchestrator.jobs.record import JobStatus

ShortStatus = Literal["processing", "waiting_review", "completed", "failed", "cancelled"]
SHORT: Final[dict[JobStatus, ShortStatus]] = {
    "queued": "processing",
    "running": "processing",
    "waiting_review": "waiting_review",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}

router = APIRouter(tags=["short form"], responses=PROBLEMS)


class ShortAnswer(BaseModel):
    """A video that is being made."""

    session_id: str = Field(description="The job's number.", examples=[EXAMPLE_ID])
    status: ShortStatus
    download_url: str = Field(examples=[f"http://127.0.0.1:8005/download/{EXAMPLE_ID}"])


class ShortState(BaseModel):
    """How far it is: `processing` until it is `completed`, `failed` or `cancelled`."""

    session_id: str = Field(examples=[EXAMPLE_ID])
    status: ShortStatus
    progress: float = Field(description="0 to 1.", ge=0, le=1, examples=[0.62])
    error: str | None = Field(description="What was wrong, and what to do.")


@router.post("/generate", openapi_extra=body(form=form_body(JobSpec, FORM_FILES)))
async def generate_short(request: Request, service: Current) -> ShortAnswer:
    """Make a video of the files `image` and `audio`; it goes on while you ask `/status`."""
    if content_kind(request) != FORM_TYPE:
        raise wrong_content_type(request, FORM_TYPE)
    async with received(request, service, JobSpec) as given:
        record = await queue_one(service, given.spec, given.files)
    base = str(request.base_url).rstrip("/")
    return ShortAnswer(session_id=record.id, status=SHORT[record.status], download_url=f"{base}/download/{record.id}")


@router.get("/status/{session_id}")
def short_status(session_id: str, service: Current) -> ShortState:
    """How far a video is."""
    record = service.board.get(session_id)
    failure = record.failure
    return ShortState(
        session_id=record.id,
        status=SHORT[record.status],
        progress=1.0 if record.status == "completed" else min(max(record.progress.fraction, 0.0), 1.0),
        error=f"{failure.message} {failure.cure}".rstrip() if failure else None,
    )


@router.head("/download/{session_id}", include_in_schema=False)
@router.get("/download/{session_id}", response_class=Response, responses=VIDEO)
async def download_short(session_id: str, request: Request, service: Current) -> Response:
    """The finished video; 409 while it is made. `Range` asks for a part of it."""
    record = await job_record(service, session_id)
    require_no_failure(record)
    if record.status != "completed":
        raise ConflictError(
            f"The video {session_id} is not finished: {record.progress.fraction:.0%} are done.",
            cure=f"Ask /status/{session_id} until it is completed.",
        )
    return await file_answer(
        request,
        video_path(service.settings, record),
        missing=gone(record.id),
        media_type=record.video_format.media_type,
        cache=KEEP,
        name=f"{record.id}{record.video_format.suffix}",
        save=True,
    )
