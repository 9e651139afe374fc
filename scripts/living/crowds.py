"""Many sessions at once: whether each gets all its frames, and only its own sound and picture."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from live.contract import SOUND_RATE_HZ
from live.media import MediaKind
from scripts.living.client import RATE, Client, Sound, session
from scripts.living.server import Server

SETTLE_SECONDS: Final = 2.0
LOWEST_HZ, STEP_HZ = 400.0, 130.0
CHARACTERS: Final = ("nova", "grace-hopper", "astronaut")


@dataclass(frozen=True)
class Crowd:
    """What `sessions` sessions got in `seconds`. `lost`: frames that were not drawn or not sent.

    `foreign`: the loudest tone of another session in anybody's sound, in decibels under their own. `cores`: that the
    service was busy with, its clients not counted.
    """

    sessions: int
    seconds: float
    lost: int
    frames: int
    foreign_db: float
    alike: bool
    cores: float

    @property
    def is_whole(self) -> bool:
        return not self.lost


async def crowd(server: Server, sessions: int, seconds: float, video: str) -> Crowd:
    """Everybody streams a tone of their own in time, and the avatar plays it."""
    tones = [LOWEST_HZ + STEP_HZ * number for number in range(sessions)]
    ready = asyncio.Barrier(sessions) if hasattr(asyncio, "Barrier") else None
    cpu: list[float] = []

    async def one(number: int) -> Client:
        image = CHARACTERS[number % len(CHARACTERS)]
        async with session(server.port, image=image, audio_stream=True, video=video, sound_codec="opus") as client:
            if ready is not None:
                await ready.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            client.came.clear()
            client.messages.clear()
            if number == 0:
                cpu.append(await asyncio.to_thread(server.cpu_seconds))
            await client.stream(_tone(tones[number], seconds))
            if number == 0:
                cpu.append(await asyncio.to_thread(server.cpu_seconds))
            await asyncio.sleep(1.2)
        return client

    clients = await asyncio.gather(*(one(number) for number in range(sessions)))
    stats = [[message for _, message in client.told("stats")] for client in clients]
    lost = sum(_grown(one, "late") + _grown(one, "dropped") for one in stats)
    frames = sum(_grown(one, "frames") for one in stats)
    foreign = (
        max(_foreign_db(client, number, tones) for number, client in enumerate(clients)) if video == "jpeg" else 0.0
    )
    alike = video == "jpeg" and _alike(clients)
    return Crowd(sessions, seconds, lost, frames, foreign, alike, (cpu[1] - cpu[0]) / seconds)


def _tone(hz: float, seconds: float) -> Sound:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.rint(9_000 * np.sin(2 * np.pi * hz * times) * (0.6 + 0.4 * np.sin(6 * np.pi * times))).astype(np.int16)


def _grown(stats: list[dict[str, Any]], name: str) -> int:
    return int(stats[-1][name] - stats[0][name])


def _foreign_db(client: Client, number: int, tones: list[float]) -> float:
    """How loud the loudest tone of the others is in this one's sound, against its own."""
    data = b"".join(media.data for _, media in client.of(MediaKind.SOUND))
    sound = np.frombuffer(data, "<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    bins = np.arange(len(spectrum)) * SOUND_RATE_HZ / len(sound)
    levels = [spectrum[np.abs(bins - hz) < STEP_HZ / 4].max() for hz in tones]
    others = [level for index, level in enumerate(levels) if index != number]
    return float(20 * np.log10(max(others) / levels[number])) if others else -np.inf


def _alike(clients: list[Client]) -> bool:
    """Whether two sessions with different characters were ever sent the same kind of picture."""
    means = []
    for client in clients[: len(CHARACTERS)]:
        pictures = [
            cv2.imdecode(np.frombuffer(m.data, np.uint8), cv2.IMREAD_COLOR) for _, m in client.of(MediaKind.JPEG)
        ]
        means.append([cv2.resize(picture, (8, 8)).astype(np.float32) for picture in pictures if picture is not None])
    between = min(
        (float(np.abs(a - b[0]).mean()) for i, one in enumerate(means) for a in one for b in means[i + 1 :]),
        default=99.0,
    )
    within = max((float(np.abs(a - one[0]).mean()) for one in means for a in one), default=0.0)
    return between <= within
