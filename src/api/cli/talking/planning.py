"""Who is talked with: a character of the store, or a picture."""

from pathlib import Path

from avatar.errors import InputError, NotFoundError
from avatar.files import file_digest
from avatar.settings import Settings
from live.messages import StartStream
from live.plan import SessionPlan, live_voice
from orchestrator.characters.store import CharacterStore
from orchestrator.database import open_database
from orchestrator.given_files import absolute_path
from orchestrator.jobs.names import new_id


def planned(start: StartStream, settings: Settings) -> SessionPlan:
    """Raises `InputError` for what is neither a character nor a file."""
    engine = open_database(settings)
    try:
        characters = CharacterStore(engine, settings)
        try:
            character = characters.get(start.image)
        except NotFoundError:
            return _picture(start)
        return SessionPlan(
            session=new_id(),
            start=start,
            image=str(characters.portrait_path(character.id)),
            name=character.name,
            face=character.face,
            framing=character.framing,
            background=character.background,
            direction=character.direction,
            controls=character.controls,
            character=character.id,
            language=start.language or character.language,
            **live_voice(character, start),
        )
    finally:
        engine.dispose()


def _picture(start: StartStream) -> SessionPlan:
    path = Path(absolute_path(Path(start.image)))
    if not path.is_file():
        raise InputError(
            f"--image: there is no character and no file '{start.image[:80]}'.",
            cure="Give a character such as nova, or the path of a picture with a face.",
        )
    return SessionPlan(
        session=new_id(),
        start=start,
        image=str(path),
        name=path.stem[:80],
        character=file_digest(path),
        voice=start.voice,
        language=start.language,
        speaker=start.speaker,
    )
