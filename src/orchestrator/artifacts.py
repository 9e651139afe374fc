"""Finished stages on disk. A name is a kind and the hash of all that made it; what exists is finished.

An artifact is a file, or a folder whose last file finishes it.
"""

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from avatar.errors import ConfigurationError
from avatar.files import PARTIAL_PREFIX
from avatar.settings import PROJECT_ROOT

Value = TypeVar("Value")

KEY_DIGITS: Final = 32
STALE_SECONDS: Final = 3600.0
"""An unfinished file that nobody has written to for so long was left by a process that was killed."""

CODE_PLACES: Final = ("src", "models", "configs/weights.yaml")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Hash of this program's own source and of its list of weights: other code makes other artifacts."""
    digest = hashlib.sha256()
    for place in CODE_PLACES:
        root = PROJECT_ROOT / place
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            digest.update(str(path.relative_to(PROJECT_ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:KEY_DIGITS]


def artifact_key(*parts: Any) -> str:
    """The hash of JSON values and of this program's code."""
    text = json.dumps([code_version(), *parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


def usable_folder(folder: Path) -> Path:
    """A folder under DATA_DIR, made where it is missing. Raises `ConfigurationError` where it cannot be written to."""
    cure = "Set it to a folder that may be written to."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"DATA_DIR cannot be used: {folder} cannot be made ({error.strerror}).", cure=cure
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"DATA_DIR cannot be used: {folder} may not be written to.", cure=cure)
    return folder


class ArtifactStore:
    """The artifacts under `folder`. Safe for threads and for several processes on one folder.

    With `fresh`, what lay there before counts as absent and is made again. Raises `ConfigurationError` where the
    folder cannot be made.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.folder = usable_folder(folder)
        self._fresh = fresh
        self._made: set[Path] = set()
        self._lock = threading.Lock()

    def path(self, kind: str, key: str, suffix: str = "") -> Path:
        return self.folder / f"{kind}-{key}{suffix}"

    def name(self, path: str) -> str:
        """What tells an artifact from all others, wherever the store lies."""
        return Path(path).relative_to(self.folder).as_posix()

    def is_finished(self, path: Path) -> bool:
        """Whether the artifact exists; a look counts as a use, so that `prune` takes it late."""
        with self._lock:
            if self._fresh and path not in self._made:
                return False
        try:
            touch(path)
        except FileNotFoundError:
            return False
        return True

    def kept(
        self, path: Path, make: Callable[[], Value], save: Callable[[Path, Value], None], load: Callable[[Path], Value]
    ) -> Value:
        """The artifact's value: loaded where it is finished, else made and saved. `save` writes all or nothing."""
        if self.is_finished(path):
            return load(path)
        value = make()
        save(path, value)
        self.finished(path)
        return value

    def finished(self, path: Path) -> None:
        """Note an artifact whose writer gave it its name itself, once it was whole."""
        touch(path)
        with self._lock:
            self._made.add(path)

    def clear(self, folder: Path) -> None:
        """Where everything is to be made again, take away what an artifact's folder holds already."""
        if self._fresh:
            shutil.rmtree(folder, ignore_errors=True)

    def prune(self, max_bytes: int, keep_used_since: float) -> None:
        """Remove what was used longest ago until the rest fits in `max_bytes`, and stale unfinished files.

        Nothing used at or after `keep_used_since` (seconds since the epoch) is removed, nor what is used meanwhile.
        """
        found = [(path, _last_use(path), _size(path)) for path in self.folder.iterdir()]
        total = sum(size for _, _, size in found)
        for path, used, size in sorted(found, key=lambda item: item[1]):
            partial = path.name.startswith(PARTIAL_PREFIX)
            stale = partial and used < time.time() - STALE_SECONDS
            due = not partial and total > max_bytes and used < keep_used_since
            if stale or (due and _last_use(path) == used):
                _remove(path)
                total -= size


def touch(path: Path) -> None:
    """Note a use of an artifact, or of a file in its folder. Raises `FileNotFoundError`."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _tree(path: Path) -> list[os.stat_result]:
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    stats = []
    for file in files:
        with suppress(FileNotFoundError):
            stats.append(file.stat())
    return stats


def _size(path: Path) -> int:
    return sum(stat.st_size for stat in _tree(path))


def _last_use(path: Path) -> float:
    return max((stat.st_mtime for stat in _tree(path)), default=0.0)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
