"""How well a character's portrait will animate, in numbers and as a picture."""

from pathlib import Path
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from api.rest.check_schemas import ReportView, report_view
from api.rest.files import NOT_MODIFIED, file_answer
from api.rest.inputs import about
from api.rest.problems import PROBLEMS, HttpProblem
from api.rest.routes.characters import ASK_AGAIN
from api.rest.service import Current, Service
from api.rest.views import API

PNG: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The portrait with the face's outlines, its irises and axes, the person, the faces by number.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    },
    **NOT_MODIFIED,
}

router = APIRouter(prefix=f"{API}/characters", tags=["characters"], responses=PROBLEMS)


@router.get("/{character_id}/check")
async def check_character(character_id: str, request: Request, service: Current) -> ReportView:
    """Look closely at the portrait: what is well, what is not, and what to change."""
    return await run_sync(_checked, service, character_id, str(request.base_url).rstrip("/"), limiter=service.heavy)


@router.head("/{character_id}/check.png", response_class=Response, responses=PNG)
@router.get("/{character_id}/check.png", response_class=Response, responses=PNG)
async def check_picture(character_id: str, request: Request, service: Current) -> Response:
    """What was found on the portrait, drawn on it. A portrait that is refused has no such picture."""
    path = await run_sync(_drawn, service, character_id, limiter=service.heavy)
    missing = HttpProblem(410, "Gone", "The picture was removed just now.", cure="Ask again: it is drawn anew.")
    return await file_answer(request, path, missing=missing, media_type="image/png", cache=ASK_AGAIN)


def _checked(service: Service, character: str, base: str) -> ReportView:
    found = service.characters.get(character)
    image = service.characters.portrait_path(character)
    report = service.desk.report(image, found.name, found.face)
    return report_view(report, found.face, f"{base}{API}/characters/{found.id}/check.png")


def _drawn(service: Service, character: str) -> Path:
    found = service.characters.get(character)
    image = service.characters.portrait_path(character)
    with about("character", image, found.name):
        return service.desk.overlay(image, found.face)
