"""A tracked expression on disk: one .npz without pickle."""

import zipfile
from pathlib import Path

import numpy as np

from avatar.arrays import opened_arrays
from avatar.errors import InputError
from avatar.files import atomic_file
from video_processor.tracking.expression import TrackedExpression


def save_expression(path: Path, expression: TrackedExpression) -> None:
    """Written under a temporary name and renamed. Raises `DiskSpaceError` where the disk is full."""
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            times=expression.times,
            shapes=expression.shapes,
            pose=expression.pose,
            notes=np.array(expression.notes, np.str_),
        )


def load_expression(path: Path) -> TrackedExpression:
    """Raises `InputError` where the file is not one that `save_expression` wrote."""
    try:
        with opened_arrays(path) as stored:
            times, shapes, pose = (stored[name] for name in ("times", "shapes", "pose"))
            return TrackedExpression(times, shapes, pose, tuple(str(note) for note in stored["notes"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        cure = "Delete it; it is made again."
        raise InputError(f"{path} is not a stored expression: {error}.", cure=cure) from None
