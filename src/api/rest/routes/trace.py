"""What a job did, span by span."""

import json
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Response

from api.rest.files import GONE, gone
from api.rest.problems import PROBLEMS
from api.rest.routes.jobs import JobId
from api.rest.service import Current, job_record
from api.rest.views import API
from avatar.errors import ConflictError
from orchestrator.jobs.record import JobRecord
from orchestrator.kept_trace import kept_trace

JSON_TYPE: Final = "application/json"
EXAMPLE: Final = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "avatar-orchestrator"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "avatar", "version": "0.1.0"},
                    "spans": [
                        {
                            "traceId": "5b8efff798038103d269b633813fc60c",
                            "spanId": "eee19b7ec3c1b174",
                            "parentSpanId": "eee19b7ec3c1b173",
                            "name": "render",
                            "kind": 1,
                            "startTimeUnixNano": "1769860800000000000",
                            "endTimeUnixNano": "1769860800412000000",
                            "attributes": [
                                {"key": "avatar.chunk", "value": {"intValue": "0"}},
                                {"key": "avatar.own_seconds", "value": {"doubleValue": 0.41}},
                            ],
                            "status": {},
                        }
                    ],
                }
            ],
        }
    ]
}
TRACE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The spans by their beginnings, as OpenTelemetry writes them in JSON (`TracesData`). One that "
        "runs, or whose process was killed, has the end 0 and the attribute `avatar.open`.",
        "content": {JSON_TYPE: {"schema": {"type": "object"}, "example": EXAMPLE}},
    },
    **GONE,
}

router = APIRouter(prefix=API, tags=["results"], responses=PROBLEMS)


@router.head("/jobs/{job_id}/trace", include_in_schema=False)
@router.get("/jobs/{job_id}/trace", response_class=Response, responses=TRACE)
async def trace(job_id: JobId, service: Current) -> Response:
    """What each stage and chunk took, and what the director was asked and answered; while the job runs, too."""
    record = await job_record(service, job_id)
    found = await run_sync(kept_trace, service.settings, record, limiter=service.heavy)
    if found is None:
        raise _missing(record)
    content = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return Response(content, media_type=JSON_TYPE, headers={"Cache-Control": "private, no-cache"})


def _missing(record: JobRecord) -> Exception:
    if record.thread_id is not None and record.has_ended:
        return gone(record.id, "trace")
    state = record.status.replace("_", " ")
    cure = f"{API}/jobs/{record.id} says why." if record.has_ended else "Ask again once it runs."
    return ConflictError(f"The job {record.id} is {state} and has not begun; it has no trace.", cure=cure)
