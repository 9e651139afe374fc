"""Coded units on their way into a connection."""

import asyncio
import time
from collections import deque
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet

Unit: TypeAlias = "Packet[Any]"

VIDEO_RATE_HZ: Final = 90_000
"""Of the timestamps of every video codec over RTP."""

OVERDUE_SECONDS: Final = 0.3
"""Sound that is later than that is left out: it would only add to the delay."""


def packet(data: bytes, time: int, rate: int) -> Unit:
    """`time` in ticks of `rate` a second."""
    made: Unit = Packet(data)
    made.pts, made.time_base = time, Fraction(1, rate)
    return made


class PacketTrack(MediaStreamTrack):
    """Gives out what was put, each unit at its time `due` by `time.monotonic`. Belongs to its event loop."""

    def __init__(self, kind: Literal["audio", "video"]) -> None:
        super().__init__()
        self.kind = kind
        self.overdue = 0
        self._units: deque[tuple[float, Unit]] = deque()
        self._came = asyncio.Event()

    @property
    def waiting(self) -> int:
        return len(self._units)

    def put(self, unit: Unit, due: float) -> None:
        self._units.append((due, unit))
        self._came.set()

    async def recv(self) -> Unit:
        while self.readyState == "live":
            if not self._units:
                self._came.clear()
                await self._came.wait()
                continue
            due, unit = self._units.popleft()
            late = time.monotonic() - due
            if late > OVERDUE_SECONDS and self.kind == "audio":
                self.overdue += 1
                continue
            if late < 0.0:
                await asyncio.sleep(-late)
            return unit
        raise MediaStreamError

    def stop(self) -> None:
        super().stop()
        self._came.set()
