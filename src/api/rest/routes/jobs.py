"""Look at jobs, cancel and remove them."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.rest.problems import PROBLEMS
from api.rest.service import Current
from api.rest.views import EXAMPLE_ID, JobView, job_view
from orchestrator.jobs.names import video_path
from orchestrator.jobs.record import JobFilter, JobStatus

NUMBER_FORM: Final = r"^[0-9A-Za-z_-]{1,64}$"

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=PROBLEMS)

JobId = Annotated[str, Path(description="The job's number.", examples=[EXAMPLE_ID])]
Number = Annotated[str | None, Query(pattern=NUMBER_FORM)]


class JobPage(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobView]
    next_cursor: str | None = Field(description="Give it as `cursor` for older jobs; null at the end.")


@router.get("")
def list_jobs(
    request: Request,
    service: Current,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    batch: Number = None,
    character: Number = None,
    cursor: Annotated[str | None, Query(pattern=NUMBER_FORM, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobPage:
    """List jobs, newest first, a page at a time."""
    wanted = JobFilter(status=status, batch=batch, character=character)
    found = service.board.page(wanted, before=cursor, limit=limit + 1)
    more = len(found) > limit
    views = [job_view(record, request) for record in found[:limit]]
    return JobPage(jobs=views, next_cursor=views[-1].job_id if more else None)


@router.get("/{job_id}")
def get_job(job_id: JobId, request: Request, service: Current) -> JobView:
    """A job as it stands."""
    return job_view(service.board.get(job_id), request)


@router.post(
    "/{job_id}/cancel",
    status_code=202,
    responses={202: {"description": "The job ends: at once where it waits, within a chunk where it runs."}},
)
def cancel_job(job_id: JobId, request: Request, service: Current) -> JobView:
    """Cancel a job; 409 where it has ended. Nothing that is finished is removed."""
    return job_view(service.board.cancel(job_id), request)


@router.delete(
    "/{job_id}",
    response_model=JobView,
    status_code=202,
    responses={
        202: {"description": "The job ends: at once where it waits, within a chunk where it runs."},
        204: {"description": "The job had ended; it and its video are removed."},
    },
)
def delete_job(job_id: JobId, request: Request, service: Current) -> JobView | Response:
    """Cancel a job that has not ended; remove one that has, and its video. `POST .../cancel` never removes."""
    record = service.board.get(job_id)
    if record.has_ended:
        service.board.remove(job_id)
        video_path(service.settings, record).unlink(missing_ok=True)
        return Response(status_code=204)
    return job_view(service.board.cancel(job_id), request)
