"""What a WebRTC connection is sent: both tracks on the media clock, in time, and less where the client loses it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport

from avatar.errors import AvatarError
from avatar.types import Size
from live.coding.pictures import LEAST_BITRATE, usual_bitrate
from live.contract import SOUND_RATE_HZ, TimedSound
from live.messages import Blendshapes, ServerMessage
from live.webrtc.microphone import JITTER_BUFFER
from live.webrtc.offers import preferred_codecs
from live.webrtc.tracks import PacketTrack, packet
from live.webrtc.viewer import MOST_WAITING_FRAMES, PeerViewer
from tests.apart import run_apart
from tests.live.showing import grey_of, moment, show

SIDE = 128


def viewing(
    scenario: Callable[[PeerViewer], Awaitable[None]],
    *,
    codec: Any = "h264",
    shapes: bool = False,
    failures: list[AvatarError] | None = None,
) -> list[ServerMessage]:
    """What was told."""
    told: list[ServerMessage] = []

    async def whole() -> None:
        fail = failures.append if failures is not None else lambda _: None
        viewer = PeerViewer(Size(SIDE, SIDE), 25, told.append, fail)
        viewer.negotiated(codec, sound=True, shapes=shapes)
        await scenario(viewer)

    run_apart(whole())
    return told


async def drained(track: PacketTrack, count: int) -> list[Any]:
    await asyncio.sleep(0)
    return [await asyncio.wait_for(track.recv(), 5) for _ in range(count)]


def test_nothing_is_coded_before_the_connection_stands() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        assert not viewer.wants_pictures
        show(viewer, range(3), 25, SIDE)
        await asyncio.sleep(0)
        assert viewer.picture_track.waiting == viewer.sound_track.waiting == 0
        viewer.open()
        assert viewer.wants_pictures

    viewing(scenario)


def test_both_tracks_carry_the_media_clock() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        for index in (50, 51, 54):
            show(viewer, [index], 25, SIDE)
            (unit,) = await drained(viewer.picture_track, 1)
            assert unit.pts * unit.time_base == Fraction(index, 25)
        assert viewer.sound_track.waiting > 0
        times = [unit.pts for unit in await drained(viewer.sound_track, 3)]
        assert 0 <= times[0] - 2 * SOUND_RATE_HZ < 960
        assert [after - times[0] for after in times] == [0, 960, 1920]

    viewing(scenario)


def test_a_packet_of_sound_is_due_when_the_samples_given_for_it_begin() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        began = time.monotonic()
        viewer.sound(TimedSound(0.0, np.zeros(SOUND_RATE_HZ // 5, np.int16)))
        for number in range(1, 5):
            await viewer.sound_track.recv()
            assert time.monotonic() - began >= 0.02 * number - 0.001

    viewing(scenario)


def test_sound_is_sent_when_its_time_comes_and_dropped_when_it_is_long_over() -> None:
    async def scenario() -> None:
        track, loop = PacketTrack("audio"), asyncio.get_running_loop()
        now = loop.time()
        for due in (now - 5.0, now - 1.0, now + 0.05):
            track.put(packet(b"x", 0, SOUND_RATE_HZ), due)
        await track.recv()
        assert loop.time() >= now + 0.049
        assert track.overdue == 2

    run_apart(scenario())


def test_where_the_loop_is_busy_frames_are_left_out_whole() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        for index in range(12):
            _, frame = moment(index, 25, SIDE)
            viewer.frame(frame)
            await asyncio.sleep(0)
        assert viewer.picture_track.waiting == MOST_WAITING_FRAMES + 1
        assert viewer.dropped == 12 - MOST_WAITING_FRAMES - 1

    viewing(scenario)


def test_pictures_decode_and_a_key_frame_comes_when_wanted() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        sizes = []
        for index in range(12):
            if index == 8:
                viewer.want_key()
            _, frame = moment(index, 25, SIDE)
            viewer.frame(frame)
            (unit,) = await drained(viewer.picture_track, 1)
            sizes.append(unit.size)
            for shown in decoder.decode(unit):
                grey = float(shown.to_ndarray(format="rgb24")[:60].mean())
                assert abs(grey - grey_of(round((shown.pts or 0) / 3600))) < 4
            nal_types = {bytes(unit)[at + 3] & 0x1F for at in starts(bytes(unit))}
            assert (5 in nal_types and 7 in nal_types) == (index in (0, 8))

    viewing(scenario)


def starts(data: bytes) -> list[int]:
    """Places of start codes (H.264, annex B)."""
    return [at for at in range(len(data) - 3) if data[at : at + 3] == b"\0\0\1"]


def test_a_client_that_loses_packets_gets_fewer_bits_and_more_again() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        most = usual_bitrate(Size(SIDE, SIDE), 25)
        assert viewer.bitrate == most
        for _ in range(30):
            viewer.lost(0.3)
        assert viewer.bitrate == LEAST_BITRATE
        for _ in range(60):
            viewer.lost(0.0)
        assert viewer.bitrate == most

    viewing(scenario, codec="vp8")


def test_a_picture_that_cannot_be_coded_ends_this_viewer_alone() -> None:
    failures: list[AvatarError] = []

    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        _, frame = moment(0, 25, 64)
        viewer.frame(frame)
        assert not viewer.wants_pictures

    viewing(scenario, failures=failures)
    assert len(failures) == 1


def test_without_pictures_the_stage_need_not_draw() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        assert not viewer.wants_pictures
        show(viewer, range(3), 25, SIDE)
        assert len(await drained(viewer.sound_track, 2)) == 2

    viewing(scenario, codec=None)


def test_codecs_stand_in_the_preferred_order() -> None:
    assert [codec.name for codec in preferred_codecs("h264")] == ["H264", "H264", "VP8", "rtx"]
    assert preferred_codecs("h264")[0].parameters["profile-level-id"] == "42e01f"
    assert preferred_codecs("vp8")[0].name == "VP8"
    assert preferred_codecs("client") == []


def test_aiortc_has_what_is_reached_for_inside_it() -> None:
    async def scenario() -> None:
        transport = RTCDtlsTransport(RTCIceTransport(RTCIceGatherer([])), [RTCCertificate.generateCertificate()])
        assert hasattr(RTCRtpReceiver("audio", transport), JITTER_BUFFER)
        sender = RTCRtpSender("video", transport)
        assert callable(sender._handle_rtcp_packet)
        assert isinstance(sender._ssrc, int)

    run_apart(scenario())


def test_silence_is_sound_too() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        viewer.open()
        sound, _ = moment(0, 25)
        for index in range(4):
            quiet = type(sound)(index / 25, np.zeros(1920, np.int16))
            viewer.sound(quiet)
        assert len(await drained(viewer.sound_track, 6)) == 6

    viewing(scenario)


def test_blendshapes_are_told_where_they_are_wanted_without_pictures_too() -> None:
    async def scenario(viewer: PeerViewer) -> None:
        show(viewer, range(2), 25, SIDE)
        viewer.open()
        show(viewer, range(2, 5), 25, SIDE)

    told = viewing(scenario, codec=None, shapes=True)
    assert [(one.type, one.frame) for one in told if isinstance(one, Blendshapes)] == [
        ("blendshapes", frame) for frame in (2, 3, 4)
    ]
    assert viewing(scenario, codec=None) == []
