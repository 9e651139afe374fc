"""Keeps characters: those that people make, in the database, and those that come with the program."""

import re
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PIL import Image as Pillow
from sqlalchemy import Engine, delete, insert, select, update

from avatar.errors import ConflictError, NotFoundError
from avatar.files import atomic_file
from avatar.settings import Settings
from models.weights import WeightStore
from orchestrator.artifacts import usable_folder
from orchestrator.characters.built_in import built_in_characters, built_in_portrait
from orchestrator.characters.character import Character, Profile, checked_profile, completed
from orchestrator.characters.table import character_of, characters, metadata, profile_values
from orchestrator.characters.voices import VoiceSamples
from orchestrator.database import create_tables, reading, writing
from orchestrator.jobs.dispatch import JobBoard
from orchestrator.jobs.names import new_id
from orchestrator.jobs.record import UNENDED, JobFilter
from orchestrator.portrait_desk import PortraitDesk, PortraitOutline

PORTRAIT_FOLDER: Final = "characters"
JUST_ASKED_SECONDS: Final = 3600.0
"""A job that was asked for so lately may not be in the queue yet; its portrait stays."""
NUMBER_FORM: Final = re.compile(r"[0-9a-f]{22}", re.ASCII)


class CharacterStore:
    """Safe for threads. A portrait is looked at when it comes; every job finds what was seen.

    Calls with a number raise `NotFoundError` where nobody has it.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._folder = usable_folder(settings.data_dir / PORTRAIT_FOLDER)
        self._weights = WeightStore.of(settings)
        self._built_in = {character.id: character for character in built_in_characters(self._weights)}
        self._asked: dict[str, float] = {}
        self._files = threading.Lock()
        create_tables(engine, metadata)
        self.voices = VoiceSamples(engine, settings)

    def list(self) -> list[Character]:
        """Those that come with the program, then the others, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(characters).order_by(characters.c.id.desc())).mappings().all()
        samples = self.voices.every()
        own = [character_of(row, str(self._folder)) for row in rows]
        return [*self._built_in.values(), *(replace(one, sample=samples.get(one.id)) for one in own)]

    def get(self, character: str) -> Character:
        if found := self._built_in.get(character):
            return found
        if not NUMBER_FORM.fullmatch(character):
            raise _nobody(character)
        with reading(self._engine) as connection:
            row = connection.execute(select(characters).where(characters.c.id == character)).mappings().first()
        if row is None:
            raise _nobody(character)
        return replace(character_of(row, str(self._folder)), sample=self.voices.of(character))

    def require_own(self, character: str, what: str) -> Character:
        """Raises `ConflictError` for one that comes with the program and so cannot be `what`: changed, removed."""
        found = self.get(character)
        if found.built_in:
            raise ConflictError(
                f"{found.name} comes with the program and cannot be {what}.",
                cure=f'Make a copy: create a character from "{character}".',
            )
        return found

    def create(self, profile: Profile, image: Path, desk: PortraitDesk) -> Character:
        """Raises `InputError` for a bad profile, `PortraitError` for a picture that cannot be animated."""
        checked = checked_profile(profile, self._settings)
        values = {"id": new_id(), "created_at": time.time(), **profile_values(checked)}
        outline = desk.look(image, checked.face)
        with self._files:
            values |= self._kept(image, outline)
            with writing(self._engine) as connection:
                connection.execute(insert(characters).values(values))
        return self.get(str(values["id"]))

    def change(
        self, character: str, changes: Mapping[str, Any], image: Path | None, desk: PortraitDesk, board: JobBoard
    ) -> Character:
        """The character with other values of its `Profile`, and another portrait where one is given, with its face 0
        where the values name none.

        Raises what `create` raises, and `ConflictError` for one that comes with the program.
        """
        own = self.require_own(character, "changed")
        profile = own.profile if image is None else replace(own.profile, face=0)
        checked = checked_profile(replace(profile, **changes), self._settings)
        values = profile_values(checked)
        if image is None and checked.face != own.face:
            image = Path(own.portrait)
        outline = None if image is None else desk.look(image, checked.face)
        with self._files:
            if image is not None and outline is not None:
                values |= self._kept(image, outline)
            with writing(self._engine) as connection:
                connection.execute(update(characters).where(characters.c.id == character).values(values))
        self.sweep(board)
        return self.get(character)

    def remove(self, character: str, board: JobBoard) -> None:
        """Jobs that are under way keep the portrait. Raises `ConflictError` for one that comes with the program."""
        own = self.require_own(character, "removed")
        if own.sample is not None:
            self.voices.remove(own, by="the character was removed")
        with writing(self._engine) as connection:
            connection.execute(delete(characters).where(characters.c.id == character))
        self.sweep(board)

    def portrait_path(self, character: str) -> Path:
        """The portrait's file. Raises `DownloadError` where it must be fetched and cannot."""
        found = self.get(character)
        return built_in_portrait(character, self._weights) if found.built_in else Path(found.portrait)

    def job_request(self, character: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of a `JobRequest`: what is given, else what the character brings. Raises what `portrait_path` does."""
        found = self.get(character)
        portrait = str(self.portrait_path(character))
        with self._files:
            self._asked[portrait] = time.monotonic()
        return completed(replace(found, portrait=portrait), given)

    def sweep(self, board: JobBoard) -> None:
        """Remove the portraits that no character has and no job needs that has not ended."""
        with self._files:
            used = {Path(character.portrait).name for character in self.list()}
            used |= {Path(str(job.request.get("image"))).name for job in board.every(JobFilter(statuses=UNENDED))}
            since = time.monotonic() - JUST_ASKED_SECONDS
            self._asked = {portrait: asked for portrait, asked in self._asked.items() if asked >= since}
            for path in self._folder.iterdir():
                if path.name not in used and str(path) not in self._asked:
                    path.unlink(missing_ok=True)

    def _kept(self, image: Path, outline: PortraitOutline) -> dict[str, Any]:
        """The picture's copy in the folder, and what was seen on it."""
        path = self._folder / f"{outline.digest}{_suffix(image)}"
        if not path.exists():
            with atomic_file(path) as partial:
                shutil.copyfile(image, partial)
        return {"portrait": path.name, "width": outline.width, "height": outline.height, "notes": list(outline.notes)}


def _nobody(character: str) -> NotFoundError:
    return NotFoundError(f"There is no character '{character[:40]}'.", cure="List them for those there are.")


def _suffix(image: Path) -> str:
    """After the picture's content, not its name."""
    with Pillow.open(image) as opened:
        kind = (opened.format or "picture").lower()
    return {"jpeg": ".jpg", "tiff": ".tif"}.get(kind, f".{kind}")
