"""What a live session takes, and how it ends."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import numpy as np
import pytest

from avatar.errors import TooFastError
from avatar.settings import Settings
from avatar.types import Floats
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import Clear, LiveCue, Ping, Pong, Say, ServerMessage
from live.pace import Pace
from live.session import MOST_CUES, LiveSession, Watcher
from live.utterance import Utterance
from tests.live.grey_session import close_in_time, grey_session
from tests.live.loops import run
from tests.live.showing import tone

LOUD: Final[Floats] = np.asarray(tone(0, 480) / 32_768, np.float32)


class Listener:
    """A viewer that keeps the messages."""

    wants_pictures = False

    def __init__(self) -> None:
        self.told: list[ServerMessage] = []

    def sound(self, sound: TimedSound) -> None:
        return

    def frame(self, frame: TimedFrame) -> None:
        return

    def tell(self, message: ServerMessage) -> None:
        self.told.append(message)


def lived(scenario: Callable[[LiveSession, Listener], Awaitable[None]], **start: Any) -> None:
    """A session that is closed as a worker does."""

    async def whole() -> None:
        session, listener = grey_session(Settings(), **start), Listener()
        session.watch(Watcher(listener))
        try:
            await scenario(session, listener)
        finally:
            session.end("stopped")
            await close_in_time(session)

    run(whole)


def test_sound_from_several_sides_at_once_is_pushed_by_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, overlapped, done = threading.Lock(), [], []

    def alone(real: Callable[..., Any]) -> Callable[..., Any]:
        def push(*given: Any) -> Any:
            if not busy.acquire(blocking=False):
                overlapped.append(real.__name__)
                return 0.0
            try:
                time.sleep(0.002)
                done.append(real.__name__)
                return real(*given)
            finally:
                busy.release()

        return push

    monkeypatch.setattr(Utterance, "push", alone(Utterance.push))
    monkeypatch.setattr(Utterance, "end", alone(Utterance.end))

    async def scenario(session: LiveSession, _: Listener) -> None:
        pieces = [session.receive_samples(LOUD, SOUND_RATE_HZ) for _ in range(20)]
        await asyncio.gather(*pieces[:10], session._end_speech(), *pieces[10:])

    lived(scenario, audio_stream=True)
    assert overlapped == []
    assert done[:22].count("push") >= 20
    assert done[10] == "end"


def test_a_session_whose_partner_does_not_end_well_is_closed_all_the_same() -> None:
    async def scenario(session: LiveSession, listener: Listener) -> None:
        async def fail() -> None:
            raise RuntimeError("stuck")

        session.partner.close = fail  # type: ignore[method-assign]
        session.end("stopped")
        await session.close()
        assert session.closed.done()
        assert listener.told[-1].type == "ended"
        assert not session.stage._thread.is_alive()

    async def whole() -> None:
        session, listener = grey_session(Settings()), Listener()
        session.watch(Watcher(listener))
        await scenario(session, listener)

    run(whole)


def test_a_pace_takes_many_at_once_and_then_as_many_as_come_back() -> None:
    pace = Pace(per_second=10.0, most=20)
    assert [pace.allows(100.0) for _ in range(21)] == [True] * 20 + [False]
    assert (pace.is_first_refusal(), pace.is_first_refusal()) == (True, False)
    assert [pace.allows(100.5) for _ in range(6)] == [True] * 5 + [False]
    assert not pace.is_first_refusal()
    assert pace.allows(110.0)
    assert pace.is_first_refusal()


def test_a_flood_of_messages_is_told_once_and_dropped() -> None:
    async def scenario(session: LiveSession, listener: Listener) -> None:
        refused = 0
        for _ in range(3_000):
            try:
                await session.receive(Ping())
            except TooFastError:
                refused += 1
        assert refused == 1
        assert len([message for message in listener.told if isinstance(message, Pong)]) < 3_000

    lived(scenario)


def test_cues_that_wait_are_few() -> None:
    async def scenario(session: LiveSession, _listener: Listener) -> None:
        session._pace = Pace(per_second=1e9, most=10**6)
        for _ in range(MOST_CUES):
            await session.receive(LiveCue(action="nod", delay=60.0))
        with pytest.raises(TooFastError, match="cues wait"):
            await session.receive(LiveCue(action="nod", delay=60.0))

    lived(scenario)


def test_neither_pings_nor_silence_are_somebody() -> None:
    async def scenario(session: LiveSession, _: Listener) -> None:
        heard = session.heard_at
        await session.receive(Ping())
        await session.receive_samples(np.full(480, 0.002, np.float32), SOUND_RATE_HZ)
        assert session.heard_at == heard
        await session.receive_samples(LOUD, SOUND_RATE_HZ)
        assert session.heard_at > heard
        heard = session.heard_at
        await session.receive(Clear())
        assert session.heard_at > heard

    lived(scenario, audio_stream=True)


def test_what_is_said_in_place_of_all_else_clears_once() -> None:
    async def scenario(session: LiveSession, _: Listener) -> None:
        asked: list[str] = []
        said = session.partner.say

        async def clear() -> None:
            asked.append("clear")

        async def say(message: Say) -> None:
            asked.append("interrupt" if message.interrupt else "say")
            await said(message)

        session.partner.clear, session.partner.say = clear, say  # type: ignore[method-assign]
        await session.receive(Say(text="Stop.", interrupt=True))
        assert asked == ["clear", "say"]

    lived(scenario)


@pytest.mark.parametrize(("pace", "grows"), [("live", False), ("free", True)])
def test_a_live_stream_that_has_fallen_behind_leaves_out_what_is_quiet(pace: str, grows: bool) -> None:
    async def scenario(session: LiveSession, _listener: Listener) -> None:
        loud = np.full(16_000, 0.3, np.float32)
        await session.receive_samples(loud, 16_000)
        before = session.stage.waiting_seconds
        await session.receive_samples(np.zeros(32_000, np.float32), 16_000)
        assert (session.stage.waiting_seconds > before + 1.0) is grows
        before = session.stage.waiting_seconds
        await session.receive_samples(loud, 16_000)
        assert session.stage.waiting_seconds > before + 0.5

    lived(scenario, audio_stream=True, pace=pace)
