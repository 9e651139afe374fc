"""Fragmented MP4 for MediaSource: H.264 and AAC or Opus, a fragment a frame.

A frame's sound is given before it and reaches as far as the next frame, so that at 25 frames a second Opus is never
behind the picture and AAC by at most 24 ms. What plays H.264 by MediaSource plays AAC; not all of it plays Opus in MP4.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from avatar.types import Image, Size
from live.coding.pictures import BT601_MATRIX, H264Coder
from live.coding.sound import CodedSound, SoundCoder
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.media import Media, MediaKind
from live.messages import ServerMessage
from video_processor.fragments import (
    PICTURE_TRACK,
    SOUND_TRACK,
    PictureTrack,
    Run,
    Sample,
    SoundCodecName,
    SoundTrack,
    codecs,
    initialisation,
    part,
)
from video_processor.streaming_parts import PictureClock

KEY_SECONDS: Final = 2.0
LATE_PIECES: Final = 2
"""Of sound that wait for a picture; the one after them is sent without it."""


class FragmentViewer:
    """Gives `emit` what a MediaSource plays: `INITIALISATION` once, then a `FRAGMENT` a frame.

    Times in the fragments are those of the media clock. A frame lasts until the next: where frames are left out, the
    one before is repeated for as long, so that the track has no hole. While `wants_pictures` is False, and while a
    picture is late, fragments bring sound alone.
    """

    def __init__(
        self,
        size: Size,
        fps: int,
        emit: Callable[[Media], None],
        tell: Callable[[ServerMessage], None] = lambda _: None,
        *,
        sound: SoundCodecName | None = "aac",
    ) -> None:
        self._emit, self._tell = emit, tell
        self._coder = H264Coder(size, fps, boxed=True, key_seconds=KEY_SECONDS)
        self._codec = sound
        self._sound_coder = SoundCoder(sound) if sound else None
        self._clock = PictureClock(Fraction(fps))
        self._ready: list[CodedSound] = []
        self._shown: Image | None = None
        self._end = 0
        self._sequence = 0
        self._pieces = 0
        self.wants_pictures = True
        self._picture_track = PictureTrack(
            width=size.width,
            height=size.height,
            timescale=self._clock.timescale,
            config=self._coder.config,
            matrix=BT601_MATRIX,
        )

    @property
    def mime(self) -> str:
        return f'video/mp4; codecs="{codecs(self._picture_track, self._codec)}"'

    @property
    def initialisation(self) -> Media:
        return Media(MediaKind.INITIALISATION, 0.0, initialisation(self._picture_track, self._sound_track()))

    def want_key(self) -> None:
        """The next frame needs none before it. Any thread may ask."""
        self._coder.want_key()

    def sound(self, sound: TimedSound) -> None:
        if self._sound_coder is None:
            return
        self._ready += self._sound_coder.push(sound.samples, round(sound.at * SOUND_RATE_HZ))
        self._pieces += 1
        if self._pieces > LATE_PIECES and self._shown is not None:
            self._give(sound.at, None)

    def frame(self, frame: TimedFrame) -> None:
        self._pieces = 0
        self._give(frame.at, self._pictures(frame) if frame.image is not None and self.wants_pictures else None)

    def _give(self, at: float, pictures: Run | None) -> None:
        """A fragment with the pictures, and the sound that is ready."""
        runs = [run for run in (pictures, self._heard()) if run is not None]
        if not runs:
            return
        if not self._sequence:
            self._emit(self.initialisation)
        self._sequence += 1
        key = pictures is not None and pictures.samples[0].is_key
        self._emit(Media(MediaKind.FRAGMENT, at, part(self._sequence, runs), key))

    def tell(self, message: ServerMessage) -> None:
        self._tell(message)

    def _sound_track(self) -> SoundTrack | None:
        if self._codec is None or self._sound_coder is None:
            return None
        config = self._sound_coder.config
        return SoundTrack(rate=SOUND_RATE_HZ, channels=1, priming=0, config=config, codec=self._codec)

    def _pictures(self, frame: TimedFrame) -> Run:
        """The frame, after one that fills what was left out before it."""
        assert frame.image is not None
        begin, ticks = frame.index, self._clock.frame_ticks
        samples = []
        if self._shown is not None and frame.index > self._end:
            begin = self._end
            samples.append(self._sample(self._shown, begin, frame.index - begin))
        samples.append(self._sample(frame.image, frame.index, 1))
        self._shown, self._end = frame.image, frame.index + 1
        return Run(PICTURE_TRACK, begin * ticks, samples)

    def _sample(self, image: Image, index: int, frames: int) -> Sample:
        coded = self._coder.code(image, index)
        return Sample(coded.data, frames * self._clock.frame_ticks, coded.is_key)

    def _heard(self) -> Run | None:
        ready, self._ready = self._ready, []
        if not ready or self._sound_coder is None:
            return None
        length = self._sound_coder.frame_samples
        return Run(SOUND_TRACK, ready[0].first, [Sample(coded.data, length) for coded in ready])
