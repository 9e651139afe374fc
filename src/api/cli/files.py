"""What the options say, read and checked before any work begins. All raise `InputError`."""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

from avatar.errors import InputError
from avatar.performance import ControlParameters, Performance

VIDEO_SUFFIXES: Final = (".mp4",)
MOTION_SUFFIXES: Final = (".json", ".csv", ".npz")


def sides(size: int | None, resolution: str | None) -> tuple[int | None, int | None]:
    """Width and height from `--size N` or `--resolution WxH`; two None where neither is given."""
    if size is not None and resolution is not None:
        raise InputError("--size and --resolution were both given.", cure="Give one of them.")
    if resolution is None:
        return size, size
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", resolution)
    if match is None:
        raise InputError(f"--resolution '{resolution}' is no size.", cure="Write it as 1280x720.")
    return int(match[1]), int(match[2])


def check_sound(audio: Path | None, text: str | None, voice: str | None) -> None:
    if audio is None and text is None:
        raise InputError("Neither --audio nor --text was given.", cure="Give one of them.")
    if audio is not None and text is not None:
        raise InputError("--audio and --text were both given.", cure="Give one of them.")
    if audio is not None and voice is not None:
        raise InputError("--voice is for --text, and --audio was given.", cure="Leave --voice out.")


def check_targets(output: Path, motion: Path | None) -> None:
    """Whether the video, and the motion where it is wanted, can be written where they are to be."""
    _check_target(output, "--output", VIDEO_SUFFIXES)
    if motion is not None:
        _check_target(motion, "--export-motion", MOTION_SUFFIXES)


def read_controls(path: Path | None) -> dict[str, Any]:
    """Control parameters from a JSON file; none without one."""
    return {} if path is None else _read_object(path, "--controls", tuple(ControlParameters.model_fields))


def read_performance(path: Path | None) -> dict[str, Any] | None:
    """A whole performance from a JSON file; None without one."""
    return None if path is None else _read_object(path, "--performance", tuple(Performance.model_fields))


def _check_target(path: Path, option: str, suffixes: tuple[str, ...]) -> None:
    place = path.expanduser()
    if place.is_dir():
        raise InputError(f"{option} {path} is a folder.", cure=f"Give the name of a file, such as video{suffixes[0]}.")
    if place.suffix.lower() not in suffixes:
        raise InputError(f"{option} {path} does not end in {' or '.join(suffixes)}.", cure="Give such a name.")
    folder = place.absolute().parent
    if not folder.is_dir():
        raise InputError(f"{option} {path}: there is no folder {folder}.", cure=f'Make it: mkdir -p "{folder}".')
    if not os.access(folder, os.W_OK):
        raise InputError(f"{option} {path}: nothing may be written to {folder}.", cure="Choose another folder.")


def _read_object(path: Path, option: str, known: tuple[str, ...]) -> dict[str, Any]:
    try:
        content = json.loads(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{option} {path} cannot be read: {error.strerror}.", cure="Give an existing file.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise InputError(f"{option} {path} is not JSON: {where}.", cure="Correct the file.") from None
    except (UnicodeDecodeError, RecursionError):
        raise InputError(f"{option} {path} is not JSON in UTF-8.", cure="Give a text file with JSON.") from None
    keys = f"Its keys may be: {', '.join(known)}."
    if not isinstance(content, dict):
        raise InputError(f"{option} {path} does not hold a JSON object.", cure=keys)
    if unknown := sorted(set(content) - set(known)):
        raise InputError(f"{option} {path} has an unknown key '{unknown[0]}'.", cure=keys)
    return content
