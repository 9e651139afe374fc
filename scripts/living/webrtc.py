"""Sessions over WebRTC in Chromium: how soon the mouth moves after a sound in its microphone, and which frames come."""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page, async_playwright

from audio_processor.speaking.espeak import EspeakSpeaker
from avatar.types import Floats
from live.contract import SOUND_RATE_HZ
from live.resampling import Resampler
from live.webrtc.tracks import VIDEO_RATE_HZ
from scripts.living.rtp import WRAP
from scripts.living.server import Server

FLAGS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
SCRIPT: Final = Path(__file__).with_name("webrtc_page.js")
CALL_SECONDS: Final = 600.0

SYLLABLE: Final = "ah"
LOUD, LEVEL = 0.05, 0.5
GAP_SECONDS: Final = 1.213
"""From begin to begin: no multiple of a frame or a packet, so that syllables begin anywhere between two of them."""

SETTLE_SECONDS: Final = 5.0

MOUTH: Final = (0.39, 0.51, 0.22, 0.13)
"""Where it is in Nova's picture: x, y, width, height as shares."""

REST_MS, OPEN_MS = (-200.0, 0.0), (300.0, 440.0)
"""From a syllable's begin: when the mouth is at rest, and when it is surely open."""

OF_MOUTH: Final = 0.3
"""Of the greatest change between both: pixels that change less are not looked at."""

LEAST_MOVED, NOISE_FACTOR = 0.2, 6.0
"""A mouth has moved by this share of its opening, and so many times its usual motion at rest."""

FPS: Final = 25
CHARACTERS: Final = ("nova", "grace-hopper", "astronaut")
START: Final = {"type": "start_stream", "audio_stream": True, "size": 512, "fps": FPS}
STILL: Final = {"head_motion": 0.0}
"""The mouth is then where it is at rest, and what changes in it is its opening."""


@dataclass(frozen=True)
class Delays:
    """Seconds of each syllable from its begin in the page's microphone to the frame that first shows it.

    `until_received`: of that, to the coming of the last packet of that frame. `alarms`: the share of the frames at
    rest in which a mouth would have counted as moved. `unseen`: syllables after which no mouth moved.
    """

    shown: list[float]
    until_received: list[float]
    alarms: float
    unseen: int


@dataclass(frozen=True)
class WebrtcCrowd:
    """What `sessions` sessions got in `seconds`. `lost`: frames that did not come, by the timestamps of those that did.

    `late`, `dropped`: what the service says of that, frames that were not drawn or not sent. `cores`: that it was busy
    with.
    """

    sessions: int
    seconds: float
    frames: int
    lost: int
    late: int
    dropped: int
    cores: float


@asynccontextmanager
async def browser_page(server: Server) -> AsyncIterator[Page]:
    """An empty page of the service's own origin."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise SystemExit("There is no Chromium on this machine.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            context = await browser.new_context(bypass_csp=True)
            page = await context.new_page()
            await page.goto(f"{server.url}/health")
            yield page
        finally:
            await browser.close()


async def webrtc_delays(server: Server, count: int) -> Delays:
    """`count` syllables into the microphone, each held against the first frame in which the mouth moves."""
    start = {**START, "image": "nova", "pace": "live", "controls": STILL}
    async with browser_page(server) as page:
        found = await _called(page, "syllables", {**_said(), "count": count, "start": start, "part": MOUTH})
    return delays(found)


async def webrtc_crowd(server: Server, sessions: int, seconds: float) -> WebrtcCrowd:
    """Each session speaks what its page's microphone hears."""
    starts = [{**START, "image": CHARACTERS[n % len(CHARACTERS)]} for n in range(sessions)]
    cpu: list[float] = []

    async def note(_: str) -> None:
        cpu.append(await asyncio.to_thread(server.cpu_seconds))

    async with browser_page(server) as page:
        await page.expose_function("measuring", note)
        found = await _called(page, "crowd", {**_said(), "starts": starts, "seconds": seconds})
    stats = [one["stats"] for one in found]
    return WebrtcCrowd(
        sessions,
        seconds,
        frames=sum(len(one["times"]) for one in found),
        lost=sum(frames_lost(one["times"]) for one in found),
        late=sum(_grown(one, "late") for one in stats),
        dropped=sum(_grown(one, "dropped") for one in stats),
        cores=(cpu[1] - cpu[0]) / seconds,
    )


