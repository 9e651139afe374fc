"""What waits to be sent to one client: little, whatever the client does."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from live.media import Media, MediaKind
from live.messages import Blendshapes, ServerMessage
from live.wire import Packet, PacketKind

MOST_MEDIA_SECONDS: Final = 0.6
"""Of pictures that wait; beyond it the client gets fewer frames."""

MOST_SOUND_SECONDS: Final = 5.0
MOST_MESSAGES: Final = 2_000


class _Item(NamedTuple):
    """A packet, and for sound and pictures what it is and when it begins."""

    packet: Packet
    kind: MediaKind | None = None
    at: float = 0.0


class Outbox:
    """Filled from any thread, emptied by one task of `loop`.

    Pictures that a client is too slow for are dropped, the oldest first; pieces of an MP4 are dropped until the next
    that needs none before it, for which `want_key` is called. `dropped` counts them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, want_key: Callable[[], None] = lambda: None) -> None:
        self._loop, self.want_key = loop, want_key
        self._items: deque[_Item] = deque()
        self._lock = threading.Lock()
        self._filled = asyncio.Event()
        self._waits_for_key = False
        self._over = False
        self.dropped = 0

    def tell(self, message: ServerMessage) -> None:
        with self._lock:
            full = len(self._items) >= MOST_MESSAGES
            if self._over or (full and isinstance(message, Blendshapes)):
                return
            self._items.append(_Item(Packet(PacketKind.TEXT, message.model_dump_json().encode())))
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
        while (oldest := self._oldest(media.kind)) is not None and media.at - oldest.at > longest:
            self._items.remove(oldest)
            self.dropped += media.kind is MediaKind.JPEG
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

    def _oldest(self, kind: MediaKind) -> _Item | None:
        return next((item for item in self._items if item.kind is kind), None)

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._filled.set)
        except RuntimeError:
            return  # the loop has ended, and with it whoever would have read
