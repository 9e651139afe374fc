"""What Prometheus collects."""

from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from api.rest.figures import Figures
from api.rest.numbers import CountRequests, RequestNumbers, ServiceNumbers
from api.rest.problems import PROBLEMS
from api.rest.service import Current

METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Prometheus' text format.",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": 'avatar_jobs{status="queued"} 2.0\n'}},
    }
}

router = APIRouter(tags=["service"], responses=PROBLEMS)


def count_requests(app: FastAPI) -> None:
    """To be called after all other layers are added, so that this one stands before them."""
    app.state.request_numbers = RequestNumbers()
    app.add_middleware(CountRequests, numbers=app.state.request_numbers)


@router.get("/metrics", response_class=Response, responses=METRICS)
async def metrics(request: Request, service: Current, figures: Figures) -> Response:
    """Jobs, queue, workers, disk, requests and the process itself."""
    body = await run_sync(_exposed, request.app.state.request_numbers, ServiceNumbers(service, figures))
    return Response(body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def _exposed(requests: RequestNumbers, service: ServiceNumbers) -> bytes:
    return generate_latest(requests.registry) + generate_latest(service)
