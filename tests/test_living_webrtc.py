"""How the live benchmark reads what a browser saw and what packets came."""

import asyncio
import base64
from typing import Any, cast

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedOK

from live.contract import SOUND_RATE_HZ
from live.webrtc.tracks import VIDEO_RATE_HZ
from scripts.living.client import Client
from scripts.living.endurance import whole
from scripts.living.rtp import WRAP, RtpWatcher
from scripts.living.webrtc import GAP_SECONDS, delays, frames_lost, syllable
from tests.live.loops import run

SIDE = 16
OFFSET_MS = 4_000.0
"""Of the page's clock against that of its sound."""

RECEIVED_MS = 30.0
"""Before a frame is shown."""


def seen(delay_ms: list[float], *, opening: float = 60.0, sway: float = 0.0) -> dict[str, Any]:
    """What a page tells whose mouth opens so long after each syllable, while the whole picture sways in brightness."""
    begins = [1.0 + index * GAP_SECONDS for index in range(len(delay_ms))]
    shown = np.arange(0.0, 1000.0 * (begins[-1] + GAP_SECONDS + 0.5), 40.0) + OFFSET_MS
    pictures = np.full((len(shown), SIDE, SIDE), 120.0)
    pictures += (sway * np.sin(shown / 500.0))[:, None, None]
    for begin, delay in zip(begins, delay_ms, strict=True):
        after = shown - (1000.0 * begin + OFFSET_MS)
        pictures[(after >= delay) & (after < 600.0), 6:10, 4:12] -= opening
    grey = pictures.clip(0, 255).astype(np.uint8).tobytes()
    clock = [
        [at, at + OFFSET_MS + late] for at, late in zip(range(0, 60_000, 10), [0.0, 3.0, 9.0] * 2_000, strict=True)
    ]
    frames = [[at, at - RECEIVED_MS] for at in shown.tolist()]
    return {"begins": begins, "clock": clock, "frames": frames, "grey": base64.b64encode(grey).decode(), "side": SIDE}


@pytest.mark.parametrize("sway", [0.0, 4.0])
def test_the_first_frame_with_an_open_mouth_is_found(sway: float) -> None:
    wanted = [150.0, 260.0, 210.0, 240.0]
    found = delays(seen(wanted, sway=sway))
    assert found.unseen == 0
    for shown, received, least in zip(found.shown, found.until_received, wanted, strict=True):
        assert least <= 1000.0 * shown < least + 40.0
        assert 1000.0 * (shown - received) == pytest.approx(RECEIVED_MS)
    assert found.alarms == 0.0


def test_a_syllable_after_which_nothing_moves_is_told() -> None:
    found = delays(seen([150.0, 9_000.0, 210.0]))
    assert (found.unseen, len(found.shown)) == (1, 2)


def test_frames_that_did_not_come_show_in_the_timestamps() -> None:
    step = VIDEO_RATE_HZ // 25
    stamps = [(WRAP - 2 * step + index * step) % WRAP for index in (0, 1, 2, 5, 6, 8)]
    assert frames_lost(stamps) == 3


def test_the_syllable_begins_at_once_and_is_no_louder_than_half() -> None:
    sound = syllable()
    assert 0.2 < len(sound) / SOUND_RATE_HZ < 0.5
    assert np.abs(sound[:240]).max() > 0.02
    assert np.abs(sound).max() == pytest.approx(0.5)


def test_a_session_that_ends_too_early_is_no_long_one() -> None:
    async def scenario() -> None:
        class Closed:
            async def send(self, _: bytes) -> None:
                raise ConnectionClosedOK(None, None)

        client = Client(cast(ClientConnection, Closed()))
        client.messages.append((0.0, {"type": "ended", "reason": "idle"}))
        streaming = asyncio.create_task(client.stream(np.zeros(640, np.int16)))
        with pytest.raises(SystemExit, match="idle"):
            await whole(streaming, client)

    run(scenario)


def test_sound_that_falls_behind_its_pictures_shows_in_their_packets() -> None:
    def packets(watcher: RtpWatcher, begin: float, behind: float) -> float:
        for moment in np.arange(begin, begin + 25.0, 0.02):
            stamp = int(moment * SOUND_RATE_HZ) + WRAP - 100_000
            watcher.came("audio", stamp % WRAP, moment + behind)
        for moment in np.arange(begin, begin + 25.0, 0.04):
            watcher.came("video", int(moment * VIDEO_RATE_HZ) % WRAP, moment + 0.01)
        return watcher.sound_lag()

    async def scenario() -> None:
        watcher = RtpWatcher()
        first = packets(watcher, 0.0, 0.0)
        assert packets(watcher, 25.0, 0.03) - first == pytest.approx(0.03, abs=1e-3)
        await watcher.close()

    run(scenario)
