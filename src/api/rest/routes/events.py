"""A job's progress as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response

from api.rest.event_stream import HEADERS, HEARTBEAT, EventStream, event, retry
from api.rest.feed import JobFeed, is_at_rest
from api.rest.problems import PROBLEMS
from api.rest.routes.jobs import JobId
from api.rest.service import Current
from api.rest.views import EXAMPLE_ID, job_view
from orchestrator.jobs.record import JobRecord

RETRY_MILLISECONDS: Final = 1000
HEARTBEAT_SECONDS: Final = 15.0

EXAMPLE: Final = (
    f'retry: 1000\n\nid: 7\nevent: progress\ndata: {{"job_id": "{EXAMPLE_ID}", "status": "running", '
    f'"stage": "video_generation", "progress": 0.62}}\n\nid: 9\nevent: end\n'
    f'data: {{"job_id": "{EXAMPLE_ID}", "status": "completed", "progress": 1.0}}\n\n'
)
EVENT: Final = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string", "enum": ["progress", "end"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobView"},
        },
    },
}
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "`progress` with each change, and `end` once the job has ended or waits for a review; "
        "`data` is a JobView, `id` its revision. A comment comes every 15 s where nothing changes.",
        "content": {"text/event-stream": {"schema": EVENT, "example": EXAMPLE}},
    },
    204: {"description": "The last event was the `end`: nothing more comes, and browsers stop asking."},
}

router = APIRouter(prefix="/api/v1", tags=["jobs"], responses=PROBLEMS)

LastEvent = Annotated[
    str | None, Header(alias="Last-Event-ID", description="Number of the last event that was seen.", examples=["7"])
]


@router.get("/jobs/{job_id}/events", status_code=200, response_class=EventStream, responses=STREAM)
async def events(job_id: JobId, request: Request, service: Current, last_event_id: LastEvent = None) -> Response:
    """Watch a job: its stage, chunks, share done and seconds left, as they change.

    Browsers come back by themselves after a break and go on after the last event that they have seen.
    """
    record = await asyncio.to_thread(service.board.get, job_id)
    after = _seen(last_event_id, record)
    if is_at_rest(record) and after == record.revision:
        return Response(status_code=204)
    return EventStream(_events(service.feed, record, after, request))


@router.head("/jobs/{job_id}/events", include_in_schema=False)
async def events_head(job_id: JobId, service: Current) -> Response:
    """Whether there is such a job to watch."""
    await asyncio.to_thread(service.board.get, job_id)
    return Response(headers=HEADERS, media_type=EventStream.media_type)


def _seen(last_event_id: str | None, record: JobRecord) -> int:
    """The revision that the client has; -1 where it says none that this job can have."""
    text = last_event_id or ""
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    return seen if seen <= record.revision else -1


async def _events(feed: JobFeed, record: JobRecord, after: int, request: Request) -> AsyncGenerator[bytes, None]:
    yield retry(RETRY_MILLISECONDS)
    with feed.watching(record) as watch:
        while True:
            newer = await watch.newer(after, HEARTBEAT_SECONDS)
            if newer is None:
                if watch.is_over:
                    return
                yield HEARTBEAT
                continue
            after = newer.revision
            at_rest = is_at_rest(newer)
            yield event("end" if at_rest else "progress", after, job_view(newer, request).model_dump_json())
            if at_rest:
                return
