"""A client of the WebSocket that keeps what comes, with the time at which it came."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.client import ClientConnection, connect

from live.media import Media, MediaKind, unpacked


@dataclass
class LiveClient:
    """One session. `port` of a service on this machine."""

    port: int
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    media: list[tuple[float, Media]] = field(default_factory=list)

    def __enter__(self) -> "LiveClient":
        address = f"ws://127.0.0.1:{self.port}/ws{self.query}"
        self._opened = connect(address, max_size=None, additional_headers=self.headers)
        self.socket: ClientConnection = self._opened.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def start(self, image: str = "nova", **wishes: Any) -> dict[str, Any]:
        """Returns what is told of the session that has started."""
        self.send(type="start_stream", image=image, **wishes)
        return self.until("started")

    def until(self, kind: str, seconds: float = 60.0, **values: Any) -> dict[str, Any]:
        """The next message of that type with those values; an error that ends the session fails."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.receive(deadline)
            if message is None:
                continue
            if message["type"] == kind and all(message.get(name) == value for name, value in values.items()):
                return message
            assert not message.get("fatal"), message

    def watch(self, seconds: float) -> None:
        """Takes what comes for so long."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.receive(deadline)
        except TimeoutError:
            return

    def receive(self, deadline: float) -> dict[str, Any] | None:
        """The message, or None for sound or a picture. Raises `TimeoutError` and what a closed connection raises."""
        frame = self.socket.recv(timeout=max(0.001, deadline - time.monotonic()))
        if isinstance(frame, bytes):
            self.media.append((time.monotonic(), unpacked(frame)))
            return None
        message: dict[str, Any] = json.loads(frame)
        self.messages.append(message)
        return message

    def of(self, kind: MediaKind) -> list[Media]:
        return [media for _, media in self.media if media.kind is kind]
