"""How the processes of live workers begin."""

import sys
from multiprocessing.connection import Connection

import pytest

from avatar.settings import Settings
from live.place import MODULES
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
