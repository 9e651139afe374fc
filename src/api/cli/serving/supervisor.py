"""Keeps worker processes running beside the server."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, Final

from avatar.settings import PROJECT_ROOT, Settings
from orchestrator.database import DatabaseError
from orchestrator.jobs.dispatch import Dispatch
from orchestrator.jobs.presence import forget_worker, new_owner

LOOK_SECONDS: Final = 0.1
YOUNG_SECONDS: Final = 3.0
"""A worker that dies so soon died at its start, and the next one waits a little."""

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
LEAVING_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass
class Place:
    """One of the worker processes, and the pause before the next in its place."""

    process: "subprocess.Popen[bytes] | None" = None
    owner: str = ""
    began: float = 0.0
    pause: float = 0.0
    not_before: float = field(default=0.0)


class Supervisor:
    """JOB_WORKERS processes of `python main.py worker`, each replaced when it dies; their output goes to `output`.

    The workers end by themselves when this process does, however it ends: their standard input closes.
    """

    def __init__(self, settings: Settings, dispatch: Dispatch, output: IO[bytes]) -> None:
        self._settings, self._dispatch, self._output = settings, dispatch, output
        self._places = [Place() for _ in range(settings.job_workers)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_end(self) -> None:
        """Starts no worker any more, and lets those that run step back from their jobs."""
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        for place in self._places:
            if place.process is not None and place.process.stdin is not None:
                place.process.stdin.close()

    def end(self) -> None:
        """Returns when no worker runs; one that does not end in time is killed, and its job waits again."""
        self.ask_to_end()
        deadline = time.monotonic() + LEAVING_SECONDS
        for place in self._places:
            if place.process is None:
                continue
            try:
                place.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                place.process.kill()
                place.process.wait()
            self._release(place)

    def _watch(self) -> None:
        while True:
            for place in self._places:
                try:
                    self._look_after(place)
                except Exception:
                    _log.exception("a worker could not be looked after; it is tried again")
                    place.not_before = time.monotonic() + LONGEST_PAUSE_SECONDS
            if self._over.wait(LOOK_SECONDS):
                return

    def _look_after(self, place: Place) -> None:
        if place.process is not None:
            if (code := place.process.poll()) is None:
                return
            self._note_death(place, code)
        if time.monotonic() >= place.not_before:
            self._start(place)

    def _start(self, place: Place) -> None:
        place.owner, place.began, place.process = new_owner(), time.monotonic(), None
        command = [sys.executable, str(PROJECT_ROOT / "main.py"), "worker", "--until-stdin-closes"]
        place.process = subprocess.Popen(
            [*command, "--owner", place.owner],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env={**os.environ, "DATA_DIR": str(self._settings.data_dir)},
            start_new_session=True,
        )

    def _note_death(self, place: Place, code: int) -> None:
        lived = time.monotonic() - place.began
        young = lived < YOUNG_SECONDS
        place.pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, 2 * place.pause)) if young else 0.0
        place.not_before = time.monotonic() + place.pause
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        _log.warning("a worker ended (%s) after %.0f s; another takes its place", how, lived)
        self._release(place)

    def _release(self, place: Place) -> None:
        """What the database does not hear of it learns when the lease runs out."""
        if place.process is not None and place.process.stdin is not None:
            place.process.stdin.close()
        place.process = None
        try:
            self._dispatch.release(place.owner)
        except DatabaseError as error:
            _log.warning("%s", error)
            return
        forget_worker(self._settings, place.owner)
