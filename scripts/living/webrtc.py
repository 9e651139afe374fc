"""Sessions over WebRTC in Chromium: from a sound into its microphone to the mouth that moves, and frames that are lost."""

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

from live.contract import SOUND_RATE_HZ
from live.webrtc.tracks import VIDEO_RATE_HZ
from scripts.living.server import Server

FLAGS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
SCRIPT: Final = Path(__file__).with_name("webrtc_page.js")
CALL_SECONDS: Final = 600.0

BURST_HZ: Final = 700.0
BURST_SECONDS: Final = 0.24
GAP_SECONDS: Final = 0.913
"""From begin to begin: no multiple of a frame or a packet, so that bursts begin anywhere between two of them."""

MOUTH: Final = (0.3, 0.5, 0.4, 0.4)
"""Where it is in Nova's picture: x, y, width, height as shares."""

REST_MS, OPEN_MS = (-250.0, 0.0), (260.0, 420.0)
"""From a burst's begin: when the mouth is at rest, and when it is surely open."""

OF_MOUTH: Final = 0.3
"""Of the greatest change between both: pixels that change less are not looked at."""

LEAST_MOVED, NOISE_FACTOR = 0.1, 5.0
"""A mouth has moved by this share of its opening, and so many standard deviations of its motion at rest."""

FPS: Final = 25
CHARACTERS: Final = ("nova", "grace-hopper", "astronaut")


@dataclass(frozen=True)
class Delays:
    """Milliseconds of each burst from its begin in the page's microphone to the frame that first shows it.

    `until_received`: of that, to the coming of the last packet of that frame. `alarms`: the share of the frames at
    rest in which a mouth would have counted as moved.
    """

    shown: list[float]
    until_received: list[float]
    alarms: float
    lost: int


@dataclass(frozen=True)
class WebrtcCrowd:
    """What `sessions` sessions got in `seconds`. `missing`: frames the service counted and the page did not get whole.

    `late`, `dropped`: frames that were not drawn, or not sent. `cores`: that the service was busy with.
    """

    sessions: int
    seconds: float
    frames: int
    missing: int
    late: int
    dropped: int
    cores: float

    @property
    def lost(self) -> int:
        return self.missing + self.late + self.dropped


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
    """`count` bursts into the microphone, each held against the first frame in which the mouth moves."""
    start = {"type": "start_stream", "image": "nova", "audio_stream": True, "pace": "live", "size": 512, "fps": FPS}
    asked = {"values": burst().tolist(), "count": count, "gap": GAP_SECONDS, "start": start, "part": MOUTH}
    async with browser_page(server) as page:
        found = await _called(page, "bursts", asked)
    return delays(found)


async def webrtc_crowd(server: Server, sessions: int, seconds: float) -> WebrtcCrowd:
    """Each session speaks what its page's microphone hears."""
    starts = [
        {"type": "start_stream", "image": CHARACTERS[n % len(CHARACTERS)], "audio_stream": True, "size": 512, "fps": FPS}
        for n in range(sessions)
    ]
    cpu: list[float] = []

    async def note(_: str) -> None:
        cpu.append(await asyncio.to_thread(server.cpu_seconds))

    async with browser_page(server) as page:
        await page.expose_function("measuring", note)
        asked = {"values": burst().tolist(), "starts": starts, "seconds": seconds, "gap": GAP_SECONDS}
        found = await _called(page, "crowd", asked)
    stats = [one["stats"] for one in found]
    return WebrtcCrowd(
        sessions,
        seconds,
        frames=sum(len(one["times"]) for one in found),
        missing=sum(_missing(one["times"]) for one in found),
        late=sum(_grown(one, "late") for one in stats),
        dropped=sum(_grown(one, "dropped") for one in stats),
        cores=(cpu[1] - cpu[0]) / seconds,
    )


