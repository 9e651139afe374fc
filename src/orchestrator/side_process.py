"""A process beside the service: a crash of native code costs that process alone, and it ends with the service."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from avatar.settings import Settings

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

Attend = Callable[[Connection, Settings], None]
"""What such a process does: it answers what comes on the line, until that ends."""

START_METHOD: Final = "spawn"
"""Of `multiprocessing`: nothing of the service's threads and locks is inherited."""

MODEL_METHOD: Final = "forkserver"
"""The same for processes that begin as a copy of one that has imported what they need, and done nothing else."""


class SideProcess:
    """A process that is started when it is needed. One thread at a time asks for its `line` or dismisses it.

    With `modules`, which are the same for all that have any, it begins with them imported where the system can copy
    processes: the first takes as long to start as without, those that follow hardly any time.
    """

    def __init__(self, name: str, attend: Attend, settings: Settings, modules: Sequence[str] = ()) -> None:
        self._name, self._attend, self._settings, self._modules = name, attend, settings, modules
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None

    def line(self) -> Connection:
        """The way to the process, which is started where none runs."""
        if self._connection is None or self._process is None or not self._process.is_alive():
            self.dismiss()
            context = self._context()
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(self._attend, theirs, self._settings), name=self._name, daemon=True
            )
            process.start()
            theirs.close()
            # Only a process that has started can be ended, and `kill` may come from another thread at any time.
            self._connection, self._process = ours, process
        return self._connection

    def _context(self) -> "SpawnContext | ForkServerContext":
        if not self._modules or START_METHOD != "spawn" or sys.platform != "linux":
            return multiprocessing.get_context(START_METHOD)
        context = multiprocessing.get_context(MODEL_METHOD)
        context.set_forkserver_preload(list(self._modules))
        return context

    def kill(self) -> None:
        """End the process, whatever it does and whoever waits for it; any thread may do so."""
        if (process := self._process) is not None:
            with suppress(ValueError):  # it has ended and was put away meanwhile
                process.kill()

    def dismiss(self) -> None:
        """End the process and put it away; the next `line` leads to another one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._connection = self._process = None


def _serve(attend: Attend, line: Connection, settings: Settings) -> None:
    """The process: it lasts as long as the one that started it, which alone hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        attend(line, settings)
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(0)
