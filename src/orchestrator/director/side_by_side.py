"""Waits for several answers at once, and no longer than it may."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from queue import Empty, Queue, SimpleQueue
from time import monotonic
from typing import Final, TypeVar

Value = TypeVar("Value")

_log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.05
"""How often it looks whether to go on."""


def side_by_side(
    tasks: Sequence[Callable[[], Value]], *, most: int, until: float, check: Callable[[], None]
) -> list[Value | None]:
    """What each task returns, at most `most` at a time; None for those that are not done by `until` or have failed.

    `until` is in seconds of `time.monotonic`. `check` is called meanwhile, and may raise to end the wait. A task that
    is still running then is left to itself, in a thread that keeps no process alive.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    for index in range(len(tasks)):
        waiting.put(index)
    done: Queue[tuple[int, Value | None]] = Queue()
    given_up = threading.Event()

    def work() -> None:
        while not given_up.is_set():
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((index, tasks[index]()))
            except Exception:
                _log.exception("a task failed")
                done.put((index, None))

    for number in range(min(most, len(tasks))):
        threading.Thread(target=copy_context().run, args=(work,), name=f"director-{number}", daemon=True).start()
    found: list[Value | None] = [None] * len(tasks)
    try:
        for _ in tasks:
            index, value = _next(done, until, check)
            if index < 0:
                break
            found[index] = value
    finally:
        given_up.set()
    return found


def _next(done: "Queue[tuple[int, Value | None]]", until: float, check: Callable[[], None]) -> tuple[int, Value | None]:
    """The next task that is done; -1 where the time is over."""
    while True:
        check()
        left = until - monotonic()
        try:
            return done.get(timeout=max(min(left, LOOK_SECONDS), 0.0))
        except Empty:
            if left <= 0.0:
                return -1, None
