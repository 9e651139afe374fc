"""The viewer that is a WebRTC connection: pictures and sound are coded in the stage's thread, and sent by the loop."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from avatar.errors import AvatarError
from avatar.types import Size
from live.coding.pictures import LEAST_BITRATE, H264Coder, LiveCodec, PictureCoder, Vp8Coder, usual_bitrate
from live.coding.sound import OPUS_DELAY_SAMPLES, SoundCoder
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import ServerMessage
from live.viewers.shapes import shapes_of
from live.webrtc.tracks import VIDEO_RATE_HZ, PacketTrack, Unit, packet

KEY_SECONDS: Final = 10.0
"""A client that lost a picture asks for a key frame; this is for one that cannot."""

MOST_WAITING_FRAMES: Final = 3
"""Coded pictures that wait for the loop; beyond it frames are left out before they are coded."""

LOSS_TO_SLOW: Final = 0.1
LOSS_TO_HURRY: Final = 0.02
SLOWER, FASTER = 0.75, 1.08
WORTH_A_KEY_FRAME: Final = 0.25
"""Share by which the bitrate must change before the encoder begins anew."""

_log = logging.getLogger(__name__)


class PeerViewer:
    """Shows nothing until `open`. Timestamps of both tracks are those of the media clock.

    Sound is sent when its time comes, pictures as they are made, so that a receiver finds the same offset in both.
    `on_failure` hears in the stage's thread of what cannot be coded; the stage goes on for its other viewers.
    """

    def __init__(
        self,
        size: Size,
        fps: int,
        tell: Callable[[ServerMessage], None],
        on_failure: Callable[[AvatarError], None],
    ) -> None:
        self._size, self._fps = size, fps
        self._tell, self._on_failure = tell, on_failure
        self._loop = asyncio.get_running_loop()
        self.picture_track, self.sound_track = PacketTrack("video"), PacketTrack("audio")
        self._codec: LiveCodec | None = None
        self._coder: PictureCoder | None = None
        self._sound_coder: SoundCoder | None = None
        self._most = usual_bitrate(size, fps)
        self._bitrate = self._coded_bitrate = float(self._most)
        self._offset = float("inf")
        self._is_open = self._has_shapes = False
        self.dropped = 0

    @property
    def wants_pictures(self) -> bool:
        return self._is_open and self._codec is not None

    @property
    def bitrate(self) -> float:
        """Bits a second that pictures may take."""
        return self._bitrate

    def negotiated(self, codec: LiveCodec | None, *, sound: bool, shapes: bool) -> None:
        """What the client takes; `codec` is None where it takes no pictures. `shapes`: blendshapes of every frame."""
        self._has_shapes = shapes
        self._codec = codec
        self._coder = self._new_coder() if codec else None
        self._sound_coder = SoundCoder("opus") if sound else None

    def open(self) -> None:
        """The connection stands."""
        self._is_open = True

    def close(self) -> None:
        self._is_open = False

    def want_key(self) -> None:
        if self._coder is not None:
            self._coder.want_key()

    def lost(self, share: float) -> None:
        """The client says which share of the packets it has lost lately, 0 to 1."""
        if share > LOSS_TO_SLOW:
            self._bitrate = max(float(LEAST_BITRATE), self._bitrate * SLOWER)
        elif share < LOSS_TO_HURRY:
            self._bitrate = min(float(self._most), self._bitrate * FASTER)

    def sound(self, sound: TimedSound) -> None:
        self._offset = min(self._offset, time.monotonic() - sound.at)
        if self._sound_coder is None or not self._is_open:
            return
        try:
            coded = self._sound_coder.push(sound.samples, round(sound.at * SOUND_RATE_HZ))
        except AvatarError as error:
            self._fail(error)
            return
        for unit in coded:
            due = self._offset + (unit.first + OPUS_DELAY_SAMPLES) / SOUND_RATE_HZ
            self._hand_over(self.sound_track, packet(unit.data, unit.first, SOUND_RATE_HZ), due)

    def frame(self, frame: TimedFrame) -> None:
        if self._has_shapes and self._is_open:
            self._tell(shapes_of(frame))
        if self._coder is None or not self._is_open or frame.image is None:
            return
        if self.picture_track.waiting > MOST_WAITING_FRAMES:
            self.dropped += 1
            return
        try:
            self._adapt()
            coded = self._coder.code(frame.image, frame.index)
        except AvatarError as error:
            self._fail(error)
            return
        ticks = round(frame.index * VIDEO_RATE_HZ / self._fps)
        if coded.data:
            self._hand_over(self.picture_track, packet(coded.data, ticks, VIDEO_RATE_HZ), 0.0)

    def tell(self, message: ServerMessage) -> None:
        self._tell(message)

    def _adapt(self) -> None:
        if abs(self._bitrate / self._coded_bitrate - 1.0) > WORTH_A_KEY_FRAME:
            self._coder = self._new_coder()

    def _new_coder(self) -> PictureCoder:
        self._coded_bitrate = self._bitrate
        bitrate = round(self._bitrate)
        if self._codec == "vp8":
            return Vp8Coder(self._size, self._fps, key_seconds=KEY_SECONDS, bitrate=bitrate)
        return H264Coder(self._size, self._fps, boxed=False, key_seconds=KEY_SECONDS, bitrate=bitrate)

    def _hand_over(self, track: PacketTrack, unit: Unit, due: float) -> None:
        try:
            self._loop.call_soon_threadsafe(track.put, unit, due)
        except RuntimeError:
            self._is_open = False  # the loop has ended

    def _fail(self, error: AvatarError) -> None:
        _log.warning("a WebRTC viewer ended: %s", error)
        self._is_open = False
        self._on_failure(error)