def burst() -> NDArray[np.float64]:
    """All that a vowel has, (n,) in [-1, 1] at 48 kHz."""
    times = np.arange(round(BURST_SECONDS * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    voice = sum(np.sin(2 * np.pi * BURST_HZ / 5 * k * times) / (1 + abs(k - 5)) for k in range(1, 12))
    return np.asarray(np.round(0.28 * voice / np.abs(voice).max(), 5), np.float64)


async def _called(page: Page, name: str, asked: dict[str, Any]) -> Any:
    script = f"async (asked) => {{ {SCRIPT.read_text(encoding='utf-8')}\nreturn {name}(asked); }}"
    return await asyncio.wait_for(page.evaluate(script, asked), CALL_SECONDS)


def delays(found: dict[str, Any]) -> Delays:
    """From what the page's `bursts` tells."""
    frames = np.asarray(found["frames"], np.float64)
    side = int(found["side"])
    grey = np.frombuffer(base64.b64decode(found["grey"]), np.uint8).reshape(-1, side * side).astype(np.float64)
    shown, received = frames[:, 2], frames[:, 3]
    begins = [_moment(1000.0 * begin, np.asarray(found["clock"], np.float64)) for begin in found["begins"]]
    opening, is_rest = openness(grey, shown, begins)
    noise = float(np.std(opening[is_rest]))
    threshold = max(LEAST_MOVED, NOISE_FACTOR * noise)
    seen = [_first(opening, shown, begin, threshold) for begin in begins]
    kept = [(index, begin) for index, begin in zip(seen, begins, strict=True) if index is not None]
    return Delays(
        shown=[float(shown[index] - begin) for index, begin in kept],
        until_received=[float(received[index] - begin) for index, begin in kept],
        alarms=float(np.mean(opening[is_rest] > threshold)),
        lost=len(begins) - len(kept),
    )


def _moment(at_ms: float, clock: NDArray[np.float64]) -> float:
    """When sound of that time of the audio clock was made, at the earliest, on the page's clock."""
    near = clock[np.abs(clock[:, 0] - at_ms) < 1_000.0]
    return at_ms + float(np.min(near[:, 1] - near[:, 0]))


def openness(
    grey: NDArray[np.float64], shown: NDArray[np.float64], begins: list[float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far the mouth is open in each frame (n,), 0 as just before the last burst, 1 as usual in one; which rest.

    `grey` (n, pixels); the pixels of a mouth are those that change most between rest and sound.
    """
    after = np.stack([shown - begin for begin in begins])
    is_rest = ((after >= REST_MS[0]) & (after < REST_MS[1])).any(axis=0)
    is_open = ((after >= OPEN_MS[0]) & (after < OPEN_MS[1])).any(axis=0)
    change = grey[is_open].mean(axis=0) - grey[is_rest].mean(axis=0)
    change[np.abs(change) < OF_MOUTH * np.abs(change).max()] = 0.0
    score = grey @ change / (change @ change)
    for begin in begins:
        own = shown - begin
        resting = (own >= REST_MS[0]) & (own < REST_MS[1])
        span = (own >= REST_MS[0]) & (own < 1000.0 * GAP_SECONDS + REST_MS[0])
        score[span] -= np.median(score[resting]) if resting.any() else 0.0
    return score, is_rest


def _first(
    opening: NDArray[np.float64], shown: NDArray[np.float64], begin: float, threshold: float
) -> int | None:
    """The first frame after `begin` in which the mouth is open, and stays so in the next."""
    inside = np.flatnonzero((shown >= begin) & (shown < begin + 1000.0 * GAP_SECONDS + REST_MS[0]))
    found = (int(a) for a, b in pairwise(inside) if opening[a] > threshold and opening[b] > threshold)
    return next(found, None)


def _missing(times: list[tuple[float, int]]) -> int:
    """Frames that are not there between the first and the last, by their timestamps."""
    ticks = sorted({round(stamp) for _, stamp in times})
    step = VIDEO_RATE_HZ // FPS
    return sum(round((after - before) / step) - 1 for before, after in pairwise(ticks))


def _grown(stats: list[dict[str, Any]], name: str) -> int:
    return int(stats[-1][name] - stats[0][name])
