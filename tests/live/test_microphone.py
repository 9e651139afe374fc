"""A client's microphone, where something fails."""

import asyncio

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from avatar.types import Floats
from live.webrtc.microphone import Microphone
from tests.live.loops import run


class CountedTrack(MediaStreamTrack):
    """Pieces of 20 ms, by their number, each when the one before was `heard`."""

    kind = "audio"

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self._pieces = iter(range(pieces))
        self.heard = asyncio.Semaphore(1)

    async def recv(self) -> AudioFrame:
        await self.heard.acquire()
        if (number := next(self._pieces, None)) is None:
            raise MediaStreamError
        samples = np.full((1, 960), 100 * number, np.int16)
        frame = AudioFrame.from_ndarray(samples, "s16", "mono")
        frame.sample_rate = 48_000
        return frame


def test_sound_that_fails_is_told_once_in_a_row_and_what_follows_is_heard() -> None:
    failures: list[Exception] = []
    heard: list[int] = []

    async def scenario() -> None:
        track = CountedTrack(8)

        async def receive(samples: Floats, _rate: int) -> None:
            track.heard.release()
            heard.append(round(float(samples[0]) * 327.68))
            if heard[-1] in (1, 2, 5):
                raise ZeroDivisionError

        await Microphone(receive, failures.append).listen(track)

    run(scenario)
    assert heard == list(range(8))
    assert [type(failure) for failure in failures] == [ZeroDivisionError, ZeroDivisionError]
