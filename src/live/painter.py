"""A thread that does the slow part of every frame, so that the clock which hands them over never waits for it."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Frame = TypeVar("Frame")

MOST_WAITING: Final = 3
"""Frames that wait while one is painted: what held it up may be over before the next is due."""


class Painter(Generic[Frame]):
    """Does `paint` with the frames that are given, in turn, from `start` to `stop`; the newest where it is too slow.

    `failed` hears, in the painter's thread, what ended it before that.
    """

    def __init__(self, paint: Callable[[Frame], None], failed: Callable[[Exception], None]) -> None:
        self._paint, self._failed = paint, failed
        self._changed = threading.Condition()
        self._waiting: deque[Frame] = deque()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="painter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, frame: Frame) -> bool:
        """Whether it takes the place of one that had not been begun, the oldest, which is left out."""
        with self._changed:
            is_full = len(self._waiting) == MOST_WAITING
            if is_full:
                self._waiting.popleft()
            self._waiting.append(frame)
            self._changed.notify()
        return is_full

    def stop(self) -> None:
        """What has not been begun is left out. Returns when the thread has ended, unless it is the caller."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        if threading.current_thread() is not self._thread and self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while (frame := self._taken()) is not None:
                self._paint(frame)
        except Exception as error:
            self._failed(error)

    def _taken(self) -> Frame | None:
        """The next one, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or bool(self._waiting))
            return None if self._is_over else self._waiting.popleft()
