"""What fails is told in Python's own errors, which callers of this package need no import for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avatar.errors import AvatarError, ConfigurationError, DiskSpaceError, InputError, MissingExtraError

OF_THE_MACHINE = (ConfigurationError, DiskSpaceError, MissingExtraError)
"""Kinds of `InputError` that no other file would mend."""


@contextmanager
def builtin_errors() -> Iterator[None]:
    """`InputError` becomes ValueError, every other `AvatarError` RuntimeError, each with its message and its cure."""
    try:
        yield
    except AvatarError as error:
        is_input = isinstance(error, InputError) and not isinstance(error, OF_THE_MACHINE)
        raise (ValueError if is_input else RuntimeError)(str(error)) from error


def existing(path: str | Path, what: str, *, or_folder: bool = False) -> Path:
    """The path of a file that is there, or of a folder where that will do. Raises FileNotFoundError, which names it."""
    found = Path(path)
    if not found.is_file() and not (or_folder and found.is_dir()):
        raise FileNotFoundError(f"The {what} {found} does not exist.")
    return found.resolve()
