"""How well a character's portrait will animate, in numbers and as a picture."""

from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from api.rest.check_schemas import ReportView, report_view
from api.rest.files import NOT_MODIFIED, is_known
from api.rest.inputs import about
from api.rest.problems import PROBLEMS
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
    tag, png = await run_sync(_drawn, service, character_id, limiter=service.heavy)
    headers = {"ETag": f'"{tag}"', "Cache-Control": ASK_AGAIN}
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(png, headers=headers, media_type="image/png")


def _checked(service: Service, character: str, base: str) -> ReportView:
    found = service.characters.get(character)
    image = service.characters.portrait_path(character)
    report = service.desk.report(image, found.name, found.face)
    return report_view(report, found.face, f"{base}{API}/characters/{found.id}/check.png")


def _drawn(service: Service, character: str) -> tuple[str, bytes]:
    """What tells the picture from all others, and its file."""
    found = service.characters.get(character)
    image = service.characters.portrait_path(character)
    with about("character", image, found.name):
        path = service.desk.overlay(image, found.face)
    return path.stem, path.read_bytes()
