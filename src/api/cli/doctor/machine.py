"""Checks of the machine: Python, processor, accelerators, memory, disk, port."""

import importlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from api.cli.doctor.check import Check
from avatar.memory import memory_bytes
from avatar.settings import core_count

SUPPORTED_PYTHONS: Final = ((3, 10), (3, 11), (3, 12), (3, 13))
LITTLE_MEMORY_BYTES: Final = 2_000_000_000
LITTLE_DISK_BYTES: Final = 2_000_000_000
TOO_LITTLE_DISK_BYTES: Final = 200_000_000
SERVICE_PORT: Final = 8005
NVIDIA_TIMEOUT_S: Final = 10


def check_python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] in SUPPORTED_PYTHONS:
        return Check("Python", "ok", found)
    return Check("Python", "fail", found, "Install Python 3.10 to 3.13 and run PYTHON=/path/to/it ./run.sh doctor.")


def cpu_model() -> str:
    """The processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


def check_processor() -> Check:
    cores = core_count()
    detail = f"{cores} core{'s' if cores > 1 else ''}, {cpu_model()}"
    if cores > 1:
        return Check("Processor", "ok", detail)
    return Check("Processor", "warn", detail, "It works, slowly: two cores or more are better.")


def check_accelerator() -> Check:
    """The GPU that PyTorch sees, where it is installed, else the one that the system names. None is needed."""
    found = _torch_accelerator() if importlib.util.find_spec("torch") else _system_accelerator()
    return Check("GPU", "ok", found or "none; none is needed")


def _torch_accelerator() -> str:
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name(0)} (CUDA)"
    return "Apple GPU (MPS)" if torch.backends.mps.is_available() else ""


def _system_accelerator() -> str:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple GPU (MPS); unused, since PyTorch is not installed"
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=NVIDIA_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return ""
    names = ", ".join(done.stdout.split("\n")).strip(", ")
    return f"{names}; unused, since PyTorch is not installed" if names else ""


def check_memory() -> Check:
    found = memory_bytes()
    if found is None:
        return Check("Memory", "ok", "unknown on this system; 2 GB free are enough")
    available, total = found
    detail = f"{available / 1e9:.1f} of {total / 1e9:.1f} GB free"
    if available >= LITTLE_MEMORY_BYTES:
        return Check("Memory", "ok", detail)
    return Check("Memory", "warn", detail, "Close other programs, or set RENDER_WORKERS=1.")


def folder_problem(folder: Path) -> str:
    """Why nothing can be written to `folder`, which need not exist yet; empty where something can."""
    existing = _existing(folder)
    if not existing.is_dir():
        return f"{existing} is a file, and a folder is needed"
    return "" if os.access(existing, os.W_OK | os.X_OK) else f"nothing may be written to {existing}"


def _existing(folder: Path) -> Path:
    """The folder itself or the nearest above it that is there; links that lead nowhere are there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place))


def check_disk(folder: Path) -> Check:
    """Whether the data folder may be written to, and how much room its disk has."""
    if problem := folder_problem(folder):
        cure = "Change its permissions, or let DATA_DIR name another folder."
        return Check("Disk", "fail", f"DATA_DIR: {problem}", cure)
    existing = _existing(folder)
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1e9:.1f} GB free for {folder}"
    cure = "Free some space, or let DATA_DIR name a folder on another disk."
    if free < TOO_LITTLE_DISK_BYTES:
        return Check("Disk", "fail", detail, cure)
    return Check("Disk", "ok", detail) if free >= LITTLE_DISK_BYTES else Check("Disk", "warn", detail, cure)


def check_port(port: int = SERVICE_PORT) -> Check:
    """Whether the service's port is free on this machine."""
    name = f"Port {port}"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            cure = "End the program that uses it before a service is to listen there."
            return Check(name, "warn", f"taken ({error.strerror})", cure)
    return Check(name, "ok", "free")
