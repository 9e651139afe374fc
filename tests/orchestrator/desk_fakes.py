"""Processes behind a `PortraitDesk`: quick ones that know no face models, and ones that die."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from avatar.errors import PortraitError
from avatar.settings import Settings
from avatar.types import Portrait
from orchestrator.artifacts import ArtifactStore
from orchestrator.portrait_desk import Picture, PortraitDesk, Reply, answer
from tests.orchestrator.pipeline_fakes import whole_picture_portrait
from video_processor.pictures import load_picture

BLACK = 0


def see_a_face_in_all(line: Connection, settings: Settings) -> None:
    """Finds a face in the middle of every picture, but in a black one none; each look is a line in `looks.txt`."""
    while True:
        picture: Picture = line.recv()
        line.send(_seen(picture, settings))


class DeskHere(PortraitDesk):
    """Sees as `see_a_face_in_all` does, without a process."""

    def warm(self) -> None:
        """Nothing is to be started."""

    def _reply(self, picture: Picture) -> Reply | None:
        return _seen(picture, self._settings)


def _seen(picture: Picture, settings: Settings) -> Reply:
    return answer(picture, ArtifactStore(settings.data_dir / "artifacts"), lambda seen: _measured(seen, settings))


def _measured(picture: Picture, settings: Settings) -> Portrait:
    with (settings.data_dir / "looks.txt").open("a") as file:
        file.write(f"{os.getpid()} {picture.image.name}\n")
    found = load_picture(picture.image, max_megapixels=100, max_megabytes=100)
    if np.all(found.image == BLACK):
        raise PortraitError(f"No human face was found in {found.name}.", cure="Use a picture of one person.")
    return whole_picture_portrait(found, None, min_face_pixels=48, face=picture.face)


def die_once(line: Connection, settings: Settings) -> None:
    """The first process dies over its first picture."""
    died = settings.data_dir / "died"
    if died.exists():
        see_a_face_in_all(line, settings)
    line.recv()
    died.touch()
    os._exit(11)


def die_always(line: Connection, settings: Settings) -> None:
    line.recv()
    with (settings.data_dir / "deaths.txt").open("a") as file:
        file.write("one\n")
    os._exit(11)


def never_answer(line: Connection, settings: Settings) -> None:
    line.recv()
    (settings.data_dir / "looking").touch()
    time.sleep(600)


def looks(data: Path) -> list[str]:
    """The names of the pictures that were looked at."""
    path = data / "looks.txt"
    return [line.split()[1] for line in path.read_text().splitlines()] if path.exists() else []
