"""The service's side of live sessions: it keeps live workers running, and leads every client to one of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from avatar.errors import BusyError, NotFoundError
from avatar.settings import Settings
from live.codes import error_named
from live.costs import Measured
from live.engines import EngineState
from live.opening import CORE_SECONDS, worker_count
from live.place import Patience, Place, WorkerLostError
from live.plan import SessionPlan
from live.wire import hold_little, order, packed, read_packet, values_of
from live.worker import run_worker
from orchestrator.side_process import Attend

LEAVING_SECONDS: Final = 3.0
READY_SECONDS: Final = 20.0
"""How long a client waits for a worker that is only starting."""


class Line(NamedTuple):
    """A connection to a worker."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class LiveState:
    """How live sessions fare. `frame_milliseconds` of a core a frame of 512 pixels takes; None until it is known.

    `measured` tells whether a worker that runs has found that, or it was kept from before. `engines` as the first
    worker that knows their costs found them.
    """

    workers: int
    ready: int
    sessions: int
    capacity: int
    restarts: int
    pids: tuple[int, ...]
    frame_milliseconds: float | None
    engines: tuple[EngineState, ...] = ()
    measured: Measured | None = None


class LiveDesk:
    """Workers for live sessions. `attend` is what each of them does.

    `close` may be called from any thread, all else from the service's event loop.
    """

    def __init__(
        self,
        settings: Settings,
        attend: Attend = run_worker,
        patience: Patience = Patience(),  # noqa: B008
    ) -> None:
        self._limit, self._patience = settings.max_live_sessions, patience
        self._places = [Place(number, settings, attend, patience) for number in range(worker_count(settings))]
        self._of_session: dict[str, Place] = {}
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
            capacity=self._limit or self._capacity,
            restarts=sum(place.restarts for place in self._places),
            pids=tuple(place.pid for place in self._places if place.port is not None and place.pid),
            frame_milliseconds=1000.0 * sum(measured) / len(measured) if measured else None,
            engines=next((place.report.engines for place in self._places if place.report.engines), ()),
            measured=self._measured,
        )

    @property
    def _capacity(self) -> int:
        """Of the machine, as its workers know it."""
        return max((place.report.capacity for place in self._places), default=0)

    @property
    def _measured(self) -> Measured | None:
        """`now` where any worker that runs has measured."""
        told = {place.report.measured for place in self._places}
        return "now" if "now" in told else "before" if "before" in told else None

    @asynccontextmanager
    async def session(self, plan: SessionPlan) -> AsyncIterator[Line]:
        """A client's connection to the worker that opens its session.

        Raises `BusyError` where no worker has room, `WorkerLostError` where none runs.
        """
        for place in await self._fitting(plan):
            self._hold(place, plan)
            try:
                async with self._connected(place, "session", plan=self._placed(plan, place)) as line:
                    try:
                        await self._answer(line, self._patience.asked)
                    except BusyError:
                        continue
                    yield line
                    return
            finally:
                self._let_go(place, plan.session)
        raise self._busy(plan)

    async def open_by(self, name: str, plan: SessionPlan, **values: Any) -> dict[str, Any]:
        """The answer to an order that opens a session, which then lives without a connection. Raises as `session`."""
        patience = self._patience.opening
        for place in await self._fitting(plan):
            self._hold(place, plan)
            try:
                return await self._asked(place, name, patience, plan=self._placed(plan, place), **values)
            except BaseException as error:
                self._let_go(place, plan.session)
                if not isinstance(error, BusyError):
                    raise
        raise self._busy(plan)

    def _hold(self, place: Place, plan: SessionPlan) -> None:
        place.hold(plan)
        self._of_session[plan.session] = place

    def _let_go(self, place: Place, session: str) -> None:
        place.let_go(session)
        self._of_session.pop(session, None)

    def _forget_ended(self) -> None:
        for place in self._places:
            for session in place.forget_ended():
                self._of_session.pop(session, None)

    async def ask(self, session: str, name: str, **values: Any) -> dict[str, Any]:
        """The answer to an order about a session. Raises `NotFoundError`, and what the worker raises."""
        place = self._of_session.get(session) or self._find(session)
        try:
            return await self._asked(place, name, self._patience.asked, session=session, **values)
        except NotFoundError:
            self._forget_ended()
            raise

    async def sessions(self) -> list[dict[str, Any]]:
        """Outlines of all sessions."""
        ready = [place for place in self._places if place.port]
        asked = (self._asked(place, "sessions", self._patience.asked) for place in ready)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return [outline for answer in answers if isinstance(answer, dict) for outline in answer["sessions"]]

    def _find(self, session: str) -> Place:
        """The worker that tells of it: one to which somebody came who only watches outlives its first client."""
        self._forget_ended()
        for place in self._places:
            if place.port and session in place.report.open:
                return place
        raise NotFoundError(
            f"There is no live session '{session[:40]}'.", cure="GET /api/v1/live lists those that run."
        )

    async def _fitting(self, plan: SessionPlan) -> list[Place]:
        """The workers, the least busy first, where there is room for it. Raises `BusyError` and `WorkerLostError`."""
        if not self._places:
            raise WorkerLostError("This service holds no live sessions.", cure="Set LIVE_WORKERS above 0.")
        self.start()
        deadline = time.monotonic() + READY_SECONDS
        while not any(place.is_ready for place in self._places):
            if time.monotonic() > deadline:
                raise WorkerLostError("No live worker has started.", cure="See DATA_DIR/logs/server.log; try again.")
            await asyncio.sleep(0.05)
        self._forget_ended()
        if not self._has_room(plan):
            raise self._busy(plan)
        return sorted((place for place in self._places if place.is_ready), key=lambda place: place.load)

    def _has_room(self, plan: SessionPlan) -> bool:
        """Where MAX_LIVE_SESSIONS is set, it alone decides. A machine without any session takes one of any weight."""
        sessions = sum(place.sessions for place in self._places)
        if self._limit:
            return sessions < self._limit
        return not sessions or sum(place.load for place in self._places) + plan.weight <= self._capacity

    def _placed(self, plan: SessionPlan, place: Place) -> str:
        """The plan, as the worker gets it. One that is being opened may come to take a core."""
        beside = sum(other.report.taken for other in self._places if other is not place)
        beside += CORE_SECONDS * sum(other.opening(plan) for other in self._places)
        return plan.model_copy(update={"beside": beside}).model_dump_json()

    def _busy(self, plan: SessionPlan) -> BusyError:
        if self._limit:
            return BusyError(
                f"As many live sessions are open as may: {self._limit}.",
                cure="Try again when one has ended; MAX_LIVE_SESSIONS sets the limit.",
            )
        size, fps = plan.start.size, plan.start.fps
        return BusyError(
            f"This machine was measured to bear {self.state.capacity} live sessions of the usual size and rate, "
            f"and has no room for one of {size} pixels and {fps} frames a second.",
            cure="Try again when one has ended, or take a smaller size or rate; MAX_LIVE_SESSIONS sets another limit.",
        )

    @asynccontextmanager
    async def _connected(self, place: Place, name: str, **values: Any) -> AsyncIterator[Line]:
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

    async def _asked(self, place: Place, name: str, patience: float, **values: Any) -> dict[str, Any]:
        async with self._connected(place, name, **values) as line:
            return await self._answer(line, patience)

    async def _answer(self, line: Line, patience: float) -> dict[str, Any]:
        """Raises what the worker raises, and `WorkerLostError` where nothing comes in `patience` seconds."""
        try:
            packet = await asyncio.wait_for(read_packet(line.reader), patience)
        except asyncio.TimeoutError:
            raise WorkerLostError(
                f"The live worker has not answered within {patience:g} s.", cure="Try again in a while."
            ) from None
        if packet is None:
            raise WorkerLostError("The live worker ended before it answered.", cure="Try again: another one starts.")
        found = values_of(packet)
        if "error" in found:
            kind, message, cure = found["error"]
            raise error_named(kind)(message, cure=cure)
        answer: dict[str, Any] = found["answer"]
        return answer
