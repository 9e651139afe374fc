"""One client's connection: what it says goes to its session, what the session shows goes back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from avatar.errors import AvatarError
from live.codes import FAILED, code_of
from live.messages import Ended, Problem, read_client
from live.outbox import Outbox
from live.plan import SessionPlan
from live.session import LiveSession, Watcher
from live.viewers.connection import ConnectionViewer
from live.wire import PacketKind, packed, read_packet

LEAVING_SECONDS: Final = 2.0
"""How long what waits may take, once the session has ended."""

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
        entered = await _entered(plan, opened, outbox)
        if entered is not None:
            session, viewer = entered
            try:
                await _relay(session, outbox, reader, sending)
                if session.ended.done():
                    await asyncio.shield(session.closed)
            finally:
                session.leave(viewer)
    finally:
        await _finish(outbox, sending, writer)


async def _entered(
    plan: SessionPlan, opened: Callable[[], Awaitable[LiveSession]], outbox: Outbox
) -> tuple[LiveSession, ConnectionViewer] | None:
    """The session, and the client as its viewer. None where one of them could not be, which the client is told."""
    session = None
    try:
        session = await opened()
        viewer = ConnectionViewer(plan.start, session.stage.size, outbox)
        outbox.tell(session.started(viewer.mime))
        session.watch(Watcher(viewer, lambda: outbox.dropped))
        return session, viewer
    except Exception as error:
        outbox.tell(told(error, "The session could not be opened", fatal=True))
        outbox.tell(Ended(reason="error"))
        if session is not None:
            session.end("error")
        return None


async def _finish(outbox: Outbox, sending: "asyncio.Task[None]", writer: asyncio.StreamWriter) -> None:
    """A client that is too slow for what waits still gets the messages, when it reads them."""
    outbox.end()
    await asyncio.wait([sending], timeout=LEAVING_SECONDS)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    for packet in outbox.rest():
        writer.write(packed(packet))


def problem_of(error: AvatarError, *, fatal: bool = False) -> Problem:
    return Problem(code=code_of(error), message=error.message, cure=error.cure, fatal=fatal, retryable=error.retryable)


def told(error: Exception, what: str, *, fatal: bool = False) -> Problem:
    """What a client is told of any error; one that nobody foresaw is logged, and tells `what` failed."""
    if isinstance(error, AvatarError):
        return problem_of(error, fatal=fatal)
    _log.error("%s", what, exc_info=error)
    message = f"{what} ({type(error).__name__})."
    return Problem(code=FAILED, message=message, cure="Try again; the service's log has the cause.", fatal=fatal)


async def _relay(
    session: LiveSession, outbox: Outbox, reader: asyncio.StreamReader, sending: "asyncio.Task[None]"
) -> None:
    """Returns when the session has ended, or the client has gone."""
    hearing = asyncio.create_task(_hear(session, outbox, reader), name=f"hear-{session.id}")
    giving_up = asyncio.create_task(_give_up(outbox), name=f"give-up-{session.id}")
    try:
        await asyncio.wait({hearing, sending, giving_up, _until(session.ended)}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hearing.cancel()
        giving_up.cancel()
        await asyncio.gather(hearing, giving_up, return_exceptions=True)


async def _give_up(outbox: Outbox) -> None:
    await outbox.given_up.wait()


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
        except Exception as error:
            outbox.tell(told(error, "The message failed"))


async def _send(outbox: Outbox, writer: asyncio.StreamWriter) -> None:
    while (packet := await outbox.next()) is not None:
        try:
            writer.write(packed(packet))
            await writer.drain()
        except ConnectionError:
            return
