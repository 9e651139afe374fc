"""A scripted service of live sessions for the page: the real messages, and pictures that are counted."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Page, Route, WebSocketRoute
from pydantic import BaseModel

from live.media import Media, MediaKind
from live.messages import (
    Ask,
    Caption,
    Chosen,
    Clear,
    Ended,
    Ping,
    Pong,
    Problem,
    Say,
    Speaking,
    Started,
    StartStream,
    Stats,
    Stop,
    TimedWord,
    Turn,
    read_client,
)

RATE: Final = 48_000
FPS: Final = 25
PICTURES: Final = 5
CUT_AFTER: Final = 0.5
DIALOGUE: Final = Chosen(name="mistral-small-latest", why="MISTRAL_API_KEY is set")
NO_DIALOGUE: Final = Chosen(name=None, why="MISTRAL_API_KEY is not set")
RECOGNISER: Final = Chosen(name="faster-whisper", why="it is installed")
ESPEAK: Final = Chosen(name="espeak", why="it is the first that is installed")
STATS: Final = Stats(at=1.0, frames=250, late=2, dropped=1, draw_ms=5.25, encode_ms=3.5, buffered=0.12)
ANSWERED: Final = Turn(
    turn=1,
    end_of_turn=220.0,
    recognised=310.0,
    first_token=480.0,
    first_sentence=560.0,
    first_sound=640.0,
    first_frame=690.0,
)


@dataclass
class LiveScript:
    """What the service answers. `heard` keeps what the page said; `sound` the bytes of its microphone."""

    dialogue: Chosen = DIALOGUE
    webrtc: bool = False
    why: str = "aiortc is not installed"
    refusal: Problem | None = None
    heard: list[BaseModel] = field(default_factory=list)
    sound: int = 0
    sockets: list[WebSocketRoute] = field(default_factory=list)
    picture: bytes = b""
    shown: int = 0
    utterances: int = 0
    cut_at: float = 0.0

    def play(self, page: Page) -> None:
        """Answers the page in place of the service. Before the page is opened on `#/live`."""
        self.picture = self.picture or plain_picture()
        config = {
            "ice_servers": [],
            "webrtc": self.webrtc,
            "why": self.why,
            "dialogue": self.dialogue.model_dump(),
            "recogniser": RECOGNISER.model_dump(),
        }
        page.route("**/api/v1/live/config", lambda route: answer(route, config))
        page.route_web_socket("**/ws", self._open)

    def said(self, kind: type[BaseModel]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    def tell(self, *messages: BaseModel) -> None:
        for message in messages:
            self.sockets[-1].send(message.model_dump_json())

    def show(self, count: int = PICTURES) -> None:
        """The next pictures, with their sound."""
        for _ in range(count):
            at = self.shown / FPS
            self.sockets[-1].send(Media(MediaKind.SOUND, at, bytes(2 * RATE // FPS)).packed())
            self.sockets[-1].send(Media(MediaKind.JPEG, at, self.picture).packed())
            self.shown += 1

    def finish_second(self) -> None:
        """The figures of one more second."""
        self.tell(STATS)

    def speak(self, text: str, *, cut: bool = False, said: str = "") -> None:
        """An utterance from its beginning to its end; with `cut` it lasts until `clear`, when `said` was said."""
        self.utterances += 1
        name = f"u{self.utterances}"
        at = self.shown / FPS
        words = tuple(
            TimedWord(text=word, start=at + (0 if word in said.split() else CUT_AFTER), end=at + CUT_AFTER)
            for word in text.split()
        )
        self.cut_at = at + CUT_AFTER
        self.tell(Speaking(on=True, at=at, utterance=name))
        self.tell(Caption(who="avatar", text=text, at=at, duration=1.0, words=words, utterance=name, language="en"))
        self.show()
        if not cut:
            self.tell(Speaking(on=False, at=at + 1.0, utterance=name))

    def _open(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(self._hear)

    def _hear(self, raw: str | bytes) -> None:
        if isinstance(raw, bytes):
            self.sound += len(raw)
            return
        message = read_client(raw)
        self.heard.append(message)
        answers: Mapping[type[BaseModel], Callable[[Any], None]] = {
            StartStream: self._start,
            Ping: lambda ping: self.tell(Pong(sent=ping.sent, at=0.0)),
            Say: lambda say: self.speak(say.text),
            Ask: lambda ask: self._answer(ask.text),
            Clear: lambda _: self.tell(Speaking(on=False, at=self.cut_at, utterance=f"u{self.utterances}", cut=True)),
            Stop: lambda _: self.tell(Ended(reason="stopped")),
        }
        answers.get(type(message), lambda _: None)(message)

    def _start(self, start: StartStream) -> None:
        if self.refusal:
            self.tell(self.refusal, Ended(reason="error"))
            self.sockets[-1].close(code=1013, reason=self.refusal.message)
            return
        self.tell(
            Started(
                session=f"s{len(self.sockets)}", width=start.size, height=start.size, fps=start.fps, video="jpeg",
                sound_rate=RATE, renderer=Chosen(name="puppet", why="it always works"), speaker=ESPEAK,
                recogniser=RECOGNISER, dialogue=self.dialogue, idle_seconds=300.0, longest_seconds=3600.0,
            ),
            STATS,
        )  # fmt: skip
        self.show()

    def _answer(self, text: str) -> None:
        self.tell(Caption(who="user", text=text, at=0.0))
        self.speak("I heard you.")
        self.tell(ANSWERED)


def answer(route: Route, body: object, status: int = 200) -> None:
    route.fulfill(status=status, content_type="application/json", body=json.dumps(body))


def plain_picture(side: int = 64) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side), (40, 120, 110)).save(content, "JPEG")
    return content.getvalue()
