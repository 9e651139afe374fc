"""Memory of this machine and of this process, in bytes."""

import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MEMINFO: Final = Path("/proc/meminfo")
CONTROL_GROUP: Final = Path("/sys/fs/cgroup")
STATUS: Final = Path("/proc/self/status")
CLEAR_REFS: Final = Path("/proc/self/clear_refs")
RESET_PEAK: Final = "5"
"""What resets the peak when it is written to `clear_refs` (proc_pid_clear_refs(5))."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What programs may take without others being paged out, and all there is."""

    free: int
    total: int


def machine_memory() -> Memory | None:
    """Of the machine, or of the container where that has less; None where the system does not say."""
    found = _system_memory()
    if found is None:
        return None
    limit = _container_memory()
    return found if limit is None else Memory(min(found.free, limit.free), min(found.total, limit.total))


def _system_memory() -> Memory | None:
    if MEMINFO.exists():
        lines = MEMINFO.read_text(encoding="utf-8").splitlines()
        kilobytes = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
        return Memory(kilobytes.get("MemAvailable", kilobytes["MemFree"]) * 1024, kilobytes["MemTotal"] * 1024)
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return Memory(total, total)


def _container_memory() -> Memory | None:
    """What a control group (version 2) leaves; None where it sets no limit."""
    try:
        limit = int((CONTROL_GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((CONTROL_GROUP / "memory.current").read_text(encoding="ascii"))
        statistics = (CONTROL_GROUP / "memory.stat").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    found = re.search(r"^inactive_file (\d+)$", statistics, re.MULTILINE)
    given_back = int(found[1]) if found else 0
    return Memory(max(0, limit - used + given_back), limit)


def begin_peak() -> bool:
    """From here on `peak_bytes` counts; False where the system cannot count from a moment on."""
    with suppress(OSError):
        CLEAR_REFS.write_text(RESET_PEAK, encoding="ascii")
        return True
    return False


def peak_bytes() -> int | None:
    """The most that this process has had in memory since `begin_peak`; None where the system does not say."""
    with suppress(OSError):
        found = re.search(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        return int(found[1]) * 1024 if found else None
    return None


def begin_peak_on_card(device: str) -> None:
    """From here on `card_peak_bytes` counts, where PyTorch is at work on a card in this process."""
    if (cuda := _cuda(device)) is not None:
        cuda.reset_peak_memory_stats(device)


def card_peak_bytes(device: str) -> int | None:
    """The most of a card's memory that PyTorch has held since `begin_peak_on_card`; None where it held none."""
    cuda = _cuda(device)
    return None if cuda is None else int(cuda.max_memory_reserved(device)) or None


def _cuda(device: str) -> Any:
    """`torch.cuda` where it is at work in this process."""
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return None
    cuda: Any = torch.cuda
    return cuda if cuda.is_initialized() else None
