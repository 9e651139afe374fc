"""How the processes of live workers begin."""

import gc
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import pytest

from avatar.settings import Settings
from live.place import MODULES
from live.reports import Farewell, Hello
from live.worker import run_worker
from orchestrator.side_process import SideProcess


def tell_imports(line: Connection, settings: Settings) -> None:
    """Whether what a worker needs was imported when it began."""
    line.send([name in sys.modules for name in MODULES])
    line.recv()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux alone")
def test_a_worker_and_the_one_that_takes_its_place_begin_with_what_they_need() -> None:
    process = SideProcess("live-worker-9", tell_imports, Settings(), MODULES)
    try:
        assert process.line().recv() == [True]
        process.kill()
        process.dismiss()
        assert process.line().recv() == [True]
    finally:
        process.dismiss()


class Listening:
    """A service's end of a worker's line: tells a secret, and lets the worker go once it has said hello."""

    def __init__(self, told: Connection) -> None:
        self._told = told
        self._given = False
        self._has_come = threading.Event()

    def recv(self) -> object:
        if not self._given:
            self._given = True
            return "secret"
        self._has_come.wait(30)
        return Farewell()

    def send(self, message: Any) -> None:
        if isinstance(message, Hello):
            self._told.send(gc.get_freeze_count())
            self._has_come.set()


def tell_frozen(line: Connection, settings: Settings) -> None:
    """How much of a running worker no garbage collection looks through."""
    run_worker(cast(Connection, Listening(line)), settings)
    line.recv()


def test_a_worker_collects_no_garbage_among_all_that_it_has_imported(tmp_path: Path) -> None:
    process = SideProcess("live-worker-8", tell_frozen, Settings(data_dir=tmp_path), MODULES)
    try:
        assert process.line().recv() > 50_000
    finally:
        process.kill()
        process.dismiss()
