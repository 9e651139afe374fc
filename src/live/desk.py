"""The service's side of live sessions: it keeps live workers running, and leads every client to one of them."""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from avatar import errors
from avatar.errors import AvatarError, BusyError, NotFoundError
from avatar.settings import Settings
from live.engines import EngineState
from live.opening import worker_count
from live.plan import SessionPlan
from live.wire import hold_little, order, packed, read_packet, values_of
from live.worker import Farewell, Hello, Report, run_worker
from orchestrator.side_process import Attend, SideProcess

YOUNG_SECONDS: Final = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 15.0
LEAVING_SECONDS: Final = 3.0
OPENING_SECONDS: Final = 1.5
"""How long a session counts as being opened; then its worker's own count has it."""

READY_SECONDS: Final = 20.0
"""How long a client waits for a worker that is only starting."""

_log = logging.getLogger(__name__)


class WorkerLostError(AvatarError):
    """The worker that held a session has ended; another one takes its place."""

    retryable = True


class Line(NamedTuple):
    """A connection to a worker."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class LiveState:
    """How live sessions fare. `frame_milliseconds` of a core a frame of 512 pixels takes; None until it is measured.

    `engines` as the first worker that has measured them found them.
    """

    workers: int
    ready: int
    sessions: int
    capacity: int
    restarts: int
    pids: tuple[int, ...]
    frame_milliseconds: float | None
    engines: tuple[EngineState, ...] = ()


class _Place:
    """One worker: its process, which is replaced when it ends, and what it last said of itself."""

    def __init__(self, number: int, settings: Settings, attend: Attend) -> None:
        self.secret = secrets.token_hex(16)
        self.port: int | None = None
        self.pid = 0
        self.report = Report(0, 0, None)
        self.held = self.opening = 0
        self.restarts = 0
        self._process = SideProcess(f"live-worker-{number}", attend, settings)
        self._over = threading.Event()
        self._line_lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"live-place-{number}", daemon=True)

    @property
    def room(self) -> int:
        """How many more sessions it bears. Its own count is the truth, a moment late."""
        return self.report.capacity - max(self.report.load, self.held + self.opening) if self.port else 0

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Asks the worker to end."""
        self._over.set()
        with self._line_lock:
            if self.port is not None:
                try:
                    self._process.line().send(Farewell())
                except OSError:
                    _log.info("a live worker had ended already")

    def end(self, deadline: float) -> None:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._process.kill()
        self._thread.join()
        self._process.dismiss()

    def _keep(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            began = time.monotonic()
            try:
                self._attend()
            except (EOFError, OSError) as error:
                _log.info("the line to a live worker ended: %s", type(error).__name__)
            self.port, self.report = None, Report(0, 0, None)
            if self._over.is_set():
                return
            self.restarts += 1
            young = time.monotonic() - began < YOUNG_SECONDS
            pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, 2 * pause)) if young else 0.0
            _log.warning("a live worker ended; another takes its place")

    def _attend(self) -> None:
        """From the worker's start to its end."""
        with self._line_lock:
            self._process.dismiss()
            line = self._process.line()
            line.send(self.secret)
        while True:
            said = line.recv()
            if isinstance(said, Hello):
                self.port, self.pid = said.port, said.pid
            elif isinstance(said, Report):
                self.report = said


