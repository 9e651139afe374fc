"""How a command ends: exit codes, and one plain message in place of a traceback.

0 done, 2 for what the user can mend (what was given, a model file that was not brought, a licence), 1 for a failure
of ours, 130 when stopped by Ctrl-C.
"""

import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TextIO

import typer
from typer.core import TyperGroup

from avatar.errors import AvatarError, ConfigurationError, InputError, LicenceError, MissingWeightsError

BAD_INPUT: Final = 2
OUR_FAILURE: Final = 1
INTERRUPTED: Final = 130
MENDABLE: Final = (InputError, LicenceError, MissingWeightsError)
"""Kinds whose cure is in the user's hands: what was given, a licence, a model file that was never brought."""

AS_JSON: Final = "avatar.as_json"
OWN_PACKAGES: Final = frozenset(
    {"avatar", "models", "audio_processor", "video_processor", "orchestrator", "evaluator", "api"}
)


class Commands(TyperGroup):
    """Commands whose failures become a message on standard error and an exit code.

    Where `--json` is among the arguments the failure is one JSON object on standard output as well:
    `{"error": {"message", "cure", "kind"}}`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta.setdefault(AS_JSON, "--json" in args)
        with _failures_told(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with _failures_told(ctx):
            return super().invoke(ctx)


@contextmanager
def _failures_told(ctx: Any) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        message = "Stopped. What is finished is kept."
        raise _end(ctx, INTERRUPTED, message, "The same command goes on from there.", "Interrupted") from None
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except typer.TyperException as error:
        if ctx.parent is None:
            _print_usage_json(ctx, error)
        raise
    except AvatarError as error:
        code = BAD_INPUT if isinstance(error, MENDABLE) else OUR_FAILURE
        raise _end(ctx, code, error.message, error.cure, type(error).__name__) from None
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in OWN_PACKAGES:
            raise _end_unexpected(ctx, error) from None
        message = f"The package '{error.name}' is missing from this environment."
        raise _end(ctx, BAD_INPUT, message, "./run.sh or `make demo` puts it right.", "MissingPackage") from None
    except Exception as error:
        raise _end_unexpected(ctx, error) from None


def _end(ctx: Any, code: int, message: str, cure: str, kind: str) -> typer.Exit:
    if ctx.meta[AS_JSON]:
        _print_json(message, cure, kind)
    _print(f"{typer.style('Error:', fg='red') if code != INTERRUPTED else ''} {message} {cure}".strip(), err=True)
    _empty(sys.stdout)
    return typer.Exit(code)


def _print(text: str, *, err: bool = False) -> None:
    """Prints where that can be: a full disk behind the stream must not hide the failure itself."""
    with suppress(OSError):
        typer.echo(text, err=err)


def _print_json(message: str, cure: str, kind: str) -> None:
    _print(json.dumps({"error": {"message": message, "cure": cure, "kind": kind}}))


def _empty(stream: TextIO) -> None:
    """Drops what the stream cannot be rid of, which would end the process with a traceback and another code."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _end_unexpected(ctx: Any, error: Exception) -> typer.Exit:
    first_line = next(iter(str(error).splitlines()), "")
    message = f"Something failed that should not have: {type(error).__name__}: {first_line}".rstrip(": ") + "."
    cure = f"The details are in {_write_traceback(error)}; please report them."
    return _end(ctx, OUR_FAILURE, message, cure, type(error).__name__)


def _print_usage_json(ctx: Any, error: typer.TyperException) -> None:
    if ctx.meta[AS_JSON]:
        _print_json(error.format_message(), "`--help` lists the options.", "UsageError")


def _write_traceback(error: Exception) -> Path:
    """The file that holds the traceback: in the data folder, or a temporary one where that cannot be."""
    text = "".join(traceback.format_exception(error))
    name = f"failure-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    try:
        folder = _log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="avatar-"))
        (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def _log_folder() -> Path:
    from avatar.settings import PROJECT_ROOT, load_settings

    try:
        return load_settings().data_dir / "logs"
    except ConfigurationError:
        return PROJECT_ROOT / "data" / "logs"
