"""A live worker: a process that holds models and sessions, and speaks with the service over connections.

It listens on this machine alone, and answers only who knows its secret. A connection either is a client's (its first
packet opens a session, and its end ends the client's part in it), or brings one order and gets one answer.
"""

import asyncio
import gc
import logging
import multiprocessing
import os
import secrets
import signal
import threading
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Final

import cv2
from threadpoolctl import threadpool_limits

from avatar.errors import AvatarError, BusyError
from avatar.settings import Settings
from live.attending import attend_client
from live.opening import SessionRoom
from live.orders import ORDERS
from live.own_thread import in_own_thread
from live.plan import SessionPlan
from live.reports import Farewell, Hello, Report
from live.session import LiveSession
from live.webrtc.orders import RTC_ORDERS
from live.wire import Packet, PacketKind, hold_little, order, packed, read_packet, values_of
from orchestrator.logs import log_to

if TYPE_CHECKING:
    from live.webrtc.peer import Peer

STATUS_SECONDS: Final = 1.0
LEAVING_SECONDS: Final = 1.5
_log = logging.getLogger(__name__)


def run_worker(line: Connection, settings: Settings) -> None:
    """What the process does, until it is told to end or its line does. One OpenCV and BLAS thread a session.

    Its log is DATA_DIR/logs/live-N.log, where N is the last part of the process's name.
    """
    number = multiprocessing.current_process().name.rpartition("-")[2]
    log_to(settings.data_dir / "logs", f"live-{number}.log")
    _log.info("live worker %s is process %d", number, os.getpid())
    cv2.setNumThreads(1)
    gc.freeze()  # else a full collection looks through all that is imported, and everything waits for 0.15 s
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with threadpool_limits(1):
        asyncio.run(LiveWorker(settings, line).serve())


class LiveWorker:
    """Sessions by their number, and the answers to orders."""

    def __init__(self, settings: Settings, line: Connection) -> None:
        self.settings = settings
        self._line = line
        self._secret: str = line.recv()
        self.room = SessionRoom(settings)
        self.sessions: dict[str, LiveSession] = {}
        self.peers: dict[str, Peer] = {}
        self._opening: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()

    async def serve(self) -> None:
        server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        self._line.send(Hello(server.sockets[0].getsockname()[1], os.getpid()))
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), name="line", daemon=True).start()
        measuring = asyncio.create_task(in_own_thread(self.room.measure, "measure"))
        async with server:
            while not self._over.is_set():
                self._report()
                with_timeout = asyncio.wait_for(self._over.wait(), STATUS_SECONDS)
                await asyncio.gather(with_timeout, return_exceptions=True)
            await self._leave()
        measuring.cancel()

    @property
    def load(self) -> float:
        """Of the sessions that are open or being opened, in sessions of the usual size and rate."""
        return sum(map(self.room.weight, self.sessions.values())) + sum(self._opening.values())

    def reserve(self, plan: SessionPlan) -> None:
        """Keeps a place until the plan is opened or given back. Raises `BusyError` where no more can be borne.

        A worker without any session takes one of any weight; the service counts those of all workers. Where
        MAX_LIVE_SESSIONS is set, it alone decides.
        """
        if plan.session in self._opening:
            return
        count, capacity = len(self.sessions) + len(self._opening), self.room.capacity
        limit = self.settings.max_live_sessions
        if count >= limit if limit else count and self.load + plan.weight > capacity:
            raise BusyError(
                f"This machine bears {limit or capacity} live sessions of the usual size, and has no room for another.",
                cure="Try again when one has ended, take a smaller size or rate, or set MAX_LIVE_SESSIONS.",
            )
        self._opening[plan.session] = plan.weight
        self._report()

    def give_back(self, plan: SessionPlan) -> None:
        """What was reserved and is not opened."""
        if self._opening.pop(plan.session, None) is not None:
            self._report()

    async def open(self, plan: SessionPlan) -> LiveSession:
        """A new session, which ends by itself. Raises `AvatarError`."""
        self.reserve(plan)
        try:
            session = await self.room.open(plan, tuple(self.sessions.values()))
            self.sessions[plan.session] = session
        finally:
            self.give_back(plan)
        self.keep(asyncio.create_task(self._end_in_time(session), name=f"end-{session.id}"))
        return session

    def keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_in_time(self, session: LiveSession) -> None:
        try:
            await session.ended
        finally:
            self.sessions.pop(session.id, None)
            self._report()
            await session.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hold_little(writer)
        try:
            first = await read_packet(reader)
            if first is None or first.kind is not PacketKind.ORDER:
                return
            values = values_of(first)
            if not secrets.compare_digest(str(values.pop("secret", "")), self._secret):
                return
            await self._serve_one(values, reader, writer)
        except (ConnectionError, ValueError) as error:
            _log.info("a connection ended: %s", error)
        except Exception:
            _log.exception("a connection failed")
        except asyncio.CancelledError:
            _log.info("a connection ended with the worker")
        finally:
            writer.close()

    async def _serve_one(
        self, values: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = values.pop("order")
        if name == "session":
            await self._serve_session(SessionPlan.model_validate_json(values["plan"]), reader, writer)
            return
        writer.write(packed(await self._answered(name, values)))
        await writer.drain()

    async def _serve_session(
        self, plan: SessionPlan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """The first packet says whether there is a place for it; then it is opened."""
        try:
            self.reserve(plan)
        except BusyError as error:
            writer.write(packed(_refusal(error)))
            return
        try:
            writer.write(packed(order(answer={})))
            await attend_client(plan, partial(self.open, plan), reader, writer)
        finally:
            self.give_back(plan)

    async def _answered(self, name: str, values: dict[str, Any]) -> Packet:
        try:
            return order(answer=await (ORDERS | RTC_ORDERS)[name](self, values))
        except AvatarError as error:
            return _refusal(error)
        except Exception as error:
            _log.exception("the order '%s' failed", name)
            cure = "Try again; the service's log has the cause."
            return _refusal(AvatarError(f"The live worker failed ({type(error).__name__}).", cure=cure))

    def _report(self) -> None:
        report = Report(
            sessions=len(self.sessions),
            capacity=self.room.capacity,
            frame_seconds=self.room.frame_seconds,
            load=self.load,
            taken=self.room.taken(self.sessions.values()),
            open=frozenset(self.sessions),
            engines=self.room.engines,
            measured=self.room.measured,
        )
        try:
            self._line.send(report)
        except OSError:
            self._over.set()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while not isinstance(self._line.recv(), Farewell):
                continue
        except (EOFError, OSError):
            _log.info("the service has ended")
        loop.call_soon_threadsafe(self._over.set)

    async def _leave(self) -> None:
        for session in self.sessions.values():
            session.end("shutting_down")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVING_SECONDS)


def _refusal(error: AvatarError) -> Packet:
    return order(error=[type(error).__name__, error.message, error.cure])
