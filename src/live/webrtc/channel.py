"""The data channel `messages`: the same JSON as over a WebSocket."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from aiortc import RTCDataChannel

from avatar.errors import AvatarError, InputError
from live.attending import problem_of
from live.messages import Blendshapes, ClientMessage, Notice, Problem, ServerMessage, read_client

LABEL: Final = "messages"
LARGEST_BYTES: Final = 60_000
"""Of a message to the client: what every browser takes in one piece is 65536."""

MOST_WAITING_BYTES: Final = 1_000_000
SHAPES_WAITING_BYTES: Final = 100_000
MOST_EARLY: Final = 100
MOST_UNREAD: Final = 200
FLUSH_SECONDS: Final = 1.0
FLUSH_LOOKS: Final = 50

_log = logging.getLogger(__name__)


class MessageChannel:
    """`receive` gets what the client says, one message at a time. Belongs to its event loop, but for `tell`."""

    def __init__(self, receive: Callable[[ClientMessage], Awaitable[None]]) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._channel: RTCDataChannel | None = None
        self._early: deque[ServerMessage] = deque(maxlen=MOST_EARLY)
        self._unread: asyncio.Queue[str] = asyncio.Queue(MOST_UNREAD)

    def attach(self, channel: RTCDataChannel) -> None:
        """What was told before is sent first."""
        if channel.label != LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._take)
        early, self._early = list(self._early), deque(maxlen=MOST_EARLY)
        for message in early:
            self._send(message)

    def tell(self, message: ServerMessage) -> None:
        """Any thread may."""
        try:
            self._loop.call_soon_threadsafe(self._send, message)
        except RuntimeError:
            return  # the loop has ended, and with it whoever would have read

    async def read(self) -> None:
        """Hands on what comes, for ever."""
        while True:
            text = await self._unread.get()
            try:
                await self._receive(read_client(text))
            except AvatarError as error:
                self._send(problem_of(error))
            except Exception as error:
                _log.exception("a message on the data channel failed")
                self._send(Problem(code="failed", message=f"The message failed ({type(error).__name__})."))

    async def flush(self) -> None:
        """Until the client has confirmed all that was sent, for a second at most."""
        for _ in range(FLUSH_LOOKS):
            if not (self._is_open() and (self._waiting() or self._unconfirmed())):
                return
            await asyncio.sleep(FLUSH_SECONDS / FLUSH_LOOKS)

    def _take(self, message: str | bytes) -> None:
        if not isinstance(message, str):
            error = InputError("A binary message came.", cure="Send JSON; sound goes over the connection's own track.")
            self._send(problem_of(error))
            return
        try:
            self._unread.put_nowait(message)
        except asyncio.QueueFull:
            error = InputError("Messages come faster than they are done.", cure="Send fewer of them.")
            self._send(problem_of(error))

    def _send(self, message: ServerMessage) -> None:
        if self._channel is None:
            if not isinstance(message, Blendshapes):
                self._early.append(message)
            return
        limit = SHAPES_WAITING_BYTES if isinstance(message, Blendshapes) else MOST_WAITING_BYTES
        if not self._is_open() or self._waiting() > limit:
            return
        text = message.model_dump_json()
        if len(text.encode()) > LARGEST_BYTES:
            cut = Notice(code="too_long", message=f"A message '{message.type}' was too long for the data channel.")
            text = cut.model_dump_json()
        self._channel.send(text)

    def _is_open(self) -> bool:
        return self._channel is not None and self._channel.readyState == "open"

    def _unconfirmed(self) -> bool:
        """Whether SCTP holds pieces: `bufferedAmount` ends where it takes them."""
        sctp = self._channel.transport if self._channel is not None else None
        return sctp is not None and bool(sctp._outbound_queue or sctp._sent_queue)

    def _waiting(self) -> int:
        return self._channel.bufferedAmount if self._channel is not None else 0
