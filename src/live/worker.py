"""A live worker: a process that holds models and sessions, and speaks with the service over connections.

It listens on this machine alone, and answers only who knows its secret. A connection either is a client's (its first
packet opens a session, and its end ends the client's part in it), or brings one order and gets one answer.
"""

import asyncio
import logging
import os
import secrets
import signal
import threading
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final

import cv2
from threadpoolctl import threadpool_limits

from avatar.errors import AvatarError, BusyError
from avatar.settings import Settings
from live.attending import attend_client
from live.engines import EngineState
from live.opening import SessionRoom
from live.orders import ORDERS
from live.plan import SessionPlan
from live.session import LiveSession
from live.webrtc.orders import RTC_ORDERS
from live.wire import Packet, PacketKind, hold_little, order, packed, read_packet, values_of

STATUS_SECONDS: Final = 1.0
LEAVING_SECONDS: Final = 1.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker says of itself when it can be spoken to."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Report:
    """How a worker fares. `frame_seconds`: a core's time for a frame at the usual size, None until it is measured.

    `load`: how many sessions of the usual engine those that run are worth. `engines`: none before they are measured.
    """

    sessions: int
    capacity: int
    frame_seconds: float | None
    load: int = 0
    engines: tuple[EngineState, ...] = ()


@dataclass(frozen=True, slots=True)
class Farewell:
    """What ends a worker: it tells its clients first."""


def run_worker(line: Connection, settings: Settings) -> None:
    """What the process does, until it is told to end or its line does. One OpenCV and BLAS thread a session."""
    cv2.setNumThreads(1)
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
        self.peers: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()

    async def serve(self) -> None:
        server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        self._line.send(Hello(server.sockets[0].getsockname()[1], os.getpid()))
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), name="line", daemon=True).start()
        measuring = asyncio.create_task(asyncio.to_thread(self.room.measure))
        async with server:
            while not self._over.is_set():
                self._report()
                with_timeout = asyncio.wait_for(self._over.wait(), STATUS_SECONDS)
                await asyncio.gather(with_timeout, return_exceptions=True)
            await self._leave()
        measuring.cancel()

    def require_room(self) -> None:
        """Raises `BusyError` where as many sessions are open as this worker bears."""
        if self.room.load(self.sessions.values()) >= self.room.capacity:
            raise BusyError(
                f"As many live sessions are open as this machine bears ({self.room.capacity} in this worker).",
                cure="Try again when one has ended, or raise MAX_LIVE_SESSIONS.",
            )

    async def open(self, plan: SessionPlan) -> LiveSession:
        """A new session, which ends by itself. Raises `AvatarError`."""
        self.require_room()
        session = await self.room.open(plan, self.sessions.values())
        self.sessions[plan.session] = session
        self._report()
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
            plan = SessionPlan.model_validate_json(values["plan"])
            await attend_client(plan, partial(self.open, plan), reader, writer)
            return
        writer.write(packed(await self._answered(name, values)))
        await writer.drain()

    async def _answered(self, name: str, values: dict[str, Any]) -> Packet:
        try:
            return order(answer=await (ORDERS | RTC_ORDERS)[name](self, values))
        except AvatarError as error:
            return order(error=[type(error).__name__, error.message, error.cure])

    def _report(self) -> None:
        room, sessions = self.room, self.sessions.values()
        report = Report(len(sessions), room.capacity, room.frame_seconds, room.load(sessions), room.engines)
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
