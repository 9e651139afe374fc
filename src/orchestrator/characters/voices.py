"""Recordings of voices that characters take, with the consent for each, and what became of them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Engine, Float, Integer, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.engine import RowMapping

from audio_processor.speaking.samples import keep_sample
from avatar.errors import InputError
from avatar.files import file_digest
from avatar.settings import Settings
from orchestrator.artifacts import usable_folder
from orchestrator.characters.character import Character, Consent, VoiceSample
from orchestrator.database import create_tables, reading, writing
from orchestrator.given import is_unicode

FOLDER: Final = "voices"
LONGEST_NAME: Final = 200
LEAST_STATEMENT, LONGEST_STATEMENT = 20, 4000
RECORDED: Final = "recorded"
REMOVED: Final = "removed"

metadata: Final = MetaData()
samples: Final = Table(
    "voice_samples",
    metadata,
    Column("character", String(32), primary_key=True),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("duration", Float(53), nullable=False),
    Column("spoken", Float(53), nullable=False),
    Column("level_db", Float(53), nullable=False),
    Column("given_by", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("recorded_at", Float(53), nullable=False),
)
audit: Final = Table(
    "voice_audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("character", String(32), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("action", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
"""Its lines stay when the recording is gone. `by` is who consented, or why the recording was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Something that was done with a recording; `at` in seconds since the epoch, `digest` its SHA-256."""

    character: str
    name: str
    at: float
    action: str
    by: str
    statement: str
    digest: str


class VoiceSamples:
    """Safe for threads. A character has one recording at most."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._folder = usable_folder(settings.data_dir / FOLDER)
        create_tables(engine, metadata)

    def of(self, character: str) -> VoiceSample | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(samples).where(samples.c.character == character)).mappings().first()
        return None if row is None else self._sample(row)

    def every(self) -> dict[str, VoiceSample]:
        """By the character's number."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(samples)).mappings().all()
        return {row["character"]: self._sample(row) for row in rows}

    def record(self, character: Character, recording: Path, *, given_by: str, statement: str) -> VoiceSample:
        """Keeps the recording as the character's voice, in place of an earlier one, and the consent for it.

        Raises `InputError` for a consent that names nobody or says nothing, `AudioError` for a recording that cannot
        be used.
        """
        consent = Consent(*checked_consent(given_by, statement), time.time())
        path = self._folder / f"{character.id}-{time.time_ns()}.wav"
        facts = keep_sample(recording, path, max_megabytes=self._settings.max_upload_megabytes)
        digest = file_digest(path)
        values = {
            "character": character.id,
            "file": path.name,
            "digest": digest,
            "duration": facts.duration,
            "spoken": facts.spoken,
            "level_db": facts.level_db,
            "given_by": consent.given_by,
            "statement": consent.statement,
            "recorded_at": consent.recorded_at,
        }
        earlier = self.of(character.id)
        with writing(self._engine) as connection:
            connection.execute(delete(samples).where(samples.c.character == character.id))
            if earlier is not None:
                connection.execute(
                    insert(audit).values(_line(character, REMOVED, "it was replaced", "", earlier.digest))
                )
            connection.execute(insert(samples).values(values))
            line = _line(character, RECORDED, consent.given_by, consent.statement, digest)
            connection.execute(insert(audit).values(line))
        if earlier is not None:
            Path(earlier.path).unlink(missing_ok=True)
        return self._sample(values)

    def remove(self, character: Character, *, by: str) -> None:
        """Removes the recording at once: what still needs it fails. `by` says why."""
        if character.sample is None:
            return
        Path(character.sample.path).unlink(missing_ok=True)
        with writing(self._engine) as connection:
            connection.execute(delete(samples).where(samples.c.character == character.id))
            connection.execute(insert(audit).values(_line(character, REMOVED, by, "", character.sample.digest)))

    def lines(self, character: str | None = None) -> list[AuditLine]:
        """What was done, the newest first; with all characters', those that are gone too."""
        wanted = select(audit).order_by(audit.c.id.desc())
        if character is not None:
            wanted = wanted.where(audit.c.character == character)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).mappings().all()
        return [AuditLine(**{name: value for name, value in row.items() if name != "id"}) for row in rows]

    def _sample(self, row: RowMapping | dict[str, Any]) -> VoiceSample:
        return VoiceSample(
            path=str(self._folder / row["file"]),
            digest=row["digest"],
            duration=row["duration"],
            spoken=row["spoken"],
            level_db=row["level_db"],
            consent=Consent(row["given_by"], row["statement"], row["recorded_at"]),
        )


def checked_consent(given_by: str, statement: str) -> tuple[str, str]:
    """Both without spaces around. Raises `InputError`."""
    name, said = " ".join(given_by.split()), statement.strip()
    if not 0 < len(name) <= LONGEST_NAME or not is_unicode(name) or not name.isprintable():
        raise InputError("The consent names nobody.", cure="Say who gives it: the person whose voice it is.")
    if not LEAST_STATEMENT <= len(said) <= LONGEST_STATEMENT or not is_unicode(said) or "\0" in said:
        raise InputError(
            f"The statement of the consent has {len(said)} characters; it must have {LEAST_STATEMENT} to "
            f"{LONGEST_STATEMENT:,}.",
            cure="Give the words of the person: that this is their voice, and what it may be used for.",
        )
    return name, said


def _line(character: Character, action: str, by: str, statement: str, digest: str) -> dict[str, Any]:
    return {
        "character": character.id,
        "name": character.name,
        "at": time.time(),
        "action": action,
        "by": by,
        "statement": statement,
        "digest": digest,
    }
