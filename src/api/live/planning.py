"""From what a client starts a stream with to what a live worker is told."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Final

from api.rest.inputs import about, confined, portrait_ending
from api.rest.service import Service
from avatar.errors import InputError, NotFoundError
from avatar.files import atomic_file, file_digest
from live.messages import StartStream
from live.plan import SessionPlan, live_voice
from orchestrator.characters.character import Character
from orchestrator.jobs.names import new_id

DATA_URL: Final = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)
UPLOAD_ID: Final = re.compile(r"[0-9a-f]{8,64}")
LONGEST_NAME: Final = 1_000
"""What is longer is a picture in base64."""
PICTURE_BEGINNINGS: Final = ("iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD", "SUkqAA", "TU0AKg", "Qk0")
"""How PNG, JPEG, WebP, GIF, TIFF and BMP begin in base64."""


def planned(service: Service, start: StartStream, caller: str) -> SessionPlan:
    """The plan of a session that belongs to `caller`. Reads and writes files, so it is called in a thread.

    Raises `InputError` and problems of the field `image`.
    """
    character = _character(service, start.image)
    if character is not None:
        return _as_character(service, character, start, caller)
    image, name = _picture(service, start.image)
    return SessionPlan(
        session=new_id(),
        start=start.model_copy(update={"image": "-"}),
        image=str(image),
        name=name,
        character=file_digest(image),
        caller=caller,
        voice=start.voice,
        language=start.language,
        speaker=start.speaker,
        direction=start.persona or "",
    )


def _character(service: Service, name: str) -> Character | None:
    if len(name) > LONGEST_NAME:
        return None
    try:
        return service.characters.get(name)
    except NotFoundError:
        return None


def _as_character(service: Service, character: Character, start: StartStream, caller: str) -> SessionPlan:
    return SessionPlan(
        session=new_id(),
        start=start.model_copy(update={"image": "-"}),
        image=str(service.characters.portrait_path(character.id)),
        name=character.name,
        caller=caller,
        face=character.face,
        framing=character.framing,
        background=character.background,
        direction=start.persona if start.persona is not None else character.direction,
        controls=character.controls,
        character=character.id,
        **live_voice(character, start),
        language=start.language or character.language,
    )


def _picture(service: Service, image: str) -> tuple[Path, str]:
    """The file, and what people call it."""
    if len(image) <= LONGEST_NAME and not DATA_URL.match(image) and not image.startswith(PICTURE_BEGINNINGS):
        return _named(service, image), Path(image).name[:80]
    data = _decoded(DATA_URL.sub("", image, count=1))
    inputs = service.settings.data_dir / "inputs"
    with atomic_file(inputs / f"{hashlib.sha256(data).hexdigest()}.picture") as partial:
        partial.write_bytes(data)
        ending = portrait_ending(partial, "The picture", service.settings)
    kept = inputs / f"{hashlib.sha256(data).hexdigest()}.picture"
    return kept.replace(kept.with_suffix(f".{ending}")), "picture"


def _named(service: Service, image: str) -> Path:
    """An upload by its number or the start of it, or a path in the data folder."""
    if UPLOAD_ID.fullmatch(image):
        found = sorted((service.settings.data_dir / "inputs").glob(f"{image}*"))
        if len(found) == 1:
            return found[0]
    with about("image"):
        if "/" not in image and "." not in image:
            raise InputError(
                f"There is no character, upload or file '{image[:40]}'.",
                cure="GET /api/v1/characters lists characters; POST /api/v1/upload/image answers with a path.",
            )
    return confined(image, service.settings, "image")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(
            "The image is neither a character, nor a path, nor a picture in base64.",
            cure="Give a character's id, the path of an upload, or a picture's bytes in base64.",
        ) from None
