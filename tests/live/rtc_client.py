"""A WebRTC client by aiortc, and what it got."""

import asyncio
import json
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray


class RtcClient:
    """Takes the kinds of `takes`; with `microphone` it sends its sound, with `channel` it has messages."""

    def __init__(
        self,
        *,
        microphone: MediaStreamTrack | None = None,
        channel: bool = True,
        codecs: tuple[str, ...] = (),
        takes: tuple[str, ...] = ("audio", "video"),
    ) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if microphone is not None:
            self.pc.addTransceiver(microphone, "sendrecv")
        elif "audio" in takes:
            self.pc.addTransceiver("audio", "recvonly")
        if "video" in takes:
            video = self.pc.addTransceiver("video", "recvonly")
            known = RTCRtpSender.getCapabilities("video").codecs
            video.setCodecPreferences([codec for codec in known if codec.name.lower() in codecs])
        self.messages: list[dict[str, Any]] = []
        self.pictures: list[tuple[float, float]] = []
        self.sound: list[NDArray[np.int16]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._came = asyncio.Event()
        self.channel = self.pc.createDataChannel("messages") if channel else None
        if self.channel is not None:
            self.channel.on("message", self._take)
        self.pc.on("track", lambda track: self._tasks.append(asyncio.create_task(self._collect(track))))

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def say(self, **message: Any) -> None:
        assert self.channel is not None
        self.channel.send(json.dumps(message))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    async def until(self, holds: Any, seconds: float = 20.0) -> None:
        """Until `holds()`; whatever comes wakes it. Fails after `seconds`."""

        async def wait() -> None:
            while not holds():
                self._came.clear()
                await asyncio.wait([asyncio.ensure_future(self._came.wait())], timeout=0.05)

        await asyncio.wait_for(wait(), seconds)

    async def vanish(self) -> None:
        """As where a machine loses its network: the other side is told nothing."""
        connections = {receiver.transport.transport._connection for receiver in self.pc.getReceivers()}
        for connection in connections:
            await connection.close()

    async def close(self) -> None:
        await self.pc.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, message: str) -> None:
        self.messages.append(json.loads(message))
        self._came.set()

    async def _collect(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    upper = frame.to_ndarray(format="rgb24")[: frame.height // 2 - 4]
                    self.pictures.append((float(frame.time or 0.0), float(upper.mean())))
                elif isinstance(frame, AudioFrame):
                    self.sound.append(np.asarray(frame.to_ndarray().reshape(-1, 2)[:, 0], np.int16))
                self._came.set()
        except MediaStreamError:
            return
