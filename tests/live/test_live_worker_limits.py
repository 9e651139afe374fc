"""What a live worker takes on, and what it tells where it fails."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from multiprocessing import Pipe
from pathlib import Path

import pytest

from avatar.errors import BusyError, InputError
from avatar.settings import Settings
from live import attending
from live.attending import attend_client
from live.messages import StartStream
from live.plan import SessionPlan
from live.session import LiveSession
from live.wire import Packet, order, packed, read_packet, values_of
from live.worker import LiveWorker
from tests.live.grey_session import close_in_time, grey_session
from tests.live.loops import run


def plan(session: str = "one", size: int = 128, fps: int = 25) -> SessionPlan:
    start = StartStream(image="-", size=size, fps=fps)
    return SessionPlan(session=session, start=start, image="-", name="Grey")


class GreyRoom:
    """Opens grey sessions once it may; fails where it is told to."""

    frame_seconds = measured = None
    engines = ()

    def __init__(self, capacity: int, settings: Settings) -> None:
        self.capacity, self._settings = capacity, settings
        self.may_open = asyncio.Event()
        self.failure: Exception | None = None

    def weight(self, session: LiveSession) -> float:
        return session.plan.weight

    def taken(self, running: Iterable[LiveSession]) -> float:
        return 0.01 * len(list(running))

    async def open(self, plan: SessionPlan, running: tuple[LiveSession, ...]) -> LiveSession:
        await self.may_open.wait()
        if self.failure is not None:
            raise self.failure
        return grey_session(self._settings, plan=plan)


async def worked(
    scenario: Callable[[LiveWorker, GreyRoom], Awaitable[None]], capacity: int, folder: Path, most: int = 0
) -> None:
    settings = Settings(data_dir=folder, max_live_sessions=most)
    ours, theirs = Pipe()
    with ours, theirs:
        ours.send("secret")
        worker = LiveWorker(settings, theirs)
        worker.room = room = GreyRoom(capacity, settings)  # type: ignore[assignment]
        try:
            await scenario(worker, room)
        finally:
            await worker._leave()


def test_a_session_that_is_being_opened_has_its_place_and_a_failed_one_gives_it_back(tmp_path: Path) -> None:
    async def scenario(worker: LiveWorker, room: GreyRoom) -> None:
        opening = asyncio.create_task(worker.open(plan("one", 512)))
        await asyncio.sleep(0)
        assert worker.load == 1.0
        with pytest.raises(BusyError):
            await worker.open(plan("two", 512))
        room.failure = InputError("no")
        room.may_open.set()
        with pytest.raises(InputError):
            await opening
        assert worker.load == 0.0
        room.failure = None
        await worker.open(plan("two", 512))
        assert worker.load == 1.0

    run(lambda: worked(scenario, 1, tmp_path))


def test_the_number_that_was_set_counts_whatever_the_sessions_weigh(tmp_path: Path) -> None:
    async def scenario(worker: LiveWorker, room: GreyRoom) -> None:
        for number in "ab":
            worker.reserve(plan(number, 1080, 50))
        with pytest.raises(BusyError):
            worker.reserve(plan("c"))

    run(lambda: worked(scenario, 1, tmp_path, most=2))


def test_orders_that_fail_in_an_unknown_way_are_answered(tmp_path: Path) -> None:
    async def scenario(worker: LiveWorker, room: GreyRoom) -> None:
        for packet in (await worker._answered("dance", {}), await worker._answered("message", {})):
            kind, message, cure = values_of(packet)["error"]
            assert (kind, message) == ("AvatarError", "The live worker failed (KeyError).")
            assert cure

    run(lambda: worked(scenario, 1, tmp_path))


async def attended(opened: Callable[[], Awaitable[LiveSession]]) -> list[Packet]:
    """All that a client is sent that sends nothing."""

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await attend_client(plan(), opened, reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(packed(order()))
        packets = []
        while (packet := await read_packet(reader)) is not None:
            packets.append(packet)
        writer.close()
        await writer.wait_closed()
    return packets


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RuntimeError("odd"), "failed"),
        (InputError("no"), "input"),
        (BusyError("no"), "busy"),
    ],
)
def test_whatever_fails_while_a_session_is_opened_is_told(failure: Exception, code: str) -> None:
    async def fail() -> LiveSession:
        raise failure

    async def scenario() -> None:
        problem, ended = (json.loads(packet.content) for packet in await attended(fail))
        assert (problem["type"], problem["code"], problem["fatal"]) == ("error", code, True)
        assert ended == {"type": "ended", "reason": "error"}

    run(scenario)


def test_a_session_whose_viewer_cannot_be_made_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no encoder")

    monkeypatch.setattr(attending, "ConnectionViewer", broken)

    async def scenario() -> None:
        session = grey_session(Settings())

        async def opened() -> LiveSession:
            return session

        problem, _ = (json.loads(packet.content) for packet in await attended(opened))
        assert problem["code"] == "failed"
        assert "OSError" in problem["message"]
        await close_in_time(session)
        assert session.ended.result() == "error"

    run(scenario)


def test_a_client_that_is_slow_to_read_is_told_of_the_end_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "LEAVING_SECONDS", 0.2)
    waiting, read = asyncio.Event(), []

    async def scenario() -> None:
        session = grey_session(Settings(), video="none", sound=False)

        async def opened() -> LiveSession:
            return session

        async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.set_write_buffer_limits(high=1)
            writer.write(packed(order(filling="x" * 8_000_000)))
            await attend_client(session.plan, opened, reader, writer)
            waiting.set()
            writer.close()

        async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.sleep(0.1)
            session.end("idle")
            await close_in_time(session)
            await asyncio.wait_for(waiting.wait(), 30.0)
            while (packet := await read_packet(reader)) is not None:
                read.append(packet)
            writer.close()
            await writer.wait_closed()

    run(scenario)
    assert json.loads(read[-1].content) == {"type": "ended", "reason": "idle"}
