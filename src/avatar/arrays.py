"""Archives of NumPy arrays."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_reading = threading.Lock()


def _read_anew() -> None:
    """A forked process has only the thread that forked; whoever read in another one is not there."""
    global _reading  # noqa: PLW0603
    _reading = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_read_anew)


@contextmanager
def opened_arrays(path: Path) -> Iterator[Any]:
    """The archive at `path`, to be read as a mapping of names to arrays; runs no code of the file's.

    One thread at a time: NumPy parses the header of each array with `ast`, which fails now and then where another
    thread does so too (`SystemError: AST constructor recursion depth mismatch`, CPython 3.11). Raises what opening and
    reading raise: `OSError`, `ValueError`, `EOFError`, `KeyError`, `AttributeError` for a lone array, `BadZipFile`.
    """
    with _reading, path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        yield stored
