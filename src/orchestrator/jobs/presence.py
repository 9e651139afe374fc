"""Which workers are alive: each holds the lock on a file of its name, which the system drops when it dies."""

import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from avatar.settings import Settings
from orchestrator.artifacts import usable_folder


def new_owner() -> str:
    """A name for a worker that no other has had."""
    return f"{platform.node()[:60] or 'worker'}-{os.getpid()}-{secrets.token_hex(4)}"


@contextmanager
def present(settings: Settings, owner: str) -> Iterator[None]:
    """The worker is alive inside the block."""
    path = _file(settings, owner)
    usable_folder(path.parent)
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def living_workers(settings: Settings) -> list[str]:
    """The workers on this DATA_DIR that are alive."""
    return sorted(path.stem for path in _files(settings) if not _is_free(path))


def dead_workers(settings: Settings) -> list[str]:
    """Workers on this DATA_DIR that ended without taking their leave."""
    return sorted(path.stem for path in _files(settings) if _is_free(path))


def forget_worker(settings: Settings, owner: str) -> None:
    """Removes what a dead worker left."""
    _file(settings, owner).unlink(missing_ok=True)


def _file(settings: Settings, owner: str) -> Path:
    return settings.data_dir / "workers" / f"{owner}.lock"


def _files(settings: Settings) -> list[Path]:
    return list((settings.data_dir / "workers").glob("*.lock"))


def _is_free(path: Path) -> bool:
    """Whether nobody holds the lock; a file that is gone is not looked at again."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
