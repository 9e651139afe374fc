"""A character's cloned voice: the recording, the consent for it, and what was done with both."""

from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from api.rest.forms import FilePart, received_form
from api.rest.inputs import about, confined
from api.rest.openapi import body, form_body, json_body
from api.rest.problems import PROBLEMS, FieldError, invalid
from api.rest.receiving import FORM_TYPE, JSON_TYPE, content_kind, parse_json, parse_texts, wrong_content_type
from api.rest.service import Current, Service
from api.rest.views import API
from api.rest.voice_schemas import (
    STATEMENT,
    AuditView,
    VoiceSampleRequest,
    VoiceSampleView,
    audit_view,
    sample_view,
)
from avatar.errors import NotFoundError
from orchestrator.characters.voices import checked_consent

SAMPLE: Final = {"sample": "The recording: 6 s or more, one person, any format of sound."}
EXAMPLE: Final = {
    "mine": {"sample_path": "inputs/ada.wav", "consent": {"given_by": "Ada Lovelace", "statement": STATEMENT}}
}
GIVE: Final = body(json=json_body(VoiceSampleRequest, EXAMPLE), form=form_body(VoiceSampleRequest, SAMPLE))

router = APIRouter(prefix=API, tags=["characters"], responses=PROBLEMS)


@router.put("/characters/{character_id}/voice-sample", openapi_extra=GIVE)
async def give_sample(character_id: str, request: Request, service: Current) -> VoiceSampleView:
    """Let the character speak with the voice of a recording, in place of an earlier one. Needs the consent for it."""
    kind = content_kind(request)
    if kind == JSON_TYPE:
        content = await request.body()
        given = await run_sync(parse_json, VoiceSampleRequest, content, limiter=service.heavy)
        return await run_sync(_recorded, service, character_id, given, None, limiter=service.heavy)
    if kind != FORM_TYPE:
        raise wrong_content_type(request, JSON_TYPE, FORM_TYPE)
    limit = int(service.settings.max_upload_megabytes * 1e6)
    async with received_form(request, service.settings.data_dir / "inputs", SAMPLE, limit, service.heavy) as form:
        given = await run_sync(parse_texts, VoiceSampleRequest, form.fields, limiter=service.heavy)
        part = form.files.get("sample")
        return await run_sync(_recorded, service, character_id, given, part, limiter=service.heavy)


@router.get("/characters/{character_id}/voice-sample")
async def get_sample(character_id: str, service: Current) -> VoiceSampleView:
    """What is known of the recording; 404 where the character has none."""
    character = await run_sync(service.characters.get, character_id)
    if character.sample is None:
        raise NotFoundError(f"{character.name} has no recorded voice.", cure="Give it one with PUT.")
    return sample_view(character.sample)


@router.delete("/characters/{character_id}/voice-sample", status_code=204)
async def remove_sample(character_id: str, service: Current) -> None:
    """Remove the recording, at once: jobs that still need it fail."""
    await run_sync(_removed, service, character_id, limiter=service.heavy)


@router.get("/characters/{character_id}/voice-audit")
async def character_audit(character_id: str, service: Current) -> AuditView:
    """What was done with the recordings of this character."""
    await run_sync(service.characters.get, character_id)
    return audit_view(await run_sync(service.characters.voices.lines, character_id))


@router.get("/voices/audit")
async def audit(service: Current) -> AuditView:
    """What was done with the recordings of all characters, those that are gone too."""
    return audit_view(await run_sync(service.characters.voices.lines))


def _recorded(service: Service, character_id: str, given: VoiceSampleRequest, part: FilePart | None) -> VoiceSampleView:
    character = service.characters.require_own(character_id, "changed")
    consent = given.consent
    with about("consent"):
        checked_consent(consent.given_by, consent.statement)
    field, name = ("sample", part.name) if part is not None else ("sample_path", given.sample_path or "")
    if part is not None and given.sample_path is not None:
        raise invalid([FieldError(field="sample_path", message="was given beside sample; give one of them")])
    if part is None and given.sample_path is None:
        raise invalid([FieldError(field="sample_path", message="a recording is missing; give it, or the file sample")])
    path = part.path if part is not None else confined(given.sample_path or "", service.settings, "sample_path")
    with about(field, path, name):
        found = service.characters.voices.record(
            character, path, given_by=consent.given_by, statement=consent.statement
        )
    return sample_view(found)


def _removed(service: Service, character_id: str) -> None:
    character = service.characters.require_own(character_id, "changed")
    if character.sample is None:
        raise NotFoundError(f"{character.name} has no recorded voice.", cure="There is nothing to remove.")
    service.characters.voices.remove(character, by="it was asked for")
