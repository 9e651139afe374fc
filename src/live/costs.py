"""What frames cost on this machine, kept in DATA_DIR from one start to the next."""

import logging
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from avatar.errors import AvatarError
from avatar.files import atomic_file
from avatar.settings import core_count
from models.devices import processor
from models.hardware import Hardware
from models.weights import WeightStore
from orchestrator.artifacts import artifact_key
from video_processor.renderers.base import Renderer
from video_processor.renderers.puppet import native

COSTS_FILE: Final = "live-costs.json"
"""In DATA_DIR; one that is removed is measured anew."""

LONGEST_KEPT_SECONDS: Final = 7 * 86_400.0
PACKAGES: Final = ("av", "numpy", "opencv-python-headless", "torch")
"""Whose versions decide what a frame costs."""

Measured = Literal["now", "before"]
"""Whether costs were measured since the worker began, or come from an earlier one."""

_log = logging.getLogger(__name__)


class Costs(BaseModel):
    """Seconds: a core's for a frame of the usual engine, drawn and encoded; the clock's for one by each engine."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    usual: float = Field(gt=0, allow_inf_nan=False)
    engines: dict[str, float]


class _Kept(BaseModel):
    """`at` in seconds since the epoch."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    key: str
    at: float
    costs: Costs


def costs_key(engines: Iterable[Renderer], hardware: Hardware, store: WeightStore, **about: int) -> str:
    """What costs hold for: the machine, this code, its packages, the files of the engines, and numbers `about` it."""
    files = [store.path(key) for engine in engines for key in engine.capabilities.weights]
    sizes = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    names = [engine.capabilities.name for engine in engines]
    device = (hardware.device.name, hardware.device.label, hardware.device.precision, hardware.profile_name)
    versions = [*(_version(package) for package in PACKAGES), native.kernels is not None]
    return artifact_key(processor().label, core_count(), device, versions, names, sizes, about)


def costs_of(folder: Path, key: str, measure: Callable[[], Costs]) -> tuple[Costs, Measured]:
    """Those that are kept in `folder` for `key`, or else measured. One process at a time measures; the others wait for
    it and take what it found. Raises what `measure` does.
    """
    path = folder / COSTS_FILE
    if (kept := _read(path, key)) is not None:
        return kept, "before"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), thread_local=False):
        if (kept := _read(path, key)) is not None:
            return kept, "now"
        costs = measure()
        _write(path, _Kept(key=key, at=time.time(), costs=costs))
        return costs, "now"


def _read(path: Path, key: str) -> Costs | None:
    """None where nothing is kept for the key that can be read and is young enough."""
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("%s cannot be used and is measured anew: %s", path, type(error).__name__)
        return None
    age = time.time() - kept.at
    return kept.costs if kept.key == key and 0.0 <= age < LONGEST_KEPT_SECONDS else None


def _write(path: Path, kept: _Kept) -> None:
    try:
        with atomic_file(path) as partial:
            partial.write_text(kept.model_dump_json(), encoding="utf-8")
    except (OSError, AvatarError) as error:
        _log.warning("what frames cost cannot be kept: %s", error)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
