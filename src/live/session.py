"""A live session in its worker: a stage, what drives it, and those who watch it."""

import asyncio
import base64
import binascii
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np

from avatar.errors import AvatarError, InputError, TooFastError
from avatar.performance import Cue
from avatar.settings import Settings
from avatar.types import Floats
from live.codes import TOO_FAST
from live.contract import SOUND_RATE_HZ, Viewer
from live.incoming import IncomingSound
from live.messages import (
    Ask,
    Chosen,
    Clear,
    ClientMessage,
    Control,
    Ended,
    EndOfSpeech,
    LiveCue,
    Notice,
    Ping,
    Pong,
    Problem,
    Say,
    ServerMessage,
    Shown,
    Sound,
    Started,
    StartStream,
    Stop,
    checked_controls,
)
from live.own_thread import in_own_thread
from live.pace import MESSAGES_PER_SECOND, Pace
from live.plan import SessionPlan
from live.stage import MOST_WAITING_SECONDS, STATS_SECONDS, Stage, Tally
from live.utterance import Utterance

LOOK_SECONDS: Final = STATS_SECONDS
SILENT_STREAM_SECONDS: Final = 1.0
"""A stream of sound from which nothing has come so long has ended a segment."""

BEHIND_SECONDS: Final = 0.4
"""Of sound that waits: a stream that comes in time has then fallen behind, and catches up in its pauses."""

SHORT_SECONDS: Final = 0.1
"""Sound so short is taken in the event loop: waking a thread for it costs more than it does."""

AUDIBLE: Final = 10 ** (-50 / 20)
"""RMS of full scale, -50 dB: sound below it does not keep a session from being idle."""

PLAYED_SECONDS: Final = 1.0
"""Of sound that waits; with more of it the avatar is about to speak, and the session is not idle."""

MOST_CUES: Final = 200
"""Whose time is to come."""

_log = logging.getLogger(__name__)


class Partner(Protocol):
    """Who speaks for the avatar: text becomes speech, and what a person says becomes an answer."""

    @property
    def speaker(self) -> Chosen: ...

    @property
    def recogniser(self) -> Chosen: ...

    @property
    def dialogue(self) -> Chosen: ...

    async def say(self, message: Say) -> None: ...

    async def ask(self, text: str) -> None: ...

    async def hear(self, samples: Floats, rate: int) -> None:
        """A person's sound, as it comes."""
        ...

    async def clear(self) -> None:
        """Gives up what is being said, thought and waited for."""
        ...

    async def close(self) -> None: ...


@dataclass
class Watcher:
    """A viewer, and how many pictures it was too slow for."""

    viewer: Viewer
    dropped: Callable[[], int] = lambda: 0


