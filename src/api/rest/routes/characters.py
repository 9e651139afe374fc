"""Characters: portraits with a name, a voice and a manner, under one number."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Generic, TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from api.rest.character_schemas import CharacterChange, CharacterList, CharacterRequest, CharacterView, character_view
from api.rest.files import NOT_MODIFIED, is_known
from api.rest.forms import FilePart, received_form
from api.rest.inputs import about, about_face, confined, picture_ending, unusable
from api.rest.openapi import body, form_body, json_body
from api.rest.problems import PROBLEMS, FieldError, invalid
from api.rest.receiving import (
    FORM_TYPE,
    JSON_TYPE,
    content_kind,
    parse_json,
    parse_texts,
    wrong_content_type,
)
from api.rest.service import Current, Service
from api.rest.views import API
from avatar.errors import InputError
from orchestrator.characters.character import Character, Profile
from orchestrator.characters.thumbnail import LARGEST_SIDE, SMALLEST_SIDE, portrait_thumbnail, thumbnail_tag
from video_processor.footage.film import is_film

Wanted = TypeVar("Wanted", bound=CharacterChange)

IMAGE: Final = {"image": "The portrait: JPEG, PNG, WebP, TIFF, BMP or GIF."}
MAKE: Final = body(
    json=json_body(
        CharacterRequest,
        {
            "new": {
                "name": "Ada",
                "image_path": "inputs/ada.png",
                "voice": "f2",
                "language": "en-gb",
                "direction": "calm, warm",
                "framing": "portrait",
            },
            "copy": {"from": "grace-hopper", "name": "Serious Grace", "direction": "serious, keep still"},
        },
    ),
    form=form_body(CharacterRequest, IMAGE),
)
CHANGE: Final = body(
    json=json_body(CharacterChange, {"manner": {"direction": "cheerful", "controls": {"smile": 0.3}, "voice": None}}),
    form=form_body(CharacterChange, IMAGE),
)
JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Head and shoulders, a square.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    },
    **NOT_MODIFIED,
}
ASK_AGAIN: Final = "private, no-cache"
"""The portrait may be replaced."""

router = APIRouter(prefix=f"{API}/characters", tags=["characters"], responses=PROBLEMS)


@dataclass(frozen=True, slots=True)
class Given(Generic[Wanted]):
    """What came: the fields, and the portrait of a form."""

    fields: Wanted
    image: FilePart | None = None


@router.post(
    "",
    status_code=201,
    openapi_extra=MAKE,
    responses={201: {"headers": {"Location": {"description": "Its address.", "schema": {"type": "string"}}}}},
)
async def make_character(request: Request, response: Response, service: Current) -> CharacterView:
    """Keep a portrait with a name, a voice and a manner. The portrait is looked at once, here."""
    async with _received(request, service, CharacterRequest) as given:
        made = await run_sync(_made, service, given, limiter=service.heavy)
    response.headers["Location"] = f"{API}/characters/{made.id}"
    return character_view(made, request)


@router.get("")
async def list_characters(request: Request, service: Current) -> CharacterList:
    """Every character."""
    found = await run_sync(service.characters.list)
    return CharacterList(characters=[character_view(character, request) for character in found])


@router.get("/{character_id}")
async def get_character(character_id: str, request: Request, service: Current) -> CharacterView:
    """One character."""
    return character_view(await run_sync(service.characters.get, character_id), request)


@router.patch("/{character_id}", openapi_extra=CHANGE)
async def change_character(character_id: str, request: Request, service: Current) -> CharacterView:
    """Change some of it. Jobs that were asked for before are not changed."""
    async with _received(request, service, CharacterChange) as given:
        changed = await run_sync(_changed, service, character_id, given, limiter=service.heavy)
    return character_view(changed, request)


@router.delete("/{character_id}", status_code=204)
async def remove_character(character_id: str, service: Current) -> None:
    """Forget it. Jobs that are under way are finished."""
    await run_sync(service.characters.remove, character_id, service.board, limiter=service.heavy)


@router.head("/{character_id}/portrait", response_class=Response, responses=JPEG)
@router.get("/{character_id}/portrait", response_class=Response, responses=JPEG)
async def portrait(
    character_id: str,
    request: Request,
    service: Current,
    size: Annotated[int, Query(ge=SMALLEST_SIDE, le=LARGEST_SIDE, description="Its side in pixels.")] = 512,
) -> Response:
    """A picture of its head and shoulders."""
    face = (await run_sync(service.characters.get, character_id)).face
    image = await run_sync(service.characters.portrait_path, character_id, limiter=service.heavy)
    tag = await run_sync(thumbnail_tag, image, size, face, limiter=service.heavy)
    headers = {"ETag": f'"{tag}"', "Cache-Control": ASK_AGAIN}
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    jpeg = await run_sync(portrait_thumbnail, image, size, service.desk, service.settings, face, limiter=service.heavy)
    return Response(jpeg, headers=headers, media_type="image/jpeg")


@asynccontextmanager
async def _received(request: Request, service: Service, model: type[Wanted]) -> AsyncIterator[Given[Wanted]]:
    kind = content_kind(request)
    if kind == JSON_TYPE:
        content = await request.body()
        yield Given(await run_sync(parse_json, model, content, limiter=service.heavy))
    elif kind == FORM_TYPE:
        limit = int(service.settings.max_upload_megabytes * 1e6)
        async with received_form(request, service.settings.data_dir / "inputs", IMAGE, limit, service.heavy) as form:
            if "from_" in form.fields:
                raise invalid([FieldError(field="from_", message="there is no such field")])
            fields = await run_sync(parse_texts, model, form.fields, limiter=service.heavy)
            yield Given(fields, form.files.get("image"))
    else:
        raise wrong_content_type(request, JSON_TYPE, FORM_TYPE)


def _made(service: Service, given: Given[CharacterRequest]) -> Character:
    source, profile = given.fields.from_, Profile(name="")
    if source is not None:
        with about("from"):
            profile = service.characters.get(source).profile
    elif not given.fields.name:
        raise invalid([FieldError(field="name", message="is missing; give one, or copy a character by from")])
    image = _picture(service, given)
    if image is None:
        if source is None:
            message = "a picture is missing; give image_path, the file image, or from"
            raise invalid([FieldError(field="image_path", message=message)])
        image = service.characters.portrait_path(source)
    else:
        profile = replace(profile, face=0)
    wanted = replace(profile, **given.fields.profile_values())
    with about_face(profile.name or "the portrait", image):
        return service.characters.create(wanted, image, service.desk)


def _changed(service: Service, character: str, given: Given[CharacterChange]) -> Character:
    own = service.characters.require_own(character, "changed")
    image = _picture(service, given)
    values = given.fields.profile_values()
    with about_face(own.name, Path(own.portrait)):
        return service.characters.change(character, values, image, service.desk, service.board)


def _picture(service: Service, given: Given[Wanted]) -> Path | None:
    """The portrait that came, once it has been looked at; None where none came. Raises problems."""
    field, path, name = "image_path", Path(), given.fields.image_path or ""
    if given.image is not None:
        if name:
            raise invalid([FieldError(field="image_path", message="was given beside image; give one of them")])
        field, path, name = "image", given.image.path, given.image.name
    elif name:
        path = confined(name, service.settings, field)
    else:
        return None
    if is_film(path):
        message = f"{name} is a video; a character's portrait is a picture."
        raise unusable(field, InputError(message, cure="Use a picture, or name the video as the picture of each job."))
    picture_ending(path, name, service.settings)
    with about(field, path, name), about_face(name, path):
        service.desk.look(path, given.fields.face)
    return path
