"""One client's connection: what it says goes to its session, what the session shows goes back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from avatar.errors import AvatarError, BusyError
from live.messages import Ended, Problem, read_client
from live.outbox import Outbox
from live.plan import SessionPlan
from live.session import LiveSession, Watcher
from live.viewers.connection import ConnectionViewer
from live.wire import PacketKind, packed, read_packet

_log = logging.getLogger(__name__)


async def attend_client(
    plan: SessionPlan,
    opened: Callable[[], Awaitable[LiveSession]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """From the first packet, which was read already, to the end of the connection or the session."""
    outbox = Outbox(asyncio.get_running_loop())
    sending = asyncio.create_task(_send(outbox, writer), name=f"send-{plan.session}")
    try:
        try:
            session = await opened()
        except AvatarError as error:
            outbox.tell(problem_of(error, fatal=True))
            outbox.tell(Ended(reason="error"))
            return
        viewer = ConnectionViewer(plan.start, session.stage.size, outbox)
        outbox.tell(session.started(viewer.mime))
        session.watch(Watcher(viewer, lambda: outbox.dropped))
        await _relay(session, outbox, reader, sending)
        if session.ended.done():
            await asyncio.shield(session.closed)
        session.leave(viewer)
    finally:
        outbox.end()
        await asyncio.wait([sending], timeout=2.0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


def problem_of(error: AvatarError, *, fatal: bool = False) -> Problem:
    code = "busy" if isinstance(error, BusyError) else type(error).__name__.removesuffix("Error").lower() or "failed"
    return Problem(code=code, message=error.message, cure=error.cure, fatal=fatal, retryable=error.retryable)


async def _relay(
    session: LiveSession, outbox: Outbox, reader: asyncio.StreamReader, sending: "asyncio.Task[None]"
) -> None:
    """Returns when the session has ended, or the client has gone."""
    hearing = asyncio.create_task(_hear(session, outbox, reader), name=f"hear-{session.id}")
    try:
        await asyncio.wait({hearing, sending, _until(session.ended)}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


def _until(ended: "asyncio.Future[str]") -> "asyncio.Future[None]":
    """Is done when the other is; waiting for it leaves the other alone."""
    done: asyncio.Future[None] = ended.get_loop().create_future()

    def settle(_: object) -> None:
        if not done.done():
            done.set_result(None)

    ended.add_done_callback(settle)
    return done


async def _hear(session: LiveSession, outbox: Outbox, reader: asyncio.StreamReader) -> None:
    while (packet := await read_packet(reader)) is not None:
        try:
            if packet.kind is PacketKind.BINARY:
                await session.receive_sound(packet.content)
            else:
                await session.receive(read_client(packet.content), outbox.tell)
        except AvatarError as error:
            outbox.tell(problem_of(error))
        except Exception as error:
            _log.exception("a message failed")
            outbox.tell(Problem(code="failed", message=f"The message failed ({type(error).__name__})."))


async def _send(outbox: Outbox, writer: asyncio.StreamWriter) -> None:
    while (packet := await outbox.next()) is not None:
        try:
            writer.write(packed(packet))
            await writer.drain()
        except ConnectionError:
            return
