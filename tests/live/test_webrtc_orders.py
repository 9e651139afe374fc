"""What a worker answers to orders about WebRTC."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from avatar.errors import BusyError, ChangedError, InputError, NotFoundError
from avatar.settings import Settings
from live.messages import StartStream
from live.orders import ORDERS
from live.plan import SessionPlan
from live.session import LiveSession
from live.webrtc.offers import MOST_CANDIDATES
from live.webrtc.orders import MOST_VIEWERS, RTC_ORDERS
from live.webrtc.peer import Peer
from tests.live.grey_session import close_in_time, grey_session
from tests.live.loops import run
from tests.live.rtc_client import RtcClient


class GreyHost:
    """A worker of grey sessions."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.sessions: dict[str, LiveSession] = {}
        self.peers: dict[str, Peer] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def keep(self, task: "asyncio.Task[None]") -> None:
        self.tasks.append(task)

    async def open(self, plan: SessionPlan) -> LiveSession:
        session = self.sessions[plan.session] = grey_session(self.settings, plan=plan)
        self.keep(asyncio.create_task(close_in_time(session)))
        return session

    async def ask(self, name: str, **values: Any) -> dict[str, Any]:
        return await (ORDERS | RTC_ORDERS)[name](self, {"caller": "", **values})

    async def end(self) -> None:
        for session in self.sessions.values():
            session.end("shutting_down")
        await asyncio.gather(*self.tasks)


def plan(session: str = "one", caller: str = "") -> str:
    start = StartStream(image="-", size=128, fps=10)
    return SessionPlan(session=session, start=start, image="-", name="Grey", caller=caller).model_dump_json()


def hosted(scenario: Callable[[GreyHost, RtcClient], Awaitable[None]]) -> None:
    async def whole() -> None:
        host, client = GreyHost(), RtcClient(channel=False)
        try:
            await scenario(host, client)
        finally:
            await host.end()
            await client.close()

    run(whole)


def test_a_player_watches_until_it_hangs_up() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        answer = await host.ask("watch_new", plan=plan(), sdp=await client.offer())
        assert answer["session"] == "one"
        await client.accept(answer["sdp"])
        await client.until(lambda: len(client.pictures) > 3 and len(client.sound) > 3)
        assert host.sessions["one"].outline()["viewers"] == 1
        await host.ask("hang_up", session="one", peer=answer["peer"])
        await asyncio.wait_for(asyncio.gather(*host.tasks), 10)
        assert host.peers == {}
        assert host.sessions["one"].ended.result() == "client_gone"

    hosted(scenario)


def test_a_second_player_sees_the_same_session() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        first = await host.ask("watch_new", plan=plan(), sdp=await client.offer())
        await client.accept(first["sdp"])
        other = RtcClient(channel=False)
        second = await host.ask("watch", session="one", sdp=await other.offer())
        await other.accept(second["sdp"])
        await other.until(lambda: len(other.pictures) > 3)
        await host.ask("hang_up", session="one", peer=second["peer"])
        await client.until(lambda: len(client.pictures) > 20)
        assert not host.sessions["one"].ended.done()
        await other.close()

    hosted(scenario)


def test_candidates_come_later_for_the_right_connection_only() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        offer = await client.offer()
        lines = offer.splitlines()
        candidates = [line for line in lines if line.startswith("a=candidate:")]
        assert candidates
        bare = "\r\n".join(line for line in lines if "candidate" not in line) + "\r\n"
        answer = await host.ask("watch_new", plan=plan(), sdp=bare)
        fragment = "\r\n".join(["a=mid:0", *candidates, ""])
        named = {"session": "one", "peer": answer["peer"]}
        with pytest.raises(ChangedError):
            await host.ask("trickle", **named, etag='"another"', fragment=fragment)
        with pytest.raises(InputError, match="anew"):
            await host.ask("trickle", **named, etag="*", fragment="a=ice-ufrag:else\r\na=ice-pwd:x\r\n")
        with pytest.raises(InputError, match="candidate"):
            await host.ask("trickle", **named, etag="*", fragment="a=candidate:1 1 udp x 1.2.3.4 z typ host")
        with pytest.raises(NotFoundError):
            await host.ask("trickle", session="two", peer=answer["peer"], etag="*", fragment=fragment)
        await host.ask("trickle", **named, etag=answer["etag"], fragment=fragment)
        await client.accept(answer["sdp"])
        await client.until(lambda: len(client.pictures) > 3)

    hosted(scenario)


def test_a_client_that_names_no_address_is_found_by_its_own_checks() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        lines = (await client.offer()).splitlines()
        hidden = "a=candidate:1 1 udp 2113937151 0b51f2b6-7c19-4a5a-9a4f-1f3f2a6b1c11.local 9999 typ host"
        bare = "\r\n".join(hidden if line.startswith("a=candidate:") else line for line in lines) + "\r\n"
        answer = await host.ask("watch_new", plan=plan(), sdp=bare)
        await client.accept(answer["sdp"])
        await client.until(lambda: len(client.pictures) > 3)

    hosted(scenario)


def test_what_is_no_offer_opens_no_session_and_what_cannot_be_answered_leaves_none() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        with pytest.raises(InputError):
            await host.ask("offer", plan=plan(), sdp="no offer")
        assert host.sessions == {}
        unknown = re.sub("(?i)vp8|h264", "AV2", await client.offer())
        with pytest.raises(InputError, match="cannot be answered"):
            await host.ask("offer", plan=plan(), sdp=unknown)
        assert host.sessions["one"].ended.result() == "error"
        assert host.peers == {}

    hosted(scenario)


def test_a_session_takes_four_viewers_those_that_connect_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.webrtc.orders.MOST_VIEWERS", 2)

    async def scenario(host: GreyHost, client: RtcClient) -> None:
        offer = await client.offer()
        await host.ask("watch_new", plan=plan(), sdp=offer)
        asked = (host.ask("watch", session="one", sdp=offer) for _ in range(2))
        second, third = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(second, dict)
        assert isinstance(third, BusyError)

    assert MOST_VIEWERS == 4
    hosted(scenario)


def test_a_session_is_its_callers_own() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        offer = await client.offer()
        answer = await host.ask("watch_new", plan=plan(caller="a"), sdp=offer)
        named = {"session": "one", "peer": answer["peer"]}
        orders: list[tuple[str, dict[str, Any]]] = [
            ("message", {"session": "one", "message": '{"type":"stop"}'}),
            ("watch", {"session": "one", "sdp": offer}),
            ("trickle", {**named, "etag": "*", "fragment": ""}),
            ("hang_up", named),
        ]
        for name, values in orders:
            with pytest.raises(NotFoundError):
                await host.ask(name, **values, caller="b")
        (outline,) = (await host.ask("sessions"))["sessions"]
        assert outline["caller"] == "a"
        await host.ask("hang_up", **named, caller="a")

    hosted(scenario)


def test_candidates_that_come_later_count_with_those_of_the_offer() -> None:
    async def scenario(host: GreyHost, client: RtcClient) -> None:
        answer = await host.ask("watch_new", plan=plan(), sdp=await client.offer())
        named = {"session": "one", "peer": answer["peer"], "etag": "*"}
        line = "a=candidate:1 1 udp 2113937151 127.0.0.1 9 typ host\r\n"
        before = host.peers[answer["peer"]].candidates
        await host.ask("trickle", **named, fragment="a=mid:0\r\n" + line * (MOST_CANDIDATES - before))
        with pytest.raises(InputError, match="addresses"):
            await host.ask("trickle", **named, fragment="a=mid:0\r\n" + line)

    hosted(scenario)
