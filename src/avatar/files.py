"""Files that exist only when finished, their digests and locks, and the room that they need."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from avatar.errors import DiskSpaceError

PARTIAL_PREFIX: Final = ".part-"
"""How the name of an unfinished file starts; one that is left over belongs to a process that was killed."""

DIGEST_BLOCK_BYTES: Final = 1 << 20
NO_SPACE_ERRORS: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A temporary path, in the folder and with the suffix of `path`, to write to inside the block.

    When the block ends its file is flushed to the disk and takes the name `path`, in place of any file
    there; when the block raises it is removed and `path` stays as it was. Missing folders are made.

    Raises `DiskSpaceError` where the disk is full, FileNotFoundError where the block wrote no file.
    """
    partial = path.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(6)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        if error.errno in NO_SPACE_ERRORS:
            raise _disk_full(path) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def held_file(path: Path) -> Iterator[bool]:
    """Whether nobody else holds the file's lock; then it is held inside the block.

    The system takes it away from a process that ends.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(DIGEST_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def require_free_space(folder: Path, bytes_needed: int) -> None:
    """Raises `DiskSpaceError` where the disk of `folder`, which need not exist yet, has less free than that."""
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < bytes_needed:
        raise DiskSpaceError(
            f"The disk of {folder} has {_megabytes(free)} free, and about {_megabytes(bytes_needed)} are needed.",
            cure="Free some space, or choose a folder on another disk.",
        )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Makes a rename last through a power cut, on systems that let a folder be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_full(path: Path) -> DiskSpaceError:
    return DiskSpaceError(
        f"The disk is full: {path.name} could not be written to {path.parent}.",
        cure="Free some space, or choose a folder on another disk.",
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
