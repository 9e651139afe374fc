"""A client's microphone, where something fails."""

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtpPacket
from av import AudioFrame

from avatar.types import Floats
from live.webrtc.microphone import Microphone, PassingBuffer
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


@pytest.mark.parametrize(
    ("came", "passed"),
    [
        ([7, 8, 9], [7, 8, 9]),
        ([7, 10, 11], [7, 10, 11]),
        ([7, 9, 8, 9, 10], [7, 9, 10]),
        ([65_534, 65_535, 0, 65_535, 1], [65_534, 65_535, 0, 1]),
        ([500, 501, 20, 21], [500, 501, 20, 21]),
    ],
    ids=["in order", "one lost", "one late", "from the first number again", "another stream"],
)
def test_a_packet_of_sound_waits_for_no_other(came: list[int], passed: list[int]) -> None:
    buffer, given = PassingBuffer(), []
    for number in came:
        packet = RtpPacket(sequence_number=number, timestamp=960 * number)
        packet._data = str(number).encode()  # type: ignore[attr-defined]
        wants_key, frame = buffer.add(packet)
        assert not wants_key
        if frame is not None:
            assert frame.timestamp == 960 * number
            given.append(int(frame.data))
    assert given == passed
