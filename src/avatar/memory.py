"""Memory of this machine."""

import os
from pathlib import Path


def memory_bytes() -> tuple[int, int] | None:
    """Available and total memory; None where the system does not say."""
    info = Path("/proc/meminfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        kilobytes = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
        return kilobytes.get("MemAvailable", kilobytes["MemFree"]) * 1024, kilobytes["MemTotal"] * 1024
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return total, total
