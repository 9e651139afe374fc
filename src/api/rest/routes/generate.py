"""Ask for one video: wait for it, or have it queued."""

import logging
from typing import Final

import anyio
from fastapi import APIRouter, Request, Response

from api.rest.asking import ONE_VIDEO, queue_one, received
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.schemas import GenerateRequest
from api.rest.service import Current, Service
from api.rest.views import JobView, job_view
from avatar.errors import DiskSpaceError
from orchestrator.jobs.record import JobRecord

LOG: Final = logging.getLogger(__name__)
LOCATION: Final = {"Location": {"description": "The job's address.", "schema": {"type": "string"}}}
QUEUED: Final = {"model": JobView, "description": "The job, which goes on.", "headers": LOCATION}

FAILED_STATUS: Final = {DiskSpaceError.__name__: 507}
"""What is no fault of the caller's and not 500."""

router = APIRouter(prefix="/api/v1", tags=["videos"], responses=PROBLEMS)


@router.post("/generate", openapi_extra=ONE_VIDEO, response_model=JobView, responses={202: QUEUED})
async def generate(request: Request, response: Response, service: Current) -> JobView:
    """Make a video and wait for it, at most `wait` seconds.

    The answer is 200 with the finished video, or 202 with the job where it takes longer or waits for a review. The job
    goes on whether or not somebody waits. One that failed is answered as a problem with its `job_id`.
    """
    async with received(request, service, GenerateRequest) as given:
        record = await queue_one(service, given.spec, given.files)
    if given.spec.wait:
        record = await _awaited(request, service, record, given.spec.wait)
    require_no_failure(record)
    if record.status != "completed":
        response.status_code = 202
        response.headers["Location"] = f"/api/v1/jobs/{record.id}"
    return job_view(record, request)


@router.post("/jobs", openapi_extra=ONE_VIDEO, status_code=202, responses={202: QUEUED})
async def queue(request: Request, response: Response, service: Current) -> JobView:
    """Queue a video. `wait` has no effect here."""
    async with received(request, service, GenerateRequest) as given:
        record = await queue_one(service, given.spec, given.files)
    response.headers["Location"] = f"/api/v1/jobs/{record.id}"
    return job_view(record, request)


async def _awaited(request: Request, service: Service, record: JobRecord, seconds: float) -> JobRecord:
    """The job's newest record, at its end or when the time is up; at once where the client has gone.

    The job is queued whatever happens here, so a watch that fails is no failure of the request.
    """
    newest = record
    async with anyio.create_task_group() as group:

        async def leave_with_client() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(leave_with_client)
        try:
            newest = await service.feed.ended(record, seconds)
        except Exception:
            LOG.exception("job %s could not be watched", record.id)
        group.cancel_scope.cancel()
    return newest


def require_no_failure(record: JobRecord) -> None:
    """Raises the problem that a failed or cancelled job is."""
    if record.status == "cancelled":
        raise HttpProblem(409, "Cancelled", "The job was cancelled.", cure="Ask again for the video.", job_id=record.id)
    if record.failure is not None and record.status == "failed":
        failure = record.failure
        status = 422 if failure.mendable else FAILED_STATUS.get(failure.kind, 500)
        raise HttpProblem(status, failure.kind, failure.message, cure=failure.cure, job_id=record.id)
