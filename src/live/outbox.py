"""What waits to be sent to one client: little, whatever the client does."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from live.codes import TOO_SLOW
from live.media import Media, MediaKind
from live.messages import Blendshapes, Ended, Problem, ServerMessage
from live.wire import Packet, PacketKind

MOST_MEDIA_SECONDS: Final = 0.6
"""Of pictures and blendshapes that wait; beyond it the client gets fewer frames."""

MOST_SOUND_SECONDS: Final = 5.0
MOST_MESSAGES: Final = 2_000
"""That wait; a client that reads none of so many is given up."""

SHAPES: Final = "shapes"


class _Item(NamedTuple):
    """A packet, and for sound, pictures and blendshapes what it is and when it begins."""

    packet: Packet
    kind: MediaKind | Literal["shapes"] | None = None
    at: float = 0.0


class Outbox:
    """Filled from any thread, emptied by one task of `loop`.

    Pictures that a client is too slow for are dropped, the oldest first; pieces of an MP4 are dropped until the next
    that needs none before it, for which `want_key` is called. `dropped` counts them. `given_up` is set where more
    messages wait than a client that reads would leave.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, want_key: Callable[[], None] = lambda: None) -> None:
        self._loop, self.want_key = loop, want_key
        self._items: deque[_Item] = deque()
        self._lock = threading.Lock()
        self._filled = asyncio.Event()
        self._waits_for_key = False
        self._over = False
        self.given_up = asyncio.Event()
        self.dropped = 0

    def tell(self, message: ServerMessage) -> None:
        with self._lock:
            if self._over:
                return
            if isinstance(message, Blendshapes):
                self._drop_old(SHAPES, message.at, MOST_MEDIA_SECONDS)
                self._items.append(_Item(_text(message), SHAPES, message.at))
            elif len(self._items) < MOST_MESSAGES:
                self._items.append(_Item(_text(message)))
            else:
                self._give_up()
        self._wake()

    def send(self, media: Media) -> None:
        with self._lock:
            if self._over or not self._has_room(media):
                return
            self._items.append(_Item(Packet(PacketKind.BINARY, media.packed()), media.kind, media.at))
        self._wake()

    def end(self) -> None:
        """What waits is still sent; nothing more is taken."""
        with self._lock:
            self._over = True
        self._wake()

    def rest(self) -> list[Packet]:
        """Takes the messages that wait, and drops all else."""
        with self._lock:
            packets = [item.packet for item in self._items if item.kind is None]
            self._items.clear()
        return packets

    async def next(self) -> Packet | None:
        """The next packet; None at the end."""
        while True:
            with self._lock:
                if self._items:
                    return self._items.popleft().packet
                if self._over:
                    return None
                self._filled.clear()
            await self._filled.wait()

    def _has_room(self, media: Media) -> bool:
        """Makes room for what comes, where it can."""
        if media.kind is MediaKind.FRAGMENT:
            return self._has_room_for_fragment(media)
        longest = MOST_MEDIA_SECONDS if media.kind is MediaKind.JPEG else MOST_SOUND_SECONDS
        dropped = self._drop_old(media.kind, media.at, longest)
        self.dropped += dropped if media.kind is MediaKind.JPEG else 0
        return True

    def _has_room_for_fragment(self, media: Media) -> bool:
        if self._waits_for_key and not media.key:
            self.dropped += 1
            return False
        self._waits_for_key = False
        oldest = self._oldest(MediaKind.FRAGMENT)
        if oldest is None or media.at - oldest.at <= MOST_MEDIA_SECONDS:
            return True
        kept = deque(item for item in self._items if item.kind is not MediaKind.FRAGMENT)
        self.dropped += len(self._items) - len(kept) + 1
        self._items = kept
        self._waits_for_key = True
        self.want_key()
        return False

    def _drop_old(self, kind: MediaKind | Literal["shapes"], at: float, longest: float) -> int:
        """How many were dropped, of those that begin more than `longest` seconds before `at`."""
        dropped = 0
        while (oldest := self._oldest(kind)) is not None and at - oldest.at > longest:
            self._items.remove(oldest)
            dropped += 1
        return dropped

    def _give_up(self) -> None:
        """Of what waits nothing is sent any more but why."""
        problem = Problem(
            code=TOO_SLOW,
            message=f"{MOST_MESSAGES} messages wait, and the client reads none.",
            cure="Read what comes, on a connection that is fast enough.",
            fatal=True,
            retryable=True,
        )
        self._items = deque([_Item(_text(problem)), _Item(_text(Ended(reason="error")))])
        self._over = True
        self._call(self.given_up.set)

    def _oldest(self, kind: MediaKind | Literal["shapes"]) -> _Item | None:
        return next((item for item in self._items if item.kind is kind), None)

    def _wake(self) -> None:
        self._call(self._filled.set)

    def _call(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            return  # the loop has ended, and with it whoever would have read


def _text(message: ServerMessage) -> Packet:
    return Packet(PacketKind.TEXT, message.model_dump_json().encode())
