"""Voices of Kokoro: for each a table of style vectors, one for each length of an utterance."""

import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from avatar.arrays import opened_arrays
from avatar.errors import InputError, WeightsError
from avatar.types import Floats
from models.downloads import download_command

VOICES: Final = "kokoro-voices"
"""Key of the file in the registry."""

STYLE_SIZE: Final = 256


class VoiceFile:
    """The voices in the file at `path`, an archive of NumPy arrays. Safe for threads; a voice is read when asked for.

    Raises `WeightsError` where the file is no such archive.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with opened_arrays(path) as archive:
                self.names: tuple[str, ...] = tuple(archive.files)
        except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
            raise self._wrong(str(error)) from None
        self._table = lru_cache(maxsize=None)(self._read)

    def style(self, name: str, symbols: int) -> Floats:
        """(1, 256) of voice `name` for an utterance of so many symbols, pads not counted.

        Raises `InputError` for a voice that is not there, `WeightsError` where its table has another form.
        """
        if name not in self.names:
            raise InputError(f"Kokoro has no voice '{name}'.", cure=f"There are {', '.join(self.names)}.")
        table = self._table(name)
        row: Floats = table[min(max(symbols, 1), len(table)) - 1]
        return row

    def _read(self, name: str) -> Floats:
        try:
            with opened_arrays(self._path) as archive:
                table = np.asarray(archive[name], np.float32)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise self._wrong(str(error)) from None
        if table.ndim != 3 or table.shape[1:] != (1, STYLE_SIZE) or not len(table):
            raise self._wrong(f"voice {name} has shape {table.shape}")
        return table

    def _wrong(self, problem: str) -> WeightsError:
        said = " ".join(problem.split()).rstrip(".")
        return WeightsError(f"{self._path.name} cannot be used: {said}.", cure=f"Run {download_command([VOICES])}.")
