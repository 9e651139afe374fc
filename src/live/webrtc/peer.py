"""One WebRTC connection of a session, from the client's offer to its end."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpRrPacket
from aiortc.sdp import candidate_from_sdp

from avatar.errors import AvatarError, InputError
from avatar.settings import Settings
from avatar.types import Floats
from live.attending import problem_of
from live.messages import ClientMessage, Notice, Problem, Shown
from live.session import LiveSession, Watcher
from live.webrtc.channel import MessageChannel
from live.webrtc.ice import ice_servers
from live.webrtc.microphone import Microphone, hurry
from live.webrtc.offers import Offer, Trickle, chosen_codec, preferred_codecs, require_few_candidates, ufrag_of
from live.webrtc.viewer import PeerViewer

CONNECT_SECONDS: Final = 10.0
SILENT_SECONDS: Final = 15.0
"""A client reports every second or so what it got; one that has been silent for so long has gone."""

LOOK_SECONDS: Final = 1.0
CLOSING_SECONDS: Final = 3.0
REPORTED_SHARE: Final = 256
"""`fraction lost` counts in 256ths (RFC 3550, 6.4.1)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """`etag` names the connection's ICE session."""

    sdp: str
    etag: str


class Peer:
    """A viewer of `session`, and with `speaks` one that may drive it too: by messages and a microphone.

    `serve` runs from the answer to the end; `problem` says afterwards what ended it, where something did. `keep` holds
    on to the closing of its connection, which may last longer than `serve`.
    """

    def __init__(
        self,
        number: str,
        session: LiveSession,
        settings: Settings,
        *,
        speaks: bool,
        keep: Callable[["asyncio.Task[None]"], None],
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.id, self.session = number, session
        self.problem: Problem | None = None
        self._settings, self._speaks, self._connect_seconds = settings, speaks, connect_seconds
        self._keep = keep
        self.is_watching = False
        self.candidates = 0
        self._shown: Shown = "none"
        self._loop = asyncio.get_running_loop()
        self._channel = MessageChannel(self._receive)
        self._viewer = PeerViewer(session.stage.size, session.plan.start.fps, self._channel.tell, self._coding_failed)
        self._microphone = Microphone(self._hear, self._sound_failed)
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._heard_at = self._loop.time()
        self._is_told_of_sound = False
        self._is_hanging_up = False
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=_for_aiortc(settings)))
        self.pc.on("connectionstatechange", self._changed.set)
        self.pc.on("datachannel", self._channel.attach)
        self.pc.on("track", self._track_came)

    async def answer(self, offer: Offer) -> Answer:
        """With all candidates of this machine in it. Raises `InputError` for an offer that cannot be answered."""
        self.candidates = offer.candidates
        self._add_transceivers(offer)
        wanted = self.pc.getTransceivers()
        try:
            await self.pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            for transceiver in self.pc.getTransceivers()[len(wanted) :]:
                transceiver.direction = "inactive"
            await self.pc.setLocalDescription(await self.pc.createAnswer())
        except Exception as error:  # aiortc raises whatever an offer leads it to
            _log.info("an offer could not be answered", exc_info=True)
            raise InputError(
                f"The offer cannot be answered: {str(error)[:200] or type(error).__name__}.",
                cure="Offer Opus, and H.264 (constrained baseline) or VP8, bundled and with rtcp-mux.",
            ) from None
        answer = self.pc.localDescription.sdp
        if "a=candidate:" not in answer:
            raise InputError(
                "This machine has no network address that WebRTC could use.", cure="Use the WebSocket at /ws."
            )
        codec = chosen_codec(answer) if offer.takes_pictures else None
        self._shown = "track" if codec else "none"
        shapes = offer.has_channel and self.session.plan.start.blendshapes
        self._viewer.negotiated(codec, sound=offer.takes_sound, shapes=shapes)
        return Answer(answer, f'"{ufrag_of(answer)}"')

    async def trickle(self, fragment: Trickle) -> None:
        """Takes further candidates of the client's. Raises `InputError` where they are too many."""
        require_few_candidates(self.candidates + len(fragment.candidates))
        self.candidates += len(fragment.candidates)
        for mid, value in fragment.candidates:
            candidate = candidate_from_sdp(value)
            candidate.sdpMid = mid
            await self.pc.addIceCandidate(candidate)

    def hang_up(self) -> None:
        self._is_hanging_up = True
        self._changed.set()

    async def serve(self) -> None:
        """Until the connection, the client or the session has ended; then nothing of it is left."""
        self.session.ended.add_done_callback(self._session_ended)
        self.session.watch(Watcher(self._viewer, lambda: self._viewer.dropped))
        self.is_watching = True
        self._channel.tell(self.session.started(video=self._shown))
        if self._speaks:
            self._tasks.append(asyncio.create_task(self._channel.read(), name=f"channel-{self.id}"))
        try:
            if await self._connects():
                self._viewer.open()
                await self._stays()
        finally:
            await self._leave()

    async def close(self) -> None:
        """Of one that has not served."""
        self._viewer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        closing = asyncio.create_task(self._close_connection(), name=f"close-{self.id}")
        self._keep(closing)
        await asyncio.wait([closing], timeout=CLOSING_SECONDS)

    async def _close_connection(self) -> None:
        try:
            await self.pc.close()
        except Exception:
            _log.exception("a WebRTC connection could not be closed")

    async def _connects(self) -> bool:
        deadline = self._loop.time() + self._connect_seconds
        while self.pc.connectionState in ("new", "connecting") and not self._is_over():
            if self._loop.time() > deadline:
                break
            await self._look(deadline - self._loop.time())
        if self.pc.connectionState == "connected" or self._is_over():
            return not self._is_over()
        self._fail(
            "no_connection",
            f"No connection over UDP came about within {self._connect_seconds:g} s.",
            "Use the WebSocket at /ws, or configure a TURN server: LIVE_ICE_SERVERS.",
        )
        return False

    async def _stays(self) -> None:
        self._heard_at = self._loop.time()
        while not self._is_over():
            if self.pc.connectionState != "connected":
                return
            self.session.heed()
            if self._loop.time() - self._heard_at > SILENT_SECONDS:
                self._fail(
                    "client_silent", f"Nothing came from the client for {SILENT_SECONDS:g} s.", "Connect once more."
                )
                return
            await self._look(LOOK_SECONDS)

    async def _look(self, seconds: float) -> None:
        self._changed.clear()
        waiting = asyncio.ensure_future(self._changed.wait())
        await asyncio.wait([waiting], timeout=max(0.0, min(seconds, LOOK_SECONDS)))
        waiting.cancel()

    async def _leave(self) -> None:
        """Where the session has ended the client hears so first."""
        self._viewer.close()
        if self.session.ended.done():
            await asyncio.wait([self.session.closed], timeout=CLOSING_SECONDS)
            await asyncio.sleep(0)
        await self._channel.flush()
        self.session.ended.remove_done_callback(self._session_ended)
        self.session.leave(self._viewer)
        await self.close()

    def _is_over(self) -> bool:
        return self._is_hanging_up or self.problem is not None or self.session.ended.done()

    def _session_ended(self, _: object) -> None:
        self._changed.set()

    def _fail(self, code: str, message: str, cure: str) -> None:
        self.problem = Problem(code=code, message=message, cure=cure, fatal=True, retryable=True)
        _log.warning("a WebRTC connection of session %s ended: %s", self.session.id, message)
        self._channel.tell(self.problem)
        self._changed.set()

    def _coding_failed(self, error: AvatarError) -> None:
        self._loop.call_soon_threadsafe(self._fail, "coding_failed", error.message, error.cure)

    def _add_transceivers(self, offer: Offer) -> None:
        """Only what the offer has a section for: a transport that nobody uses would never be connected."""
        hears = offer.sends_sound and self._speaks and self._wants_sound()
        if offer.takes_sound:
            sound = self.pc.addTransceiver(self._viewer.sound_track, "sendrecv" if hears else "sendonly")
            self._watch_reports(sound.sender)
            hurry(sound.receiver)
        elif hears:
            hurry(self.pc.addTransceiver("audio", "recvonly").receiver)
        if offer.takes_pictures:
            transceiver = self.pc.addTransceiver(self._viewer.picture_track, "sendonly")
            transceiver.setCodecPreferences(preferred_codecs(self._settings.live_video_codec))
            self._watch_reports(transceiver.sender)

    def _wants_sound(self) -> bool:
        start = self.session.plan.start
        return start.listen or start.audio_stream

    def _watch_reports(self, sender: RTCRtpSender) -> None:
        """Aiortc has no event for what a receiver reports of a stream that was coded elsewhere."""
        handle = sender._handle_rtcp_packet

        async def watched(packet: Any) -> None:
            self._read_report(sender, packet)
            await handle(packet)

        sender._handle_rtcp_packet = watched  # type: ignore[method-assign]

    def _read_report(self, sender: RTCRtpSender, packet: Any) -> None:
        self._heard_at = self._loop.time()
        if sender.kind != "video":
            return
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self._viewer.want_key()
        elif isinstance(packet, RtcpRrPacket):
            for report in packet.reports:
                if report.ssrc == sender._ssrc:
                    self._viewer.lost(report.fraction_lost / REPORTED_SHARE)

    def _track_came(self, track: MediaStreamTrack) -> None:
        if track.kind != "audio" or not self._speaks or not self._wants_sound():
            return
        self._tasks.append(asyncio.create_task(self._microphone.listen(track), name=f"microphone-{self.id}"))

    async def _receive(self, message: ClientMessage) -> None:
        await self.session.receive(message, self._channel.tell)

    async def _hear(self, samples: Floats, rate: int) -> None:
        try:
            await self.session.receive_samples(samples, rate)
        except AvatarError as error:
            if not self._is_told_of_sound:
                self._is_told_of_sound = True
                known = problem_of(error)
                self._channel.tell(Notice(code=known.code, message=known.message, cure=known.cure))

    def _sound_failed(self, error: Exception) -> None:
        self._channel.tell(Problem(code="failed", message=f"The sound failed ({type(error).__name__})."))


def _for_aiortc(settings: Settings) -> list[RTCIceServer]:
    """None of its own choice."""
    return [
        RTCIceServer(list(server.urls), server.username or None, server.credential or None)
        for server in ice_servers(settings)
    ]
