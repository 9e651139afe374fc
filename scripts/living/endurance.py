"""A long session: whether sound and picture stay together, and whether memory stays."""

import asyncio
import io
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from websockets.exceptions import ConnectionClosed

from live.contract import SOUND_RATE_HZ
from live.media import Media, MediaKind
from scripts.living.client import RATE, Client, Sound, session
from scripts.living.rtp import RtpWatcher, rtp_watcher
from scripts.living.server import Server

PULSE_SECONDS: Final = 1.0
WARM_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 5.0
NEWEST: Final = 3_000


@dataclass(frozen=True)
class Endurance:
    """`drift_ms`: by how much the film's sound has moved against its pictures between its begin and its end.

    `rtp_drift_ms`: the same for the packets of a player over WebRTC. `behind_ms`: for the film's own clock against this
    machine's. `growth` of the service's memory, a share. `late`: frames that were not drawn, of `frames`.
    """

    minutes: float
    drift_ms: float
    rtp_drift_ms: float
    behind_ms: float
    growth: float
    late: int
    frames: int


async def endure(server: Server, minutes: float) -> Endurance:
    """Short pulses are streamed all the time; when each is heard is held against the frames shown then.

    Ends the program where the session does not last so long.
    """
    async with session(server.port, audio_stream=True, video="fmp4", sound_codec="opus", keep=True) as client:
        started = client.told("started")[0][1]
        async with rtp_watcher(server, started["session"]) as watcher:
            streaming = asyncio.create_task(client.stream(_pulses(60.0 * minutes)))
            await asyncio.sleep(WARM_SECONDS)
            begin, memory = await _look(client.came, watcher), server.resident_bytes()
            while not streaming.done():
                await asyncio.sleep(LOOK_SECONDS)
                _forget(client)
            await whole(streaming, client)
            await asyncio.sleep(1.0)
            end, after = await _look(client.came, watcher), server.resident_bytes()
    stats = [message for _, message in client.told("stats")]
    return Endurance(
        minutes,
        1000.0 * (end.sound_lead - begin.sound_lead),
        1000.0 * (end.sound_lag - begin.sound_lag),
        1000.0 * (end.clock - begin.clock),
        after / memory - 1.0,
        stats[-1]["late"] - stats[0]["late"],
        stats[-1]["frames"] - stats[0]["frames"],
    )


def _forget(client: Client) -> None:
    head = [entry for entry in client.came if entry[1].kind is MediaKind.INITIALISATION]
    client.came[:] = head + [entry for entry in client.came[-NEWEST:] if entry[1].kind is not MediaKind.INITIALISATION]


async def whole(streaming: "asyncio.Task[list[float]]", client: Client) -> None:
    """Waits for the end of a stream. Ends the program where its session ended before."""
    try:
        await streaming
    except ConnectionClosed:
        told = [message for _, message in client.messages if message["type"] in ("error", "notice", "ended")]
        raise SystemExit(f"The session ended too early: {told[-3:]}") from None


@dataclass(frozen=True)
class _Look:
    sound_lead: float
    sound_lag: float
    clock: float


async def _look(came: list[tuple[float, Media]], watcher: RtpWatcher) -> _Look:
    """Where sound and pictures are in the newest stretch of a film."""
    first = next(media for _, media in came if media.kind is MediaKind.INITIALISATION)
    fragments = [(now, media) for now, media in came if media.kind is MediaKind.FRAGMENT]
    start = max(index for index, (_, media) in enumerate(fragments) if media.key and index <= len(fragments) - 60)
    film = first.data + b"".join(media.data for _, media in fragments[start:])
    pictures, sound = await asyncio.to_thread(_ends, film)
    now, media = fragments[-1]
    return _Look(sound - pictures, watcher.sound_lag(), media.at - now)


def _ends(film: bytes) -> tuple[float, float]:
    """When the last picture and the last sound of the film end, each by its own track."""
    with av.open(io.BytesIO(film), "r") as container:
        pictures = [frame.time for frame in container.decode(video=0) if frame.time is not None]
    with av.open(io.BytesIO(film), "r") as container:
        sounds = [(frame.time, frame.samples) for frame in container.decode(audio=0) if frame.time is not None]
    return pictures[-1] + pictures[-1] - pictures[-2], sounds[-1][0] + sounds[-1][1] / SOUND_RATE_HZ


def _pulses(seconds: float) -> Sound:
    times = np.arange(round(seconds * RATE)) / RATE
    gate = (times % PULSE_SECONDS) < PULSE_SECONDS / 4
    return np.asarray(np.rint(8_000 * np.sin(2 * np.pi * 440 * times) * gate), np.int16)
