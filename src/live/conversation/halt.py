"""A call to stop, from another thread."""

import threading
from collections.abc import Callable


class Halt:
    """Is put up once. What is bound to it then is called at once, in the thread of whoever puts it up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_up = False
        self._bound: list[Callable[[], object]] = []

    @property
    def is_up(self) -> bool:
        return self._is_up

    def bind(self, action: Callable[[], object]) -> None:
        with self._lock:
            if not self._is_up:
                self._bound.append(action)
                return
        action()

    def put_up(self) -> None:
        with self._lock:
            if self._is_up:
                return
            self._is_up, bound = True, self._bound
            self._bound = []
        for action in bound:
            action()