class LiveDesk:
    """Workers for live sessions. `attend` is what each of them does.

    `close` may be called from any thread, all else from the service's event loop.
    """

    def __init__(self, settings: Settings, attend: Attend = run_worker) -> None:
        self._places = [_Place(number, settings, attend) for number in range(worker_count(settings))]
        self._of_session: dict[str, _Place] = {}
        self._has_started = False

    def start(self) -> None:
        """Starts the workers, which otherwise the first session does."""
        if not self._has_started:
            self._has_started = True
            for place in self._places:
                place.start()

    def close(self) -> None:
        """Tells every client, and returns when no worker runs."""
        if not self._has_started:
            return
        for place in self._places:
            place.leave()
        deadline = time.monotonic() + LEAVING_SECONDS
        for place in self._places:
            place.end(deadline)

    @property
    def state(self) -> LiveState:
        measured = [place.report.frame_seconds for place in self._places if place.report.frame_seconds]
        return LiveState(
            workers=len(self._places),
            ready=sum(place.port is not None for place in self._places),
            sessions=sum(place.report.sessions for place in self._places),
            capacity=sum(place.report.capacity for place in self._places),
            restarts=sum(place.restarts for place in self._places),
            pids=tuple(place.pid for place in self._places if place.port is not None and place.pid),
            frame_milliseconds=1000.0 * sum(measured) / len(measured) if measured else None,
            engines=next((place.report.engines for place in self._places if place.report.engines), ()),
        )

    @asynccontextmanager
    async def session(self, plan: SessionPlan) -> AsyncIterator[Line]:
        """A client's connection to the worker that opens its session.

        Raises `BusyError` where no worker has room, `WorkerLostError` where none runs.
        """
        place = await self._roomiest()
        self._of_session[plan.session] = place
        place.held += 1
        try:
            async with self._connected(place, "session", plan=plan.model_dump_json()) as line:
                yield line
        finally:
            place.held -= 1
            self._of_session.pop(plan.session, None)

    async def open_by(self, name: str, plan: SessionPlan, **values: Any) -> dict[str, Any]:
        """The answer to an order that opens a session, which then lives without a connection. Raises as `session`."""
        place = await self._roomiest()
        place.opening += 1
        asyncio.get_running_loop().call_later(OPENING_SECONDS, self._settle, place)
        answer = await self._asked(place, name, plan=plan.model_dump_json(), **values)
        self._of_session[plan.session] = place
        return answer

    async def ask(self, session: str, name: str, **values: Any) -> dict[str, Any]:
        """The answer to an order about a session. Raises `NotFoundError`, and what the worker raises."""
        place = self._of_session.get(session) or await self._find(session)
        try:
            return await self._asked(place, name, session=session, **values)
        except NotFoundError:
            self._of_session.pop(session, None)
            raise

    async def sessions(self) -> list[dict[str, Any]]:
        """Outlines of all sessions."""
        ready = [place for place in self._places if place.port]
        answers = await asyncio.gather(*(self._asked(place, "sessions") for place in ready), return_exceptions=True)
        return [outline for answer in answers if isinstance(answer, dict) for outline in answer["sessions"]]

    async def _find(self, session: str) -> _Place:
        for place in self._places:
            if place.port:
                answer = await self._asked(place, "sessions")
                if any(outline["session"] == session for outline in answer["sessions"]):
                    self._of_session[session] = place
                    return place
        raise NotFoundError(
            f"There is no live session '{session[:40]}'.", cure="GET /api/v1/live lists those that run."
        )

    def _settle(self, place: _Place) -> None:
        """From then on the worker's own report counts the session."""
        place.opening -= 1

    async def _roomiest(self) -> _Place:
        """The worker with the most room. Raises `BusyError` and `WorkerLostError`."""
        if not self._places:
            raise WorkerLostError("This service holds no live sessions.", cure="Set LIVE_WORKERS above 0.")
        self.start()
        deadline = time.monotonic() + READY_SECONDS
        while not any(place.port and place.report.capacity for place in self._places):
            if time.monotonic() > deadline:
                raise WorkerLostError("No live worker has started.", cure="See DATA_DIR/logs/server.log; try again.")
            await asyncio.sleep(0.05)
        best = max(self._places, key=lambda place: place.room)
        if best.room <= 0:
            state = self.state
            raise BusyError(
                f"As many live sessions are open as this machine was measured to bear: {state.capacity}.",
                cure="Try again when one has ended; MAX_LIVE_SESSIONS sets another limit.",
            )
        return best

    @asynccontextmanager
    async def _connected(self, place: _Place, name: str, **values: Any) -> AsyncIterator[Line]:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        except OSError:
            raise WorkerLostError("The live worker has just ended.", cure="Try again: another one starts.") from None
        hold_little(writer)
        try:
            writer.write(packed(order(secret=place.secret, order=name, **values)))
            await writer.drain()
            yield Line(reader, writer)
        finally:
            writer.close()

    async def _asked(self, place: _Place, name: str, **values: Any) -> dict[str, Any]:
        async with self._connected(place, name, **values) as line:
            packet = await read_packet(line.reader)
        if packet is None:
            raise WorkerLostError("The live worker ended before it answered.", cure="Try again: another one starts.")
        found = values_of(packet)
        if "error" in found:
            kind, message, cure = found["error"]
            known = getattr(errors, kind, AvatarError)
            raise known(message, cure=cure)
        answer: dict[str, Any] = found["answer"]
        return answer
