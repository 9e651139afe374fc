"""When a session counts as idle, and who is told what."""

import asyncio

import pytest

from avatar.settings import Settings
from live.messages import Ping, Pong, ServerMessage, StartStream
from live.plan import SessionPlan
from live.session import LiveSession
from tests.live.grey_session import close_in_time, grey_session
from tests.live.loops import run


def watched(settings: Settings, *, for_players: bool) -> LiveSession:
    start = StartStream(image="-", size=128, fps=5)
    plan = SessionPlan(session="one", start=start, image="-", name="Grey", for_players=for_players)
    return grey_session(settings, plan=plan)


def test_who_watches_keeps_a_session_for_players_alone_from_being_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.session.LOOK_SECONDS", 0.05)
    settings = Settings(live_idle_seconds=1.0)

    async def scenario() -> None:
        sessions = [watched(settings, for_players=True), watched(settings, for_players=False)]
        closing = [asyncio.create_task(close_in_time(session)) for session in sessions]
        while not sessions[1].ended.done():
            for session in sessions:
                session.heed()
            await asyncio.sleep(0.02)
        assert sessions[1].ended.result() == "idle"
        assert not sessions[0].ended.done()
        await closing[0]
        assert sessions[0].ended.result() == "idle"

    run(scenario)


def test_a_session_for_players_ends_after_the_longest_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.session.LOOK_SECONDS", 0.05)

    async def scenario() -> None:
        session = watched(Settings(live_longest_minutes=0.002), for_players=True)
        await close_in_time(session)
        assert session.ended.result() == "too_long"

    run(scenario)


def test_a_pong_goes_to_who_asked_alone() -> None:
    async def scenario() -> None:
        session = watched(Settings(), for_players=False)
        told: list[ServerMessage] = []
        await session.receive(Ping(sent=3.0), told.append)
        await session.receive(Ping(sent=4.0))
        assert [one.sent for one in told if isinstance(one, Pong)] == [3.0]
        session.end("stopped")
        await close_in_time(session)

    run(scenario)
