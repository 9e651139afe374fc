"""A worker as a process: its signals, its standard input, its place behind the server that answers."""

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from typing import Final

import typer

from avatar.settings import load_settings
from orchestrator.jobs.presence import new_owner
from orchestrator.jobs.worker import work
from orchestrator.logs import log_to

NICENESS: Final = 5
"""The API answers while a worker draws on every core."""

LEAVING_SECONDS: Final = 3.0
"""A stage that looks at no stop sign is left in its middle after so long; what is finished is kept all the same."""

_log = logging.getLogger(__name__)


def work_until_told(owner: str | None, *, until_stdin_closes: bool) -> None:
    """Raises `AvatarError` where the queue cannot be opened."""
    settings = load_settings()
    faulthandler.enable()
    log_to(settings.data_dir / "logs", "workers.log")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), name="stdin", daemon=True).start()
    threading.Thread(target=_end_in_time, args=(stop,), name="end-in-time", daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)

    def say_ready() -> None:
        _log.info("ready")
        if not until_stdin_closes:
            typer.echo(f"This worker makes the videos that wait in {settings.data_dir}. Ctrl-C ends it.", err=True)

    work(settings, owner=owner or new_owner(), stop=stop, on_ready=say_ready)


def _wait_for_end_of_input(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    stop.set()


def _end_in_time(stop: threading.Event) -> None:
    stop.wait()
    time.sleep(LEAVING_SECONDS)
    _log.warning("left in the middle of a stage")
    logging.shutdown()
    os._exit(0)
