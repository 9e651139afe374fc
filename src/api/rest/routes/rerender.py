"""Another video of the same speech."""

from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api.rest.files import GONE
from api.rest.openapi import body, json_body
from api.rest.problems import PROBLEMS
from api.rest.receiving import JSON_TYPE, content_kind, parse_json, wrong_content_type
from api.rest.rerendering import another_job
from api.rest.routes.generate import QUEUED
from api.rest.routes.jobs import JobId
from api.rest.schemas import RerenderRequest
from api.rest.service import Current, Service
from api.rest.views import JobView, job_view
from orchestrator.jobs.record import NewJob

EXAMPLES: Final = {
    "performance": {"performance": {"version": 1, "controls": {"smile": 0.4}, "cues": [{"action": "nod", "at": 1.2}]}},
    "controls": {"controls": {"smile": 0.4}},
    "size and engine": {"resolution": "1280x720", "renderer": "puppet"},
    "portrait": {"character": "nova"},
    "direction": {"direction": "warm, unhurried", "review": True},
}
ANOTHER: Final = body(json=json_body(RerenderRequest, EXAMPLES))
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {202: QUEUED, **GONE}

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=PROBLEMS)


@router.post("/{job_id}/rerender", status_code=202, openapi_extra=ANOTHER, responses=ANSWERS)
async def rerender(job_id: JobId, request: Request, response: Response, service: Current) -> JobView:
    """Make another video of a job's speech: a new job, which begins with what the job has worked out and still fits.

    The speech is not analysed again; the director is asked again only where `direction` or `director` is given. The job
    itself stays as it is. It must not be under way (409), and the files that it was made of must still be there (410).
    """
    if content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    asked = parse_json(RerenderRequest, await request.body())
    job = await to_thread.run_sync(_new_job, service, job_id, asked, limiter=service.heavy)
    [record] = await to_thread.run_sync(service.dispatch.submit, [job])
    response.headers["Location"] = f"/api/v1/jobs/{record.id}"
    return job_view(record, request)


def _new_job(service: Service, job_id: str, asked: RerenderRequest) -> NewJob:
    return another_job(service, service.board.get(job_id), asked)
