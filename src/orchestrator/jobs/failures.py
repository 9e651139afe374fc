"""An exception that ended a job, as what its owner reads."""

import os
import re
import time
import traceback
from pathlib import Path
from typing import Final

from avatar.errors import AvatarError, ConfigurationError, DiskSpaceError, InputError, MissingExtraError
from avatar.files import NO_SPACE_ERRORS
from avatar.settings import Settings
from orchestrator.jobs.record import JobFailure

UPLOAD_NAME: Final = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}(\.[a-z0-9]+)\b")

NOT_THEIRS: Final = (ConfigurationError, DiskSpaceError, MissingExtraError)
"""Kinds of `InputError` that whoever runs the service mends, not whoever asked for a video."""


def failure_of(error: Exception, settings: Settings, job: str) -> JobFailure:
    """What went wrong and what to do. The traceback of the unexpected goes to a file, which the cure names."""
    if isinstance(error, AvatarError):
        mendable = isinstance(error, InputError) and not isinstance(error, NOT_THEIRS)
        message, cure = (_without_folder(text, settings) for text in (error.message, error.cure))
        return JobFailure(kind=type(error).__name__, message=message, cure=cure, mendable=mendable)
    if isinstance(error, MemoryError):
        return JobFailure(
            kind=MemoryError.__name__,
            message="The memory of the machine was too small for this video.",
            cure="Ask for a smaller resolution, or set RENDER_WORKERS to 1.",
            mendable=False,
        )
    if isinstance(error, OSError) and error.errno in NO_SPACE_ERRORS:
        return JobFailure(
            kind=DiskSpaceError.__name__,
            message="The disk that holds DATA_DIR is full.",
            cure="Free some space there, or lower MAX_OUTPUT_GIGABYTES and MAX_ARTIFACT_GIGABYTES; then try again.",
            mendable=False,
        )
    return _unexpected(error, settings, job)


def _without_folder(text: str, settings: Settings) -> str:
    """Files by their places in DATA_DIR: where that lies concerns nobody who asks for a video.

    An upload, which is named after its content, goes by the start of its name.
    """
    return UPLOAD_NAME.sub(r"\1\2", text.replace(f"{settings.data_dir}{os.sep}", ""))


def log_traceback(error: Exception, settings: Settings, name: str) -> Path | None:
    """The file in DATA_DIR/logs that holds the traceback; None where nothing can be written."""
    path = settings.data_dir / "logs" / f"{name}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(time.strftime("%Y-%m-%d %H:%M:%S\n") + "".join(traceback.format_exception(error)) + "\n")
    except OSError:
        return None
    return path


def _unexpected(error: Exception, settings: Settings, job: str) -> JobFailure:
    first_line = next(iter(str(error).splitlines()), "")[:300]
    log = log_traceback(error, settings, f"job-{job}")
    where = (
        f"The details are in {log.relative_to(settings.data_dir)}; please report them."
        if log
        else "The log could not be written."
    )
    message = f"Something failed that should not have: {type(error).__name__}: {first_line}".rstrip(": ") + "."
    return JobFailure(kind=type(error).__name__, message=message, cure=where, mendable=False)
