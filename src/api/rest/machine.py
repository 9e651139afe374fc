"""The machine under the service. Nothing here imports PyTorch: a GPU is asked after through its driver."""

import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from avatar.settings import core_count

NVIDIA_COMMAND: Final = ("--query-gpu=name", "--format=csv,noheader")
NVIDIA_TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the disk of a folder, in bytes."""

    free: int
    total: int


@lru_cache(maxsize=1)
def processor() -> str:
    """Its name as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown"


def device() -> str:
    """Where engines draw."""
    cores = core_count()
    return f"{processor()}, {cores} core{'' if cores == 1 else 's'}"


@lru_cache(maxsize=1)
def gpu() -> str | None:
    """The GPU that the system names, or None."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple GPU"
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, found on its path
            [program, *NVIDIA_COMMAND], check=True, capture_output=True, text=True, timeout=NVIDIA_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ", ".join(line.strip() for line in done.stdout.splitlines() if line.strip()) or None


def disk(folder: Path) -> Disk:
    """Of `folder`, or of the nearest one above it that exists."""
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    usage = shutil.disk_usage(existing)
    return Disk(usage.free, usage.total)
