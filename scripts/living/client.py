"""A client of the WebSocket that notes when everything came."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from live.media import Media, MediaKind, unpacked

CHUNK_SECONDS: Final = 0.02
RATE: Final = 16_000

Sound = NDArray[np.int16]


@dataclass
class Client:
    """`came`: what came, each with its time on this machine's clock. Without `keep` media are only counted."""

    socket: ClientConnection
    keep: bool = True
    came: list[tuple[float, Media]] = field(default_factory=list)
    counts: dict[MediaKind, int] = field(default_factory=dict)
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def stream(self, sound: Sound) -> list[float]:
        """Sends pcm16 in time, in pieces of 20 ms, each when its last sample would have been spoken.

        Gives the moment at which each piece was sent.
        """
        size = round(CHUNK_SECONDS * RATE)
        began, sent = time.monotonic(), []
        for number, begin in enumerate(range(0, len(sound), size)):
            await asyncio.sleep(max(0.0, began + (number + 1) * CHUNK_SECONDS - time.monotonic()))
            sent.append(time.monotonic())
            await self.socket.send(sound[begin : begin + size].astype("<i2").tobytes())
        return sent

    async def until(self, kind: str, seconds: float = 60.0, **values: Any) -> dict[str, Any]:
        """The first message of that type with those values."""
        return await asyncio.wait_for(self._until(kind, values), seconds)

    async def _until(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
        seen = 0
        while True:
            for _, message in self.messages[seen:]:
                seen += 1
                if message["type"] == kind and all(message.get(name) == value for name, value in values.items()):
                    return message
                if message.get("fatal"):
                    raise SystemExit(f"The session failed: {message['message']} {message['cure']}")
            self._told.clear()
            await self._told.wait()

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                now = time.monotonic()
                if isinstance(frame, str):
                    self.messages.append((now, json.loads(frame)))
                    self._told.set()
                    continue
                media = unpacked(frame)
                self.counts[media.kind] = self.counts.get(media.kind, 0) + 1
                if self.keep:
                    self.came.append((now, media))

    def of(self, kind: MediaKind) -> list[tuple[float, Media]]:
        return [(now, media) for now, media in self.came if media.kind is kind]

    def told(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        return [(now, message) for now, message in self.messages if message["type"] == kind]


@asynccontextmanager
async def session(port: int, *, keep: bool = True, **wishes: Any) -> AsyncIterator[Client]:
    """A session that has started."""
    async with connect(f"ws://127.0.0.1:{port}/ws", max_size=None, compression=None) as socket:
        client = Client(socket, keep)
        reading = asyncio.create_task(client.read())
        await client.send(type="start_stream", **{"image": "nova", **wishes})
        await client.until("started")
        try:
            yield client
        finally:
            with suppress(ConnectionClosed):
                await client.send(type="stop")
                await asyncio.sleep(0.1)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
