"""One preview at a time, and of each caller the newest only."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from avatar.errors import BusyError, SupersededError

MOST_WAITING: Final = 8
LONGEST_WAIT_SECONDS: Final = 30.0


class Turn:
    """A caller's place; `on_end` is called, once, when its work is wanted no more."""

    def __init__(self) -> None:
        self.is_over = False
        self.on_end: Callable[[], None] = lambda: None

    def end(self) -> None:
        if not self.is_over:
            self.is_over = True
            self.on_end()


class Turns:
    """Safe for threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._newest: dict[Hashable, Turn] = {}
        self._in_hand: Turn | None = None

    @contextmanager
    def turn(self, caller: Hashable, turn: Turn) -> Iterator[None]:
        """The block runs when no other does; an older turn of the caller ends.

        Raises `SupersededError` where it ends before the block begins, `BusyError` where too many wait.
        """
        with self._change:
            self._enter(caller, turn)
            try:
                if not self._change.wait_for(lambda: turn.is_over or self._in_hand is None, LONGEST_WAIT_SECONDS):
                    raise busy()
                if turn.is_over:
                    raise superseded()
                self._in_hand = turn
            except Exception:
                self._leave(caller, turn)
                raise
        try:
            yield
        finally:
            with self._change:
                self._in_hand = None
                self._leave(caller, turn)

    def end(self, turn: Turn) -> None:
        """The caller has gone away."""
        with self._change:
            turn.end()
            self._change.notify_all()

    def _enter(self, caller: Hashable, turn: Turn) -> None:
        older = self._newest.get(caller)
        if older is not None:
            older.end()
            self._change.notify_all()
        elif len(self._newest) >= MOST_WAITING:
            raise busy()
        self._newest[caller] = turn

    def _leave(self, caller: Hashable, turn: Turn) -> None:
        if self._newest.get(caller) is turn:
            del self._newest[caller]
        self._change.notify_all()


def busy() -> BusyError:
    return BusyError("Too many previews are asked for.", cure="Ask again in a moment.")


def superseded() -> SupersededError:
    return SupersededError("A newer preview has been asked for.", cure="Take the answer to the newer request.")
