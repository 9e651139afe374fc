"""Processes behind a `PreviewDesk` that are slow when told to be, and that die."""

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from avatar.performance import Performance
from avatar.settings import Settings
from avatar.types import FaceMotion
from orchestrator.moving import MotionSource, synthesised
from orchestrator.previews import room
from orchestrator.previews.process import draw_previews
from orchestrator.previews.tasks import Abandoned, Answer, Order

HOLD: Final = "hold"
DRAWN: Final = "drawn.txt"
THOUGHT: Final = "thought.txt"
PATIENCE_SECONDS: Final = 60.0


def draw_slowly(line: Connection, settings: Settings) -> None:
    """Notes each frame in `drawn.txt`, and stands still at every one while there is a file `hold`."""
    resampled = room._frames

    def frames(stage: room.Stage, motion: object, first: int, count: int, check: Callable[[], None]) -> object:
        def watched() -> None:
            with (settings.data_dir / DRAWN).open("a") as file:
                file.write(f"{os.getpid()}\n")
            while (settings.data_dir / HOLD).exists():
                check()
                time.sleep(0.01)
            check()

        return resampled(stage, motion, first, count, watched)  # type: ignore[arg-type]

    room._frames = frames  # type: ignore[assignment]
    draw_previews(line, settings)


def think_slowly(line: Connection, settings: Settings) -> None:
    """Notes each motion in `thought.txt`, and stands still before it while there is a file `hold`."""

    def slow(source: MotionSource, performance: Performance) -> FaceMotion:
        with (settings.data_dir / THOUGHT).open("a") as file:
            file.write("one\n")
        until(lambda: not (settings.data_dir / HOLD).exists())
        return synthesised(source, performance)

    room.synthesised = slow  # type: ignore[attr-defined]
    draw_previews(line, settings)


def hear_only_calls_off(line: Connection, settings: Settings) -> None:
    """Answers no order until it is called off."""
    while True:
        order: Order = line.recv()
        if order.task is None:
            (settings.data_dir / "called-off").touch()
            line.send(Answer(order.number, error=Abandoned()))


def die_at_first(line: Connection, settings: Settings) -> None:
    """The first process dies over its first order."""
    died = settings.data_dir / "died"
    if died.exists():
        draw_previews(line, settings)
    line.recv()
    died.touch()
    os._exit(11)


def die_each_time(line: Connection, settings: Settings) -> None:
    line.recv()
    with (settings.data_dir / "deaths.txt").open("a") as file:
        file.write("one\n")
    os._exit(11)


def deaf(line: Connection, settings: Settings) -> None:
    """Takes an order, and neither answers nor listens."""
    order: Order = line.recv()
    (settings.data_dir / "heard").write_text(str(order.number))
    time.sleep(PATIENCE_SECONDS)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
