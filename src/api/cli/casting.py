"""Who speaks: the picture that was given, or a character with all that it brings."""

from typing import Any

from avatar.errors import InputError
from avatar.settings import load_settings
from orchestrator.characters.store import CharacterStore
from orchestrator.database import open_database


def cast(character: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Fields of a `JobRequest`; what `values` leave out comes from the character. Raises `AvatarError`."""
    if (character is None) == (values["image"] is None):
        given = "Neither --image nor --character was" if character is None else "--image and --character were both"
        raise InputError(f"{given} given.", cure="Give one of them.")
    if character is None:
        return {name: value for name, value in values.items() if value is not None}
    settings = load_settings()
    engine = open_database(settings)
    try:
        return CharacterStore(engine, settings).job_request(character, values)
    finally:
        engine.dispose()
