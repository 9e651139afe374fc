"""Between a client's WebSocket and its live worker: bytes go through as they are, and little waits anywhere."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from live.codes import TOO_LARGE, WORKER_LOST
from live.desk import Line
from live.messages import Ended, Problem, ServerMessage
from live.wire import Packet, PacketKind, packed, read_packet

ENDED: Final = b'"type":"ended"'
LARGEST_BYTES: Final = 4_000_000
"""Of a client's frame, once its session is open: ten seconds of the largest sound fit into one."""


async def relay(socket: WebSocket, line: Line) -> None:
    """Until either side has ended. A worker that vanishes is told as `worker_lost`."""
    inward = asyncio.create_task(_inward(socket, line), name="live-inward")
    outward = asyncio.create_task(_outward(socket, line), name="live-outward")
    try:
        await asyncio.wait({inward, outward}, return_when=asyncio.FIRST_COMPLETED)
        if outward.done() and not outward.cancelled() and outward.exception() is None and not outward.result():
            await tell(socket, _lost())
            await tell(socket, Ended(reason="worker_lost"))
    finally:
        for task in (inward, outward):
            task.cancel()
        await asyncio.gather(inward, outward, return_exceptions=True)


async def tell(socket: WebSocket, message: ServerMessage) -> None:
    if socket.client_state is WebSocketState.CONNECTED and socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect, OSError):
            await socket.send_text(message.model_dump_json())


async def _inward(socket: WebSocket, line: Line) -> None:
    while True:
        try:
            event = await socket.receive()
        except RuntimeError:
            return
        if event["type"] != "websocket.receive":
            return
        data = event.get("bytes")
        kind = PacketKind.TEXT if data is None else PacketKind.BINARY
        content = (event.get("text") or "").encode() if data is None else data
        if len(content) > LARGEST_BYTES:
            await tell(socket, _too_large(len(content)))
            continue
        with suppress(ConnectionError):
            line.writer.write(packed(Packet(kind, content)))
            await line.writer.drain()


async def _outward(socket: WebSocket, line: Line) -> bool:
    """Whether the worker said that the session has ended before its connection did."""
    has_ended = False
    while (packet := await read_packet(line.reader)) is not None:
        if packet.kind is PacketKind.BINARY:
            await socket.send_bytes(packet.content)
        else:
            has_ended = has_ended or ENDED in packet.content
            await socket.send_text(packet.content.decode())
    return has_ended


def _lost() -> Problem:
    return Problem(
        code=WORKER_LOST,
        message="The process that drew the avatar has ended.",
        cure="Start the session again: another process is taking its place.",
        fatal=True,
        retryable=True,
    )


def _too_large(size: int) -> Problem:
    return Problem(
        code=TOO_LARGE,
        message=f"A frame of {size / 1e6:.1f} MB came; it is dropped.",
        cure=f"Send at most {LARGEST_BYTES / 1e6:g} MB at once.",
    )
