"""A WebRTC client sees, hears and drives a session, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame

from avatar.settings import Settings
from live.contract import SOUND_RATE_HZ
from live.session import LiveSession
from live.webrtc.offers import read_offer
from live.webrtc.peer import Peer
from tests.live.grey_session import TonePartner, close_in_time, grey_session
from tests.live.loops import run
from tests.live.rtc_client import RtcClient
from tests.live.showing import TONE_HZ, strongest_hz, tone


class ToneMicrophone(MediaStreamTrack):
    """A tone in pieces of 20 ms, in time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._given = 0
        self._began: float | None = None

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._began = loop.time() if self._began is None else self._began
        await asyncio.sleep(max(0.0, self._began + self._given / SOUND_RATE_HZ - loop.time()))
        frame = AudioFrame.from_ndarray(tone(self._given, 960)[None], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, self._given, Fraction(1, SOUND_RATE_HZ)
        self._given += 960
        return frame


def settings(**fields: Any) -> Settings:
    return Settings(**fields)


@asynccontextmanager
async def connected(
    session: LiveSession, client: RtcClient, *, speaks: bool = True
) -> AsyncIterator[tuple[Peer, "asyncio.Task[None]"]]:
    kept: list[asyncio.Task[None]] = []
    peer = Peer("peer", session, settings(), speaks=speaks, keep=kept.append)
    closing = asyncio.create_task(close_in_time(session))
    answer = await peer.answer(read_offer(await client.offer()))
    serving = asyncio.create_task(peer.serve())
    await client.accept(answer.sdp)
    try:
        yield peer, serving
    finally:
        session.end("stopped")
        await asyncio.gather(serving, closing)
        assert len(kept) == 1
        await client.close()


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_pictures_and_sound_arrive(codec: str) -> None:
    async def scenario() -> None:
        session = grey_session(settings())
        client = RtcClient(codecs=(codec, "rtx"))
        async with connected(session, client):
            await client.until(lambda: client.of("started"))
            client.say(type="say", text="a tone", id="t")
            await client.until(lambda: any(not message["on"] for message in client.of("speaking")))
            await client.until(lambda: len(client.pictures) > 40)

        assert [(message["on"], message["utterance"]) for message in client.of("speaking")] == [
            (True, "t"),
            (False, "t"),
        ]
        assert client.messages[-1] == {"type": "ended", "reason": "stopped"}
        greys = [grey for _, grey in client.pictures]
        steps = [(after - before) % 170 for before, after in pairwise(greys)]
        assert sum(min(abs(step - 7), abs(step - 7 - 170)) < 4 for step in steps) > 0.8 * len(steps)
        heard = np.concatenate(client.sound)
        loud = heard[np.abs(heard) > 3000]
        begin = int(np.argmax(np.abs(heard) > 3000))
        assert abs(strongest_hz(heard[begin + 4800 : begin + 52800].astype(np.float64)) - TONE_HZ) < 3
        assert len(loud) > SOUND_RATE_HZ

    run(scenario)


def test_a_microphone_is_heard() -> None:
    async def scenario() -> None:
        session = grey_session(settings(), listen=True)
        partner = session.partner
        assert isinstance(partner, TonePartner)
        client = RtcClient(microphone=ToneMicrophone())
        async with connected(session, client):
            await client.until(lambda: sum(map(len, partner.heard)) > SOUND_RATE_HZ)
        heard = np.concatenate(partner.heard)
        assert abs(strongest_hz(heard[-SOUND_RATE_HZ // 2 :].astype(np.float64)) - TONE_HZ) < 3
        assert 0.1 < np.abs(heard[-4800:]).max() < 1.0

    run(scenario)


def test_who_only_watches_has_no_say() -> None:
    async def scenario() -> None:
        session = grey_session(settings(), listen=True)
        partner = session.partner
        assert isinstance(partner, TonePartner)
        client = RtcClient(microphone=ToneMicrophone())
        async with connected(session, client, speaks=False):
            await client.until(lambda: len(client.pictures) > 5 and client.of("started"))
            client.say(type="say", text="no")
            await client.until(lambda: client.of("stats"))
        assert partner.heard == []
        assert client.of("speaking") == []

    run(scenario)


def test_what_cannot_be_used_is_told_on_the_channel_and_blendshapes_where_they_are_wanted() -> None:
    async def scenario() -> None:
        session = grey_session(settings(), blendshapes=True)
        client = RtcClient()
        async with connected(session, client):
            await client.until(lambda: client.of("started") and client.of("blendshapes"))
            assert client.of("started")[0]["video"] == "track"
            assert len(client.of("blendshapes")[0]["values"]) == 52
            client.say(type="no_such_message")
            assert client.channel is not None
            for rubbish in (b"bytes", "", "{", "[" * 5_000, '{"type":"say","text":1}', '{"type":"ping","sent":NaN}'):
                client.channel.send(rubbish)
            client.say(type="ping", sent=3.0)
            await client.until(lambda: client.of("pong"))
            assert {message["code"] for message in client.of("error")} == {"input"}
            assert len(client.of("error")) == 7

    run(scenario)


def test_a_client_that_goes_ends_its_session() -> None:
    async def scenario() -> None:
        session = grey_session(settings())
        client = RtcClient()
        async with connected(session, client) as (_, serving):
            await client.until(lambda: len(client.pictures) > 5)
            await client.close()
            await asyncio.wait_for(serving, 10)
            assert session.ended.result() == "client_gone"

    run(scenario)


def test_a_client_that_vanishes_without_a_word_is_given_up_and_its_session_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("live.webrtc.peer.SILENT_SECONDS", 0.4)
    monkeypatch.setattr("live.webrtc.peer.LOOK_SECONDS", 0.1)
    monkeypatch.setattr("live.webrtc.channel.FLUSH_SECONDS", 0.1)

    async def scenario() -> None:
        session = grey_session(settings())
        client = RtcClient()
        async with connected(session, client) as (peer, serving):
            await client.until(lambda: len(client.pictures) > 5)
            await client.vanish()
            await asyncio.wait_for(serving, 10)
            assert peer.problem is not None
            assert peer.problem.code == "client_silent"
            assert session.ended.result() == "client_gone"
            assert peer.pc.connectionState == "closed"

    run(scenario)


@pytest.mark.parametrize("takes", ["audio", "video"])
def test_an_offer_may_take_sound_or_pictures_alone(takes: str) -> None:
    async def scenario() -> None:
        session = grey_session(settings())
        client = RtcClient(takes=(takes,))
        async with connected(session, client):
            await client.until(lambda: len(client.sound if takes == "audio" else client.pictures) > 5)
            await client.until(lambda: client.of("started"))
        assert client.of("started")[0]["video"] == ("track" if takes == "video" else "none")
        assert client.pictures == [] or takes == "video"

    run(scenario)


def test_without_a_way_for_udp_the_client_is_told_in_time() -> None:
    async def scenario() -> None:
        session = grey_session(settings())
        client = RtcClient()
        peer = Peer("peer", session, settings(), speaks=True, keep=lambda _: None, connect_seconds=0.1)
        closing = asyncio.create_task(close_in_time(session))
        await peer.answer(read_offer(await client.offer()))
        await asyncio.wait_for(peer.serve(), 5)
        assert peer.problem is not None
        assert (peer.problem.code, peer.problem.fatal, peer.problem.retryable) == ("no_connection", True, True)
        assert "/ws" in peer.problem.cure
        await closing
        await client.close()

    run(scenario)