def syllable() -> Floats:
    """A spoken vowel that begins at once, (n,) in [-1, 1] at 48 kHz."""
    pieces = list(EspeakSpeaker().speak(SYLLABLE, language="en"))
    sound = np.concatenate([piece.samples for piece in pieces])
    loud = np.flatnonzero(np.abs(sound) > LOUD)
    voice = Resampler(pieces[0].rate, SOUND_RATE_HZ)
    spoken = np.concatenate([voice.push(sound[loud[0] : loud[-1]]), voice.flush()])
    return np.asarray(np.round(LEVEL * spoken / np.abs(spoken).max(), 5), np.float32)


def page_function(name: str) -> str:
    """That function of the page's script, as a browser evaluates it; it takes one object."""
    return f"async (asked) => {{ {SCRIPT.read_text(encoding='utf-8')}\nreturn {name}(asked); }}"


def _said() -> dict[str, Any]:
    return {"values": syllable().tolist(), "gap": GAP_SECONDS, "settle": SETTLE_SECONDS}


async def _called(page: Page, name: str, asked: dict[str, Any]) -> Any:
    return await asyncio.wait_for(page.evaluate(page_function(name), asked), CALL_SECONDS)


def delays(found: dict[str, Any]) -> Delays:
    """From what the page's `syllables` tells."""
    frames = np.asarray(found["frames"], np.float64)
    side = int(found["side"])
    grey = np.frombuffer(base64.b64decode(found["grey"]), np.uint8).reshape(-1, side * side).astype(np.float64)
    shown, received = frames[:, 0], frames[:, 1]
    begins = [_moment(1000.0 * begin, np.asarray(found["clock"], np.float64)) for begin in found["begins"]]
    opening, is_rest = openness(grey, shown, begins)
    noise = float(np.median(np.abs(opening[is_rest])))
    threshold = max(LEAST_MOVED, NOISE_FACTOR * noise)
    seen = [_first(opening, shown, begin, threshold) for begin in begins]
    kept = [(index, begin) for index, begin in zip(seen, begins, strict=True) if index is not None]
    return Delays(
        shown=[float(shown[index] - begin) / 1000.0 for index, begin in kept],
        until_received=[float(received[index] - begin) / 1000.0 for index, begin in kept],
        alarms=float(np.mean(opening[is_rest] > threshold)),
        unseen=len(begins) - len(kept),
    )


def _moment(at_ms: float, clock: NDArray[np.float64]) -> float:
    """When sound of that time of the audio clock was made, at the earliest, on the page's clock."""
    near = clock[np.abs(clock[:, 0] - at_ms) < 1_000.0]
    return at_ms + float(np.min(near[:, 1] - near[:, 0]))


def openness(
    grey: NDArray[np.float64], shown: NDArray[np.float64], begins: list[float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far the mouth is open in each frame (n,), 0 as just before a syllable, 1 as usual in one; and which rest.

    `grey` (n, pixels); the pixels of a mouth are those that change most between rest and sound.
    """
    after = np.stack([shown - begin for begin in begins])
    is_rest = np.asarray(((after >= REST_MS[0]) & (after < REST_MS[1])).any(axis=0), np.bool_)
    is_open = ((after >= OPEN_MS[0]) & (after < OPEN_MS[1])).any(axis=0)
    change = grey[is_open].mean(axis=0) - grey[is_rest].mean(axis=0)
    change[np.abs(change) < OF_MOUTH * np.abs(change).max()] = 0.0
    score = np.asarray(grey @ change / (change @ change), np.float64)
    for begin in begins:
        own = shown - begin
        resting = (own >= REST_MS[0]) & (own < REST_MS[1])
        span = (own >= REST_MS[0]) & (own < 1000.0 * GAP_SECONDS + REST_MS[0])
        score[span] -= np.median(score[resting]) if resting.any() else 0.0
    return score, is_rest


def _first(opening: NDArray[np.float64], shown: NDArray[np.float64], begin: float, threshold: float) -> int | None:
    """The first frame after `begin` in which the mouth is open, and stays so in the next."""
    inside = np.flatnonzero((shown >= begin) & (shown < begin + 1000.0 * GAP_SECONDS + REST_MS[0]))
    found = (int(a) for a, b in pairwise(inside) if opening[a] > threshold and opening[b] > threshold)
    return next(found, None)


def frames_lost(times: list[int]) -> int:
    """Frames that are not there between the first and the last, by the RTP timestamps of those that are."""
    step = VIDEO_RATE_HZ // FPS
    return sum(round((after - before) % WRAP / step) - 1 for before, after in pairwise(times))


def _grown(stats: list[dict[str, Any]], name: str) -> int:
    return int(stats[-1][name] - stats[0][name])
