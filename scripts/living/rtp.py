"""A player over WHEP that notes when the packets of a session come, by their own times."""

import asyncio
import time
import urllib.request
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.rtp import RtpPacket

from live.contract import SOUND_RATE_HZ
from live.webrtc.tracks import VIDEO_RATE_HZ
from scripts.living.server import Server

RATES_HZ: Final[dict[Literal["audio", "video"], int]] = {"audio": SOUND_RATE_HZ, "video": VIDEO_RATE_HZ}
WRAP: Final = 1 << 32
"""Timestamps have 32 bits (RFC 3550, 5.1)."""

NEWEST_SECONDS: Final = 20.0


class RtpWatcher:
    """`lags`: by kind, how long after the time in its timestamp each of the newest packets came, in seconds.

    Both kinds count from a moment of their own, so only the change of a lag, and of their difference, says anything.
    """

    def __init__(self) -> None:
        self.lags: dict[str, deque[tuple[float, float]]] = {kind: deque() for kind in RATES_HZ}
        self._last: dict[str, tuple[int, int]] = {}
        self._sink = MediaBlackhole()
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.on("track", self._sink.addTrack)
        for kind in RATES_HZ:
            self._note(kind)

    def sound_lag(self) -> float:
        """By how much the newest sound came later than its pictures, but for a constant, seconds."""
        audio, video = (np.median([lag for _, lag in self.lags[kind]]) for kind in ("audio", "video"))
        return float(audio - video)

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._sink.start()

    async def close(self) -> None:
        await self._sink.stop()
        await self.pc.close()

    def came(self, kind: Literal["audio", "video"], timestamp: int, now: float) -> None:
        """A packet with that RTP timestamp, at that time in seconds."""
        ticks, last = self._last.get(kind, (0, timestamp))
        step = (timestamp - last + WRAP // 2) % WRAP - WRAP // 2
        self._last[kind] = ticks + step, timestamp
        lags = self.lags[kind]
        lags.append((now, now - (ticks + step) / RATES_HZ[kind]))
        while lags[0][0] < now - NEWEST_SECONDS:
            lags.popleft()

    def _note(self, kind: Literal["audio", "video"]) -> None:
        """Aiortc has no event for a packet."""
        receiver = self.pc.addTransceiver(kind, "recvonly").receiver
        handle = receiver._handle_rtp_packet

        async def noted(packet: RtpPacket, arrival_time_ms: int) -> None:
            if len(packet.payload) > 0:
                self.came(kind, packet.timestamp, time.monotonic())
            await handle(packet, arrival_time_ms)

        receiver._handle_rtp_packet = noted  # type: ignore[method-assign]


@asynccontextmanager
async def rtp_watcher(server: Server, session: str) -> AsyncIterator[RtpWatcher]:
    """Watches that session."""
    watcher = RtpWatcher()
    try:
        await watcher.accept(await asyncio.to_thread(_answer, server, session, await watcher.offer()))
        yield watcher
    finally:
        await watcher.close()


def _answer(server: Server, session: str, sdp: str) -> str:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}/api/v1/live/{session}/whep", sdp.encode(), {"Content-Type": "application/sdp"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())
