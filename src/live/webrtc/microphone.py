"""A client's microphone: the sound of its track, mono."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np
from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import MAX_MISORDER, JitterBuffer, JitterFrame
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtpPacket
from av import AudioFrame

from avatar.types import Floats

MOST_WAITING_SECONDS: Final = 5.0
JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
SEQUENCE_NUMBERS: Final = 1 << 16
"""They begin anew after so many (RFC 3550, 5.1)."""

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


class PassingBuffer(JitterBuffer):
    """Gives out every packet of sound when it comes; one that comes after a later one is left out.

    Each packet is a whole frame of Opus, and what a session plays has a lead that evens out more than a network does.
    """

    def __init__(self) -> None:
        super().__init__(capacity=1)
        self._newest: int | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        number = packet.sequence_number
        if self._newest is not None and (self._newest - number) % SEQUENCE_NUMBERS < MAX_MISORDER:
            return False, None
        self._newest = number
        data: bytes = packet._data  # type: ignore[attr-defined]
        return False, JitterFrame(data=data, timestamp=packet.timestamp)


def hurry(receiver: RTCRtpReceiver) -> None:
    """Lets sound pass at once: aiortc's own buffer holds a packet back until four others are there."""
    setattr(receiver, JITTER_BUFFER, PassingBuffer())


def _mono(frame: AudioFrame) -> Floats:
    """Of packed 16-bit samples, as the decoders of WebRTC give them."""
    samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return np.asarray(samples.mean(axis=1) / 32_768, np.float32)
