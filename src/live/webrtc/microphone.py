"""A client's microphone: the sound of its track, mono."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np
from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from avatar.types import Floats

MOST_WAITING_SECONDS: Final = 5.0
JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
HELD_PACKETS: Final = 4
"""Of 20 ms, that wait for one which is missing."""

_log = logging.getLogger(__name__)


class Microphone:
    """`receive` gets samples (n,) in [-1, 1] and their rate in Hz; what comes meanwhile waits and comes at once.

    `failed` hears of the first of a row of failures; the sound goes on.
    """

    def __init__(self, receive: Callable[[Floats, int], Awaitable[None]], failed: Callable[[Exception], None]) -> None:
        self._receive, self._failed = receive, failed
        self._is_failing = False
        self._waiting: deque[Floats] = deque()
        self._came = asyncio.Event()
        self._rate = 0

    async def listen(self, track: MediaStreamTrack) -> None:
        """Until the track ends."""
        handing = asyncio.create_task(self._hand_on(), name="microphone")
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, AudioFrame):
                    self._take(frame)
        except MediaStreamError:
            return
        finally:
            handing.cancel()
            await asyncio.gather(handing, return_exceptions=True)

    def _take(self, frame: AudioFrame) -> None:
        try:
            self._keep(_mono(frame), frame.sample_rate)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._is_failing:
            _log.error("sound of a microphone failed", exc_info=error)
            self._failed(error)
        self._is_failing = True

    def _keep(self, samples: Floats, rate: int) -> None:
        self._rate = rate
        self._waiting.append(samples)
        while sum(map(len, self._waiting)) > MOST_WAITING_SECONDS * rate:
            self._waiting.popleft()
        self._came.set()

    async def _hand_on(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            samples = np.concatenate(self._waiting)
            self._waiting.clear()
            try:
                await self._receive(samples, self._rate)
                self._is_failing = False
            except Exception as error:
                self._fail(error)


def hurry(receiver: RTCRtpReceiver) -> None:
    """Lets a packet pass when the next one is there: aiortc holds four back, and up to sixteen where one is lost.

    What a session plays has a lead that evens out more.
    """
    setattr(receiver, JITTER_BUFFER, JitterBuffer(capacity=HELD_PACKETS, prefetch=1))


def _mono(frame: AudioFrame) -> Floats:
    """Of packed 16-bit samples, as the decoders of WebRTC give them."""
    samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return np.asarray(samples.mean(axis=1) / 32_768, np.float32)
