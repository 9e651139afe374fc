"""Progress on standard error: bars with the time left on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

LINE_PAUSE_S: Final = 5.0
"""Plain lines about one stage come no more often than this."""

LABELS: Final = {
    "waiting": "Waiting for another run of the same video",
    "audio_processing": "Hearing the speech",
    "portrait_analysis": "Looking at the portrait",
    "expression_tracking": "Following the face in the video",
    "emotion_detection": "Sensing the mood",
    "mistral_controller": "Directing",
    "review": "Review",
    "motion_synthesis": "Moving the face",
    "plan_chunks": "Planning",
    "soundtrack": "Encoding the sound",
    "video_generation": "Drawing",
    "assemble": "Joining picture and sound",
}


class Display(Protocol):
    """Shows how far stages are. May be called from any thread."""

    def show(self, stage: str, done: int, total: int, *, unit: int = 1, unit_name: str = "") -> None:
        """`done` and `total` are shown divided by `unit`, with `unit_name` after them."""
        ...


@contextmanager
def progress_display(console: Console | None = None) -> Iterator[Display]:
    """A display that lasts as long as the block."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield PlainDisplay(console)
        return
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )
    with bars:
        yield LiveDisplay(bars)


class LiveDisplay:
    """One bar a stage, in the order in which they come."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def show(self, stage: str, done: int, total: int, *, unit: int = 1, unit_name: str = "") -> None:
        amount = _amount(done, total, unit, unit_name)
        with self._lock:
            if stage not in self._tasks:
                label = LABELS.get(stage, stage)
                self._tasks[stage] = self._bars.add_task(label, total=total, completed=done, amount=amount)
            self._bars.update(self._tasks[stage], completed=done, total=total, amount=amount)


class PlainDisplay:
    """A line when a stage ends, and now and then while it lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: dict[str, tuple[float, int]] = {}
        self._spoken: dict[str, float] = {}
        self._ended: set[str] = set()
        self._lock = threading.Lock()

    def show(self, stage: str, done: int, total: int, *, unit: int = 1, unit_name: str = "") -> None:
        with self._lock:
            now = time.monotonic()
            started, first = self._begun.setdefault(stage, (now, done))
            if stage in self._ended:
                return
            if done >= total:
                self._ended.add(stage)
                self._print(stage, f"done in {now - started:.1f} s")
            elif now - self._spoken.setdefault(stage, started) >= LINE_PAUSE_S and done > first:
                self._spoken[stage] = now
                left = (now - started) / (done - first) * (total - done)
                self._print(stage, f"{_amount(done, total, unit, unit_name)}, about {left:.0f} s left")

    def _print(self, stage: str, said: str) -> None:
        self._console.print(f"{LABELS.get(stage, stage)}: {said}", markup=False, highlight=False, soft_wrap=True)


def _amount(done: int, total: int, unit: int, unit_name: str) -> str:
    return f"{done // unit} of {total // unit} {unit_name}".rstrip() if total > 1 else ""
