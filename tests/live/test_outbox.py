"""What waits for one client."""

import asyncio
import json

from live.media import Media, MediaKind, unpacked
from live.messages import Blendshapes, Pong, Stats
from live.outbox import MOST_MEDIA_SECONDS, MOST_MESSAGES, Outbox
from live.wire import Packet, PacketKind
from tests.apart import run_apart

STATS = Stats(at=0.0, frames=0, late=0, dropped=0, draw_ms=0.0, encode_ms=0.0, buffered=0.0)


async def _all(outbox: Outbox) -> list[Packet]:
    outbox.end()
    found = []
    while (packet := await outbox.next()) is not None:
        found.append(packet)
    return found


def _media(kind: MediaKind, at: float, key: bool = True) -> Media:
    return Media(kind, at, b"x" * 10, key)


def test_messages_and_media_come_out_in_their_order() -> None:
    async def run() -> list[Packet]:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.tell(STATS)
        outbox.send(_media(MediaKind.JPEG, 0.5))
        outbox.tell(Pong(sent=1.0, at=0.0))
        return await _all(outbox)

    packets = run_apart(run())
    assert [packet.kind for packet in packets] == [PacketKind.TEXT, PacketKind.BINARY, PacketKind.TEXT]
    assert unpacked(packets[1].content) == _media(MediaKind.JPEG, 0.5)


def test_a_client_that_reads_nothing_gets_the_newest_pictures_and_all_its_messages() -> None:
    async def run() -> tuple[list[Packet], int]:
        outbox = Outbox(asyncio.get_running_loop())
        for index in range(500):
            outbox.send(_media(MediaKind.JPEG, index / 25))
            outbox.send(_media(MediaKind.SOUND, index / 25))
        outbox.tell(STATS)
        return await _all(outbox), outbox.dropped

    packets, dropped = run_apart(run())
    pictures = [m for p in packets if p.kind is PacketKind.BINARY and (m := unpacked(p.content)).kind is MediaKind.JPEG]
    assert pictures[-1].at == 499 / 25
    assert pictures[-1].at - pictures[0].at <= MOST_MEDIA_SECONDS
    assert dropped == 500 - len(pictures)
    assert packets[-1].kind is PacketKind.TEXT


def test_pieces_of_a_film_that_do_not_fit_are_dropped_up_to_the_next_key() -> None:
    keys = 0

    async def run() -> list[Packet]:
        def want() -> None:
            nonlocal keys
            keys += 1

        outbox = Outbox(asyncio.get_running_loop(), want)
        for index in range(40):
            outbox.send(_media(MediaKind.FRAGMENT, index / 25, key=index == 0))
        outbox.send(_media(MediaKind.FRAGMENT, 40 / 25, key=True))
        outbox.send(_media(MediaKind.FRAGMENT, 41 / 25, key=False))
        return await _all(outbox)

    fragments = [unpacked(packet.content) for packet in run_apart(run())]
    assert keys == 1
    assert fragments[0].key
    assert [fragment.at for fragment in fragments] == [40 / 25, 41 / 25]


def test_the_beginning_of_a_film_is_never_dropped() -> None:
    async def run() -> list[Packet]:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.send(_media(MediaKind.INITIALISATION, 0.0))
        for index in range(100):
            outbox.send(_media(MediaKind.FRAGMENT, index / 25, key=index % 50 == 0))
        return await _all(outbox)

    assert unpacked(run_apart(run())[0].content).kind is MediaKind.INITIALISATION


def test_a_client_that_reads_nothing_gets_the_newest_blendshapes() -> None:
    async def run() -> list[Packet]:
        outbox = Outbox(asyncio.get_running_loop())
        for index in range(100):
            outbox.tell(Blendshapes(frame=index, at=index / 25, values=(0.0,) * 52, pose=(0.0,) * 6))
        outbox.tell(STATS)
        return await _all(outbox)

    told = [json.loads(packet.content) for packet in run_apart(run())]
    assert told[-1]["type"] == "stats"
    frames = [face["frame"] for face in told[:-1]]
    assert frames == list(range(frames[0], 100))
    assert 0.5 < (frames[-1] - frames[0]) / 25 <= MOST_MEDIA_SECONDS


def test_a_client_that_leaves_all_messages_unread_is_given_up_and_told_why() -> None:
    async def run() -> list[Packet]:
        outbox = Outbox(asyncio.get_running_loop())
        for _ in range(MOST_MESSAGES):
            outbox.tell(Pong(sent=1.0, at=0.0))
        await asyncio.sleep(0)
        assert not outbox.given_up.is_set()
        for _ in range(3):
            outbox.tell(Pong(sent=1.0, at=0.0))
        await asyncio.wait_for(outbox.given_up.wait(), 5.0)
        return await _all(outbox)

    problem, ended = (json.loads(packet.content) for packet in run_apart(run()))
    assert (problem["code"], problem["fatal"]) == ("too_slow", True)
    assert ended == {"type": "ended", "reason": "error"}


def test_what_a_slow_client_still_gets_are_the_messages() -> None:
    async def run() -> list[Packet]:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.send(_media(MediaKind.SOUND, 0.0))
        outbox.tell(STATS)
        outbox.send(_media(MediaKind.JPEG, 0.0))
        return outbox.rest()

    assert [packet.kind for packet in run_apart(run())] == [PacketKind.TEXT]
