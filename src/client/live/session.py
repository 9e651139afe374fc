"""A live session for programs that wait."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from client.errors import UNREACHABLE, AvatarServiceError
from client.live.errors import LiveError, opening, over, talking, websockets_of
from client.live.events import Ended, Event, Started, event_of
from client.live.messages import CueFields, SayFields, message
from client.live.opening import Opening, ends

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

START_SECONDS: Final = 60.0
GOODBYE_SECONDS: Final = 5.0


class LiveSession:
    """Open in its `with` block: it begins with the block and ends with it. One thread reads, any may send.

    Iterating gives what comes, up to `Ended`. Who reads too slowly gets fewer pictures, and in the end `too_slow`.
    Every method raises `LiveError`; `receive` and iterating raise it for an error that ends the session, too.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._open = ExitStack()
        self._socket: Any = None
        self._early: list[Event] = []
        self._rate = 0
        self.started: Started
        self.ended: Ended | None = None

    def __enter__(self) -> "Self":
        first = self._opening.message()
        connect = websockets_of("sync.client").connect
        with opening(self._opening.url):
            way = connect(self._opening.url, max_size=None, additional_headers=self._opening.headers)
            self._socket = self._open.enter_context(way)
        try:
            with suppress(LiveError):
                self._send(first)
            self.started = self._until_started()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(AvatarServiceError, TimeoutError):
            if self.ended is None:
                self.stop()
            deadline = time.monotonic() + GOODBYE_SECONDS
            while self.ended is None:
                self.receive(max(0.0, deadline - time.monotonic()))
        self._open.close()

    def __iter__(self) -> Iterator[Event]:
        while self.ended is None:
            yield self.receive()

    def receive(self, timeout: float | None = None) -> Event:
        """What comes next. Raises TimeoutError after `timeout` seconds."""
        if self._early:
            return self._early.pop(0)
        if self.ended is not None:
            raise over(self.ended.reason)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            with talking(self._opening.url):
                frame = self._socket.recv(timeout=left)
            if (event := event_of(frame, self._rate)) is not None:
                self.ended = event if isinstance(event, Ended) else None
                return event

    def until_said(self, utterance: str, *, timeout: float | None = None) -> Iterator[Event]:
        """What comes, up to the end of that utterance or of the session. Raises an error that comes meanwhile, and
        TimeoutError where nothing comes for `timeout` seconds.
        """
        while self.ended is None:
            event = self.receive(timeout)
            yield event
            if ends(event, utterance):
                return

    def say(self, text: str, **how: "Unpack[SayFields]") -> str:
        """The avatar speaks the text, after what it is saying. The utterance, as it is called in what comes of it."""
        utterance = secrets.token_hex(8)
        self._send(message("say", {"text": text, "id": utterance, **how}))
        return utterance

    def ask(self, text: str) -> None:
        """Typed in place of spoken: the avatar answers it as a conversation."""
        self._send(message("ask", {"text": text}))

    def send_sound(self, data: bytes) -> None:
        """A piece of sound in the form that `audio` named: pcm16 of any length, or one packet of Opus."""
        self._send(data)

    def end_of_speech(self) -> None:
        """What was sent is a whole utterance: nothing of it is held back for more."""
        self._send(message("end_of_speech"))

    def control(self, **controls: Any) -> None:
        """Changes some of the control parameters, such as `smile=0.5`; the others stay."""
        self._send(message("control", {"controls": controls}))

    def cue(self, action: str, **how: "Unpack[CueFields]") -> None:
        """One action of the face, such as `nod`."""
        self._send(message("cue", {"action": action, **how}))

    def clear(self) -> None:
        """Stops what is being said, and drops what waits to be said."""
        self._send(message("clear"))

    def stop(self) -> None:
        """Ends the session: what comes ends with `Ended`."""
        self._send(message("stop"))

    def _send(self, frame: str | bytes) -> None:
        if self._socket is None:
            raise LiveError("The session is not open.", kind=UNREACHABLE, cure="Use it in a `with` block.")
        with talking(self._opening.url):
            self._socket.send(frame)

    def _until_started(self) -> Started:
        early: list[Event] = []
        while True:
            event = self.receive(START_SECONDS)
            if isinstance(event, Started):
                self._rate, self._early = event.sound_rate, early
                return event
            early.append(event)
            if isinstance(event, Ended):
                raise over(event.reason)
