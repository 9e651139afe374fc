"""Review what a job is to play: read the performance, replace it, let the job go on."""

import re
from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field

from api.rest.inputs import about
from api.rest.openapi import body, json_body
from api.rest.problems import PRECONDITION, PROBLEMS, HttpProblem
from api.rest.receiving import JSON_TYPE, content_kind, parse_json, wrong_content_type
from api.rest.routes.jobs import JobId
from api.rest.schemas import PerformanceGiven
from api.rest.service import Current, Service
from api.rest.views import JobView, job_view
from avatar.errors import ConflictError
from avatar.performance import Performance
from orchestrator.handing_in import HandedIn, hand_in
from orchestrator.jobs.record import JobRecord
from orchestrator.jobs.reviewing import mark_of, performance_of

MARK_FORM: Final = re.compile(r'(?:W/)?"([^"]*)"')
EDITED: Final = {"nod": {"version": 1, "controls": {"smile": 0.4}, "cues": [{"action": "nod", "at": 1.2}]}}
PERFORMANCE: Final = body(json=json_body(Performance, EDITED))
PERHAPS_PERFORMANCE: Final = body(required=False, json=json_body(Performance, EDITED))
TAG: Final = {"ETag": {"description": "Names this content, for `If-Match`.", "schema": {"type": "string"}}}
TAGGED: Final[dict[int | str, dict[str, Any]]] = {200: {"headers": TAG}}

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=PROBLEMS)

IfMatch = Annotated[
    str | None,
    Header(
        description="The `ETag` of the performance that was read. Where somebody else has replaced it since, the "
        "answer is 412 and nothing changes. Left out: whatever is there is replaced.",
        examples=['"5f0c1d2e3a4b5c6d"'],
    ),
]

Written = Annotated[
    bool, Query(description="Of a job that waits: as the director wrote it, whatever has replaced it since.")
]


class StoredPerformance(BaseModel):
    """A performance as it will be played."""

    performance: Performance
    notes: list[str] = Field(
        description="How it differs from what was sent: numbers brought into range, cues moved to their words or "
        "dropped, segments cut.",
        examples=[["The performance had numbers out of range, which were brought into it: controls.smile 3 to 1."]],
    )


@router.get("/{job_id}/performance", responses=TAGGED)
def get_performance(job_id: JobId, response: Response, service: Current, written: Written = False) -> Performance:
    """The performance that a job plays or has played, or that waits for a review."""
    record = service.board.get(job_id)
    performance = written_for(record) if written else played_by(record)
    response.headers["ETag"] = _tag(performance)
    return Performance.model_validate(performance)


@router.put(
    "/{job_id}/performance",
    response_model=StoredPerformance,
    openapi_extra=PERFORMANCE,
    responses=TAGGED | PRECONDITION,
)
async def replace_performance(job_id: JobId, request: Request, service: Current, if_match: IfMatch = None) -> Response:
    """Replace the performance of a job that waits for its review; the job goes on waiting. 409 in other states.

    The answer is the performance as it will be played.
    """
    if content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    content = await request.body()
    return await to_thread.run_sync(_replace, service, job_id, content, _mark(if_match), limiter=service.heavy)


@router.post("/{job_id}/resume", status_code=202, openapi_extra=PERHAPS_PERFORMANCE, responses=PRECONDITION)
async def resume(job_id: JobId, request: Request, service: Current, if_match: IfMatch = None) -> JobView:
    """Let a job go on that waits for its review, with the performance that it has, or with the one in the body."""
    content = await request.body()
    if content.strip() and content_kind(request) != JSON_TYPE:
        raise wrong_content_type(request, JSON_TYPE)
    record = await to_thread.run_sync(_resume, service, job_id, content, _mark(if_match), limiter=service.heavy)
    return job_view(record, request)


def played_by(record: JobRecord) -> dict[str, Any]:
    """Raises `ConflictError` where there is no performance yet."""
    performance = performance_of(record)
    if performance is None:
        raise ConflictError(
            f"Job {record.id} has no performance yet; it is {record.status.replace('_', ' for ')}.",
            cure="Ask again once it waits for a review or is completed.",
        )
    return performance


def written_for(record: JobRecord) -> dict[str, Any]:
    """What the director wrote, or else what the job plays. Raises `ConflictError` where there is nothing yet."""
    written: dict[str, Any] | None = (record.result or {}).get("performance")
    return written or played_by(record)


def handed_in_for(record: JobRecord, given: dict[str, Any]) -> HandedIn:
    """The performance as that job's speech takes it. Raises a 422 problem."""
    with about("performance"):
        return hand_in(given, (record.result or {}).get("speech"))


def _replace(service: Service, job_id: str, content: bytes, mark: str | None) -> Response:
    record = service.board.get(job_id)
    handed_in = handed_in_for(record, parse_json(PerformanceGiven, content).root)
    service.board.save_performance(job_id, handed_in.performance, mark=mark)
    performance = Performance.model_validate(handed_in.performance)
    stored = StoredPerformance(performance=performance, notes=list(handed_in.notes))
    headers = {"ETag": _tag(handed_in.performance)}
    return Response(stored.model_dump_json(), media_type=JSON_TYPE, headers=headers)


def _resume(service: Service, job_id: str, content: bytes, mark: str | None) -> JobRecord:
    record = service.board.get(job_id)
    if not content.strip():
        return service.board.resume(job_id, mark=mark)
    handed_in = handed_in_for(record, parse_json(PerformanceGiven, content).root)
    return service.board.resume(job_id, handed_in.performance, mark=mark)


def _tag(performance: dict[str, Any]) -> str:
    return f'"{mark_of(performance)}"'


def _mark(if_match: str | None) -> str | None:
    """What `If-Match` names; None where anything will do. Raises a 400 problem."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = MARK_FORM.fullmatch(if_match.strip())
    if found is None:
        raise HttpProblem(
            400, "BadHeader", "If-Match is no entity tag.", cure='Give the ETag of the answer as it is, in quotes: "…".'
        )
    return found[1]
