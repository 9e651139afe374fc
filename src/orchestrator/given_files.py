"""Files that a person names: those to read and those to write. What is wrong with one is an `InputError`."""

import os
from pathlib import Path
from typing import Literal

from avatar.errors import InputError
from avatar.settings import Settings


def absolute_path(place: str | Path) -> Path:
    """With `~` as the folder it stands for. Raises `InputError` for the home of a user who does not exist."""
    try:
        return Path(place).expanduser().absolute()
    except RuntimeError:
        raise InputError(f"{place} is in the home of an unknown user.", cure="Write out the path.") from None


def writable_file(place: str | Path, what: str, suffixes: tuple[str, ...], example: str = "video") -> Path:
    """The absolute path of a file that can be written. Raises `InputError`, whose message begins with `what`."""
    path = absolute_path(place)
    if kind_of(path, InputError, f"{what} {place}") == "folder":
        raise InputError(
            f"{what} {place} is a folder.", cure=f"Give the name of a file, such as {example}{suffixes[0]}."
        )
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{what} {place} does not end in {' or '.join(suffixes)}.", cure="Give such a name.")
    folder = path.parent
    if kind_of(folder, InputError, f"{what} {place}") != "folder":
        raise InputError(f"{what} {place}: there is no folder {folder}.", cure=f'Make it: mkdir -p "{folder}".')
    if not os.access(folder, os.W_OK):
        raise InputError(f"{what} {place}: nothing may be written to {folder}.", cure="Choose another folder.")
    return path


def kind_of(path: Path, error: type[InputError], what: str) -> Literal["file", "folder", "nothing"]:
    """What is at `path`; a device counts as nothing."""
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.is_file() else "nothing"
    except OSError as failure:
        raise error(f"{what} cannot be used: {failure.strerror}.", cure="Give another path.") from None


def input_file(place: str | Path, error: type[InputError], what: str, settings: Settings) -> Path:
    """The absolute path of a file that can be read and is not too large. Raises `error`, which names `what`."""
    if not str(place):
        raise error(f"The path of the {what} is empty.", cure="Give the path of an existing file.")
    path = absolute_path(place)
    kind = kind_of(path, error, f"The {what} {place}")
    if kind == "folder":
        raise error(f"The {what} {place} is a folder.", cure="Give the path of a file.")
    if kind != "file":
        raise error(f"There is no {what} at {place}.", cure="Give the path of an existing file.")
    megabytes = path.stat().st_size / 1e6
    if megabytes > settings.max_upload_megabytes:
        raise error(
            f"The {what} {place} has {megabytes:.0f} MB; at most {settings.max_upload_megabytes:g} are accepted.",
            cure="Give a smaller file, or raise MAX_UPLOAD_MEGABYTES.",
        )
    if not os.access(path, os.R_OK):
        raise error(f"The {what} {place} may not be read.", cure="Change its permissions.")
    return path
