"""How long a client waits: from its sound to the frame that shows it, and from a text to the first moving frame."""

import asyncio
import io
from typing import Any, Final

import av
import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from live.contract import SOUND_RATE_HZ
from live.media import Media, MediaKind
from scripts.living.client import CHUNK_SECONDS, RATE, Client, Sound, session

BURST_HZ: Final = 700.0
BURST_SECONDS, PAUSE_SECONDS = 0.24, 0.48
LOUD: Final = 0.05
FRAME_SECONDS: Final = 0.04
JAW: Final = BLENDSHAPE_INDEX["jawOpen"]
MOVED: Final = 0.03
"""Of `jawOpen`: what a viewer sees as a mouth that opens."""

TEXT: Final = "Papa has a large apple."


def bursts(count: int) -> tuple[Sound, list[int]]:
    """A tone that comes and goes, with all that a vowel has, and the sample at which each burst begins."""
    on, off = round(BURST_SECONDS * RATE), round(PAUSE_SECONDS * RATE)
    times = np.arange(on) / RATE
    voice = sum(np.sin(2 * np.pi * BURST_HZ / 5 * k * times) / (1 + abs(k - 5)) for k in range(1, 12))
    burst = np.rint(9_000 * voice / np.abs(voice).max()).astype(np.int16)
    one = np.concatenate([np.zeros(off, np.int16), burst])
    return np.tile(one, count), [off + number * len(one) for number in range(count)]


async def sound_to_frame(port: int, *, video: str, count: int) -> list[float]:
    """Seconds from sending the piece of sound that begins a burst to getting the frame of its moment, each burst.

    Where that frame was left out the next one counts.
    """
    sound, begins = bursts(count)
    async with session(port, audio_stream=True, video=video, sound_codec="aac") as client:
        await asyncio.sleep(1.0)
        sent = await client.stream(sound)
        await asyncio.sleep(0.8)
    heard, frames = _heard_and_frames(client, video)
    begun = _onsets(heard)[: len(begins)]
    if len(begun) < len(begins):
        raise SystemExit(f"{len(begins)} bursts were sent and {len(begun)} came back.")
    size = round(CHUNK_SECONDS * RATE)
    delays = []
    for begin, at in zip(begins, begun, strict=True):
        came = min(now for now, shown in frames if at < shown + FRAME_SECONDS)
        delays.append(came - sent[begin // size])
    return delays


def _heard_and_frames(client: Client, video: str) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """The sound from time 0 of the media clock, and when each frame came, with its time on that clock."""
    if video == "jpeg":
        return _spread(client.of(MediaKind.SOUND)), [(now, media.at) for now, media in client.of(MediaKind.JPEG)]
    film = b"".join(media.data for _, media in client.came)
    with av.open(io.BytesIO(film), "r") as container:
        frames = list(container.decode(audio=0))
    first = round(float(frames[0].time or 0.0) * SOUND_RATE_HZ)
    sound = np.concatenate([np.zeros(max(0, first)), *(frame.to_ndarray().mean(axis=0) for frame in frames)])
    return sound, [(now, media.at) for now, media in client.of(MediaKind.FRAGMENT)]


def _spread(pieces: list[tuple[float, Media]]) -> np.ndarray:
    last = pieces[-1][1]
    sound = np.zeros(round(last.at * SOUND_RATE_HZ) + len(last.data) // 2)
    for _, piece in pieces:
        samples = np.frombuffer(piece.data, "<i2") / 32_768
        begin = round(piece.at * SOUND_RATE_HZ)
        sound[begin : begin + len(samples)] = samples
    return sound


def _onsets(sound: np.ndarray) -> list[float]:
    """Seconds at which it becomes loud after a pause."""
    loud = np.flatnonzero(np.abs(sound) > LOUD)
    gaps = np.flatnonzero(np.diff(loud, prepend=-SOUND_RATE_HZ) > PAUSE_SECONDS / 2 * SOUND_RATE_HZ)
    return [float(loud[index]) / SOUND_RATE_HZ for index in gaps]


async def text_to_motion(port: int, *, count: int) -> list[float]:
    """Seconds from a text to the first picture in which the mouth moves, each time."""
    delays = []
    async with session(port, video="jpeg", blendshapes=True, language="en") as client:
        await asyncio.sleep(1.5)
        for number in range(count):
            before = [message for _, message in client.told("blendshapes")][-10:]
            rest = float(np.median([message["values"][JAW] for message in before]))
            at = asyncio.get_running_loop().time()
            await client.send(type="say", text=TEXT, id=f"t{number}")
            await client.until("speaking", on=False, utterance=f"t{number}")
            moved = next(
                message["at"]
                for now, message in client.told("blendshapes")
                if now > at and abs(message["values"][JAW] - rest) > MOVED
            )
            came = next(now for now, media in client.of(MediaKind.JPEG) if media.at >= moved - 1e-6)
            delays.append(came - at)
            await asyncio.sleep(0.7)
    return delays


def figures(seconds: list[float]) -> dict[str, Any]:
    """Milliseconds."""
    median, high = np.percentile(seconds, [50, 95])
    return {"count": len(seconds), "median_ms": round(1000 * median), "p95_ms": round(1000 * high)}
