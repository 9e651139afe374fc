"""What the options say, read and checked before any work begins. All raise `InputError`."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from audio_processor.captions.formats import CAPTION_FORMS, CaptionForm
from avatar.errors import InputError
from avatar.performance import ControlParameters, Performance
from orchestrator.captions import caption_path
from orchestrator.given import checked_controls, checked_performance
from orchestrator.given_files import absolute_path, writable_file
from video_processor.backgrounds import plain_background
from video_processor.formats import VIDEO_SUFFIXES

MOTION_SUFFIXES: Final = (".json", ".csv", ".npz", ".glb")


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


def check_sound(
    audio: str | None, text: str | None, spoken: Mapping[str, str | None], *, film: str | None = None
) -> None:
    """`spoken` are the options that are for a text, by their names.

    A `film` whose expression is played brings a sound too.
    """
    if audio is None and text is None and film is None:
        raise InputError("Neither --audio nor --text was given.", cure="Give one of them, or --expression-from.")
    if audio is not None and text is not None:
        raise InputError("--audio and --text were both given.", cure="Give one of them.")
    useless = next((option for option, value in spoken.items() if value is not None), None)
    if text is None and useless is not None:
        given = "--audio" if audio is not None else "--expression-from"
        raise InputError(f"{useless} is for --text, and {given} was given.", cure=f"Leave {useless} out.")


def check_targets(output: Path, motion: Path | None, inputs: Mapping[str, str | Path | None]) -> None:
    """Whether the video, and the motion where it is wanted, can be written where they are to be.

    Neither may take the place of the other or of one of `inputs`, the files that were given by option.
    """
    writable_file(output, "--output", VIDEO_SUFFIXES)
    check_apart(output, "--output", inputs)
    if motion is not None:
        writable_file(motion, "--export-motion", MOTION_SUFFIXES)
        check_apart(motion, "--export-motion", {**inputs, "--output": output})


def caption_forms(given: list[str] | None) -> tuple[CaptionForm, ...]:
    """The forms in `--captions`, each once."""
    for form in given or ():
        if form not in CAPTION_FORMS:
            raise InputError(f"--captions cannot be '{form[:40]}'.", cure=f"Choose {' or '.join(CAPTION_FORMS)}.")
    return tuple(form for form in CAPTION_FORMS if form in (given or ()))


def check_captions(output: Path, forms: tuple[CaptionForm, ...], inputs: Mapping[str, str | Path | None]) -> None:
    """Whether the captions can be written beside the video; they take the place of no input."""
    for form in forms:
        path = writable_file(caption_path(output, form), "--captions", (f".{form}",))
        check_apart(path, "--captions", inputs)


def picture_of(background: str | None) -> str | None:
    """The path in `--background`; None where it names a colour or another background that is no file."""
    return None if background is None or plain_background(background) else background


def check_apart(target: Path, option: str, others: Mapping[str, str | Path | None]) -> None:
    """Refuses a target that is one of the `others`, which are named by their options."""
    for name, other in others.items():
        if other is not None and _is_same_file(absolute_path(target), absolute_path(other)):
            message = f"{option} {target} is the same file as {name} {other}."
            raise InputError(message, cure="Give another name, so that neither is lost.")


def read_controls(path: Path | None) -> dict[str, Any]:
    """Control parameters from a JSON file; none without one."""
    if path is None:
        return {}
    content = _read_object(path, "--controls", ControlParameters)
    checked_controls(content, f"--controls {path}")
    return content


def read_performance(path: Path | None) -> dict[str, Any] | None:
    """A whole performance from a JSON file; None without one."""
    if path is None:
        return None
    content = _read_object(path, "--performance", Performance)
    checked_performance(content, f"--performance {path}")
    return content


def _is_same_file(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _read_object(path: Path, option: str, kind: type[ControlParameters] | type[Performance]) -> dict[str, Any]:
    try:
        content = json.loads(absolute_path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        cure = "Give a file that exists and may be read."
        raise InputError(f"{option} {path} cannot be read: {error.strerror}.", cure=cure) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise InputError(f"{option} {path} is not JSON: {where}.", cure="Correct the file.") from None
    except UnicodeDecodeError:
        raise InputError(f"{option} {path} is not JSON in UTF-8.", cure="Give a text file with JSON.") from None
    except RecursionError:
        raise InputError(f"{option} {path} is nested too deeply.", cure="Correct the file.") from None
    except ValueError:
        raise InputError(f"{option} {path} has a number of too many digits.", cure="Correct the file.") from None
    if not isinstance(content, dict):
        keys = f"Its keys may be: {', '.join(kind.model_fields)}."
        raise InputError(f"{option} {path} does not hold a JSON object.", cure=keys)
    return content
