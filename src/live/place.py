"""One live worker's place: its process, which is replaced when it ends or hangs, and what it has been given to do."""

import logging
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from avatar.errors import AvatarError
from avatar.settings import Settings
from live.plan import SessionPlan
from live.reports import Farewell, Hello, Report
from orchestrator.side_process import Attend, SideProcess

YOUNG_SECONDS: Final = 5.0
MODULES: Final = ("live.worker",)
"""What a worker has imported when it begins."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 15.0

_log = logging.getLogger(__name__)


class WorkerLostError(AvatarError):
    """The worker that held a session has ended or answers no more; another one takes its place."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which a worker counts as hung: until it says Hello, between its reports, until it answers an
    order, and until it answers one that opens a session.
    """

    starting: float = 60.0
    silent: float = 15.0
    asked: float = 10.0
    opening: float = 60.0


class Place:
    """`held` has the weights of the sessions that were opened here, with the number of the worker's life: it is the
    event loop's alone. A thread keeps the worker.
    """

    def __init__(self, number: int, settings: Settings, attend: Attend, patience: Patience) -> None:
        self.secret = secrets.token_hex(16)
        self.port: int | None = None
        self.pid = 0
        self.report = Report(0, 0, None)
        self.restarts = 0
        self.gone: deque[str] = deque()
        self._held: dict[str, tuple[float, int]] = {}
        self._patience = patience
        self._process = SideProcess(f"live-worker-{number}", attend, settings, MODULES)
        self._line: Connection | None = None
        self._over = threading.Event()
        self._line_lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"live-place-{number}", daemon=True)

    @property
    def load(self) -> float:
        """In sessions of the usual size and rate. The worker's own count is the truth, a moment late."""
        return max(self.report.load, sum(self._weights()))

    @property
    def sessions(self) -> int:
        return max(self.report.sessions, len(self._weights()))

    def opening(self, besides: SessionPlan) -> int:
        """Sessions that are being opened here, but for that one."""
        held = {session for session, (_, life) in self._held.items() if life == self.restarts}
        return len(held - self.report.open - {besides.session})

    @property
    def is_ready(self) -> bool:
        """Whether the worker can be asked for a session."""
        return bool(self.port and self.report.capacity)

    def hold(self, plan: SessionPlan) -> None:
        """Counts the session, until `let_go` or until the worker tells of its end."""
        self._held[plan.session] = (plan.weight, self.restarts)

    def let_go(self, session: str) -> None:
        self._held.pop(session, None)

    def forget_ended(self) -> list[str]:
        """The numbers of sessions that have ended since the last call."""
        ended = []
        while self.gone:
            ended.append(self.gone.popleft())
            self.let_go(ended[-1])
        self._held = {session: held for session, held in self._held.items() if held[1] == self.restarts}
        return ended

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Asks the worker to end; none is started any more."""
        with self._line_lock:
            self._over.set()
            if self._line is not None:
                try:
                    self._line.send(Farewell())
                except OSError:
                    _log.info("a live worker had ended already")

    def end(self, deadline: float) -> None:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._process.kill()
        self._thread.join()
        self._process.dismiss()

    def _weights(self) -> list[float]:
        return [weight for weight, life in self._held.values() if life == self.restarts]

    def _keep(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            began = time.monotonic()
            try:
                self._attend()
            except (EOFError, OSError) as error:
                _log.info("the line to a live worker ended: %s", type(error).__name__)
            except Exception:
                _log.exception("a live worker could not be kept")
            self._put_away()
            if self._over.is_set():
                return
            young = time.monotonic() - began < YOUNG_SECONDS
            pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, 2 * pause)) if young else 0.0
            _log.warning("a live worker ended; another takes its place")

    def _put_away(self) -> None:
        """Ends what may be left of the worker, so that its clients are told."""
        with self._line_lock:
            self._line = None
            self._process.kill()
            self._process.dismiss()
        self.port = None
        self.gone.extend(self.report.open)
        self.report = Report(0, 0, None)
        if not self._over.is_set():
            self.restarts += 1

    def _attend(self) -> None:
        """From the worker's start to its end, or until it has been silent for too long."""
        with self._line_lock:
            if self._over.is_set():
                return
            self._process.dismiss()
            line = self._line = self._process.line()
            line.send(self.secret)
        while True:
            if not line.poll(self._patience.silent if self.port else self._patience.starting):
                _log.error("live worker %d has said nothing for too long; it is ended", self.pid)
                return
            said = line.recv()
            if isinstance(said, Hello):
                self.port, self.pid = said.port, said.pid
            elif isinstance(said, Report):
                self.gone.extend(self.report.open - said.open)
                self.report = said
