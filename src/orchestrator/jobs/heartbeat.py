"""Beside a run: tells the queue how far it is, and obeys what the queue orders."""

import logging
import threading
from types import TracebackType
from typing import Final

from avatar.errors import AvatarError
from orchestrator.context import Cancelled, SteppedBack, StopSign
from orchestrator.jobs.dispatch import Dispatch, Order
from orchestrator.jobs.progress import ProgressTrack

BEAT_SECONDS: Final = 0.2
WAITING: Final = "waiting"
"""The stage of a run that waits for another one of the same video."""

_log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the lease of a job, in a thread, while the block runs.

    `leaving` ends the run because the process ends. A job steps back for others once it has got further than it
    was, so that it ends some time however short its turns are.
    """

    def __init__(
        self, dispatch: Dispatch, job: str, owner: str, track: ProgressTrack, sign: StopSign, leaving: threading.Event
    ) -> None:
        self._dispatch, self._job, self._owner = dispatch, job, owner
        self._track, self._sign, self._leaving = track, sign, leaving
        self._began_at = track.now().fraction
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.thread_id = ""

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, thread_id: str) -> None:
        self.thread_id = thread_id

    def _run(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            if self._leaving.is_set():
                self._sign.put_up(SteppedBack())
            self._beat()
        self._beat()

    def _beat(self) -> None:
        """Whatever goes wrong, the next beat tries again: a job whose lease runs out starts twice."""
        try:
            order = self._dispatch.renew(self._job, self._owner, thread_id=self.thread_id, progress=self._track.now())
        except AvatarError as error:
            _log.warning("job %s: %s", self._job, error)
        except Exception:
            _log.exception("job %s: its lease could not be renewed", self._job)
        else:
            self._obey(order)

    def _obey(self, order: Order) -> None:
        progress = self._track.now()
        if order == "cancel":
            self._sign.put_up(Cancelled())
        elif order == "let_go" or (
            order == "step_back" and (progress.fraction > self._began_at or progress.stage == WAITING)
        ):
            self._sign.put_up(SteppedBack())