class LiveSession:
    """From `open` to `ended`. All of it belongs to one event loop, but for the stage.

    `frame_seconds`: what a frame by its engine's network takes; 0 where it has none.
    """

    def __init__(
        self, plan: SessionPlan, stage: Stage, partner: Partner, settings: Settings, notes: tuple[str, ...] = ()
    ) -> None:
        self.notes = notes
        self.plan, self.stage, self.partner, self._settings = plan, stage, partner, settings
        self._incoming = IncomingSound(plan.start.audio)
        self._speech: Utterance | None = None
        self._sound_thread = ThreadPoolExecutor(1, thread_name_prefix="sound")
        self._in_hand: Future[object] | None = None
        self._pace = Pace()
        self._cues: deque[float] = deque()
        self._watchers: list[Watcher] = []
        self._began = self._heard = self._sound_came = time.monotonic()
        self._told_flood = False
        self.renderer = Chosen(name=None, why="")
        self.frame_seconds = 0.0
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._look_after(), name=f"session-{plan.session}")

    @property
    def id(self) -> str:
        return self.plan.session

    @property
    def heard_at(self) -> float:
        """When somebody was heard last, by `time.monotonic`: neither a ping nor silent sound is somebody."""
        return self._heard

    def started(self, mime: str = "", video: Shown | None = None) -> Started:
        """What a new viewer is told. `video`: how it gets pictures, where that is not as the session was asked for."""
        start, settings = self.plan.start, self._settings
        return Started(
            session=self.id,
            width=self.stage.size.width,
            height=self.stage.size.height,
            fps=start.fps,
            video=video or start.video,
            mime=mime,
            sound_rate=SOUND_RATE_HZ,
            renderer=self.renderer,
            speaker=self.partner.speaker,
            recogniser=self.partner.recogniser,
            dialogue=self.partner.dialogue,
            idle_seconds=settings.live_idle_seconds,
            longest_seconds=60.0 * settings.live_longest_minutes,
            notes=self.notes,
        )

    def outline(self) -> dict[str, Any]:
        """For lists of sessions."""
        return {
            "session": self.id,
            "caller": self.plan.caller,
            "name": self.plan.name,
            "seconds": round(time.monotonic() - self._began, 1),
            "viewers": self.viewers,
            "frames": self.stage.tally.frames,
            "late": self.stage.tally.late,
        }

    @property
    def viewers(self) -> int:
        return len(self._watchers)

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)
        self.stage.add(watcher.viewer)

    def leave(self, viewer: Viewer) -> None:
        """The last one to leave ends the session."""
        self.stage.remove(viewer)
        self._watchers = [one for one in self._watchers if one.viewer is not viewer]
        if not self._watchers:
            self.end("client_gone")

    def heed(self) -> None:
        """Somebody watches: a session that is there for players alone is not idle, any other may still be."""
        if self.plan.for_players:
            self._heard = time.monotonic()

    async def receive(self, message: ClientMessage, answer: Callable[[ServerMessage], None] = lambda _: None) -> None:
        """`answer` tells whoever sent the message. Raises `InputError` for what cannot be used; the session goes on.

        Messages that come too fast are dropped, the first with a `TooFastError`; sound has its own limit.
        """
        if not self._takes(message):
            return
        match message:
            case StartStream():
                raise InputError("The stream has been started already.", cure="Open another connection for another.")
            case Say() | Ask() | Clear():
                await self._talk(message)
            case Sound():
                await self.receive_sound(_decoded(message.data))
            case EndOfSpeech():
                await self._end_speech()
            case Control() | LiveCue():
                self._direct(message)
            case Ping():
                answer(Pong(sent=message.sent, at=self.stage.now))
            case Stop():
                self.end("stopped")

    def _takes(self, message: ClientMessage) -> bool:
        """Notes that somebody is there, unless the message says nothing of that. Raises `TooFastError` once."""
        now = time.monotonic()
        if not isinstance(message, Sound | Stop) and not self._pace.allows(now):
            if not self._pace.is_first_refusal():
                return False
            raise TooFastError(
                f"More than {MESSAGES_PER_SECOND:g} messages come a second; what is too much is dropped.",
                cure="Send fewer of them.",
            )
        if not isinstance(message, Sound | Ping):
            self._heard = now
        return True

    async def receive_sound(self, data: bytes) -> None:
        """A binary frame. Raises `InputError`."""
        await self.receive_samples(self._incoming.read(data), self._incoming.rate)

    async def receive_samples(self, samples: Floats, rate: int) -> None:
        """Sound (n,) in [-1, 1] at `rate` Hz. Raises `InputError` where nobody asked for any."""
        self._sound_came = time.monotonic()
        if _is_audible(samples):
            self._heard = self._sound_came
        if self.plan.start.listen:
            await self.partner.hear(samples, rate)
        elif self.plan.start.audio_stream:
            await self._speak(samples, rate)
        else:
            raise InputError(
                "Sound came, and the session was started without any.",
                cure="Start it with audio_stream (the avatar speaks the sound) or listen (it hears it).",
            )

    def end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    async def close(self) -> None:
        """Tells those who watch, and leaves nothing behind. To be called once the session has `ended`."""
        try:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._finish("the partner", self.partner.close())
            await self._finish("the stage", in_own_thread(self.stage.stop, "close-stage"))
            await self._finish("the sound", in_own_thread(self._sound_thread.shutdown, "close-sound"))
        finally:
            self.stage.tell(Ended.model_validate({"reason": self.ended.result() if self.ended.done() else "stopped"}))
            self.closed.set_result(None)

    async def _finish(self, what: str, step: Awaitable[None]) -> None:
        """One step of the end; the others follow whatever comes of it."""
        try:
            await step
        except Exception:
            _log.exception("%s of session %s did not end well", what, self.id)

    def crashed(self, error: Exception) -> None:
        """Called by a thread of the stage where it cannot go on."""
        known = error if isinstance(error, AvatarError) else None
        self.stage.tell(
            Problem(
                code="stage_failed",
                message=known.message if known else f"The avatar could not be drawn ({type(error).__name__}).",
                cure=(known.cure if known else "") or "Start the session again.",
                fatal=True,
                retryable=True,
            )
        )
        self.ended.get_loop().call_soon_threadsafe(self.end, "error")

    async def _speak(self, samples: Floats, rate: int) -> None:
        if self.plan.start.pace == "live" and self.stage.waiting_seconds > BEHIND_SECONDS and not _is_audible(samples):
            return
        if self.stage.waiting_seconds > MOST_WAITING_SECONDS:
            if not self._told_flood:
                self._told_flood = True
                message = (
                    f"More than {MOST_WAITING_SECONDS:.0f} s of sound wait to be played; what comes now is dropped."
                )
                self.stage.tell(Problem(code=TOO_FAST, message=message, cure="Send sound as fast as it is played."))
            return
        self._told_flood = False
        is_first = self._speech is None or self._speech.cut or self._speech.ended
        if is_first:
            self._speech = self.stage.utterance(streamed=True)
        speech = self._speech
        assert speech is not None
        if is_first or self._has_turn or len(samples) > SHORT_SECONDS * rate:
            await self._in_turn(lambda: speech.push(samples, rate))
        else:
            speech.push(samples, rate)

    async def _end_speech(self) -> None:
        speech, self._speech = self._speech, None
        if speech is not None:
            await self._in_turn(speech.end)

    async def _in_turn(self, do: Callable[[], object]) -> None:
        """In the session's one thread for sound: an utterance is pushed to by one at a time, in the order of coming."""
        self._in_hand = self._sound_thread.submit(do)
        await asyncio.wrap_future(self._in_hand)

    @property
    def _has_turn(self) -> bool:
        """Whether the thread for sound has something to do."""
        return self._in_hand is not None and not self._in_hand.done()

    async def _look_after(self) -> None:
        """Once a second: figures, and whether the session's time is over."""
        since = Tally()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            dropped = sum(watcher.dropped() for watcher in self._watchers)
            self.stage.tell(self.stage.stats(since, dropped=dropped, viewers=len(self._watchers)))
            since = replace(self.stage.tally)
            try:
                await self._look(time.monotonic())
            except Exception:
                _log.exception("a look at session %s failed", self.id)

    async def _look(self, now: float) -> None:
        settings = self._settings
        if self._speech is not None and now - self._sound_came > SILENT_STREAM_SECONDS:
            await self._end_speech()
        if now - self._began > 60.0 * settings.live_longest_minutes:
            self._close_for("too_long", f"It has lasted {settings.live_longest_minutes:g} minutes.")
        elif now - self._heard > settings.live_idle_seconds and self.stage.waiting_seconds <= PLAYED_SECONDS:
            self._close_for("idle", f"Nothing came for {settings.live_idle_seconds:g} s.")

    def _close_for(self, reason: str, why: str) -> None:
        self.stage.tell(Notice(code=reason, message=f"The session ends. {why}", cure="Start another one."))
        self.end(reason)

    async def _talk(self, message: Say | Ask | Clear) -> None:
        if isinstance(message, Clear) or (isinstance(message, Say) and message.interrupt):
            await self.partner.clear()
            self.stage.clear()
            self._speech = None
        if isinstance(message, Say):
            await self.partner.say(message.model_copy(update={"interrupt": False}))
        elif isinstance(message, Ask):
            await self.partner.ask(message.text)

    def _direct(self, message: Control | LiveCue) -> None:
        if isinstance(message, Control):
            self.stage.direct(checked_controls(message.controls, self.stage.controls))
            return
        now = self.stage.now
        self._cues = deque(at for at in self._cues if at > now)
        if len(self._cues) >= MOST_CUES:
            raise TooFastError(
                f"{MOST_CUES} cues wait for their time already.", cure="Send a cue when its time is nearer."
            )
        self._cues.append(now + message.delay)
        cue = Cue(
            action=message.action,
            at=now + message.delay,
            intensity=message.intensity,
            duration=message.duration,
            direction=message.direction,
        )
        self.stage.cue(cue)


def _is_audible(samples: Floats) -> bool:
    return len(samples) > 0 and float(np.sqrt(np.mean(np.square(samples)))) > AUDIBLE


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("The sound's data is not base64.", cure="Encode the bytes, or send a binary frame.") from None
