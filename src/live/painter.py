"""A thread that does the slow part of every frame, so that the clock which hands them over never waits for it."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Frame = TypeVar("Frame")


class Painter(Generic[Frame]):
    """Does `paint` with the newest frame that was given, from `start` to `stop`.

    `failed` hears, in the painter's thread, what ended it before that.
    """

    def __init__(self, paint: Callable[[Frame], None], failed: Callable[[Exception], None]) -> None:
        self._paint, self._failed = paint, failed
        self._changed = threading.Condition()
        self._next: Frame | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="painter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, frame: Frame) -> bool:
        """Whether it takes the place of one that had not been begun, which is left out."""
        with self._changed:
            replaced, self._next = self._next is not None, frame
            self._changed.notify()
        return replaced

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
            self._changed.wait_for(lambda: self._is_over or self._next is not None)
            frame, self._next = self._next, None
            return None if self._is_over else frame
