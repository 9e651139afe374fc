"""Whole commands, each in a process of its own: how long they take and how much memory they need."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avatar.errors import AvatarError
from avatar.settings import PROJECT_ROOT

MAIN: Final = PROJECT_ROOT / "main.py"
HELP_RUNS: Final = 5
MAXRSS_BYTES: Final = 1 if sys.platform == "darwin" else 1024
"""Unit of `ru_maxrss`: getrusage(2) of macOS and of Linux."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended well: `seconds` by the clock, `peak_bytes` of the largest process in its tree, if known."""

    seconds: float
    peak_bytes: int | None
    output: dict[str, Any]


def run_json(arguments: list[str], data_dir: Path | None = None) -> Finished:
    """Runs this Python; its standard output is one JSON object. Raises `AvatarError` where it fails."""
    environment = {**os.environ, **({"DATA_DIR": str(data_dir)} if data_dir else {})}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=errors, env=environment)
        peak = _wait(process)
        seconds = time.perf_counter() - started
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            said = errors.read().decode("utf-8", "replace").strip()
            raise AvatarError(f"{' '.join(arguments)} ended with {process.returncode}: {said[-2000:]}")
        return Finished(seconds, peak, json.load(output))


def run_generate(image: Path, audio: Path, folder: Path) -> Finished:
    """`generate` at 512 x 512 and 25 fps, with a data folder that is new."""
    options = ["--image", str(image), "--audio", str(audio), "-o", str(folder / "video.mp4")]
    return run_json([str(MAIN), "generate", *options, "--size", "512", "--fps", "25", "--json"], folder / "data")


def help_seconds() -> float:
    """The median time of `main.py --help`."""
    times = []
    for _ in range(HELP_RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, str(MAIN), "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _wait(process: "subprocess.Popen[bytes]") -> int | None:
    """Waits for the end; the peak resident memory in bytes where the system tells."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * MAXRSS_BYTES
