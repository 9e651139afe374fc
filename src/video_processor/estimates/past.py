"""What videos took that were made: a small file of figures, the newest last."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from avatar.files import atomic_file

RUNS_FILE: Final = "past_runs.jsonl"
MOST_KEPT: Final = 400
MOST_COUNTED: Final = 15
"""Newer runs tell more: the machine, the program and the checkpoints change."""

LOCK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One video: seconds of its `sound`, for `drawing` its `frames` without enhancing them, for `preparing` its picture
    and for the `rest`.

    `width` and `height` are what was drawn, before it was enlarged. `device` is the product's name, `batch` the frames
    at once. `growth` is what the process's memory grew by at its peak, in bytes, `card_growth` the same on the card;
    None where it was not measured.
    """

    engine: str
    device: str
    width: int
    height: int
    frames: int
    sound: float
    drawing: float
    preparing: float
    rest: float
    batch: int = 1
    growth: int | None = None
    card_growth: int | None = None


class PastRuns:
    """The figures in `folder`. Safe for threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RUNS_FILE

    def of(self, engine: str, device: str) -> list[PastRun]:
        """The newest with this engine on this device, the oldest of them first."""
        return [run for run in self._all() if (run.engine, run.device) == (engine, device)][-MOST_COUNTED:]

    def add(self, run: PastRun) -> None:
        """Keeps it, in place of the oldest where there are many. What is locked for long is left as it is."""
        lock = FileLock(self._path.with_name(f".{self._path.name}.lock"))
        try:
            with lock.acquire(timeout=LOCK_SECONDS):
                self._write([*self._all()[1 - MOST_KEPT :], run])
        except Timeout:
            return

    def _write(self, runs: Iterable[PastRun]) -> None:
        with atomic_file(self._path) as partial:
            partial.write_text("".join(f"{json.dumps(asdict(run))}\n" for run in runs), encoding="utf-8")

    def _all(self) -> list[PastRun]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        return [run for line in lines if (run := _read(line)) is not None]


def _read(line: str) -> PastRun | None:
    """None for a line of another version, or a damaged one."""
    try:
        return PastRun(**json.loads(line))
    except (ValueError, TypeError):
        return None
