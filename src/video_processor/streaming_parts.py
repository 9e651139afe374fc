"""Packets are taken out of segments, sound frames and finished videos as they are, for parts of a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.video.stream import VideoStream

from avatar.errors import EncodingError
from video_processor.containers import media_reader
from video_processor.fragments import PICTURE_TRACK, SOUND_TRACK, PictureTrack, Run, Sample, SoundTrack
from video_processor.sound_frames import FRAME_SAMPLES, PRIMING_SAMPLES, SoundFormat

LEAST_TIMESCALE: Final = 10_000


@dataclass(frozen=True, slots=True)
class PictureClock:
    """Ticks in which every frame of `fps` begins at a whole number."""

    fps: Fraction

    @property
    def frame_ticks(self) -> int:
        return self.fps.denominator * self._times

    @property
    def timescale(self) -> int:
        return self.fps.numerator * self._times

    @property
    def _times(self) -> int:
        return ceil(LEAST_TIMESCALE / self.fps.numerator)


def sound_frames_before(frame: int, fps: Fraction, sound: SoundFormat) -> int:
    """Sound frames that begin, when heard, before picture `frame` is shown; the first picture has the priming."""
    if frame == 0:
        return 0
    heard = ceil(Fraction(frame) / fps * sound.rate / FRAME_SAMPLES)
    return min(PRIMING_SAMPLES // FRAME_SAMPLES + heard, sound.frames)


def sound_track(sound: SoundFormat) -> SoundTrack:
    return SoundTrack(
        rate=sound.rate, channels=sound.channels, priming=PRIMING_SAMPLES, config=bytes.fromhex(sound.config)
    )


def sound_run(sound: SoundFormat, first: int, frames: list[bytes]) -> Run:
    samples = [Sample(data, sound.duration_of(first + i)) for i, data in enumerate(frames)]
    return Run(SOUND_TRACK, first * FRAME_SAMPLES, samples)


def picture_run(first: int, samples: list[Sample], clock: PictureClock) -> Run:
    return Run(PICTURE_TRACK, first * clock.frame_ticks, samples)


def picture_track(path: Path, clock: PictureClock) -> PictureTrack:
    """The track that a segment or a finished video belongs to. Raises `EncodingError`."""
    with media_reader(path) as container:
        codec = _video(container, path).codec_context
        return PictureTrack(
            width=codec.width,
            height=codec.height,
            timescale=clock.timescale,
            config=codec.extradata or b"",
            codec="h265" if codec.name == "hevc" else "h264",
        )


def segment_samples(path: Path, clock: PictureClock) -> list[Sample]:
    """The frames of a segment of `encode_segment`. Raises `EncodingError`."""
    with media_reader(path) as container:
        packets = container.demux(_video(container, path))
        return [Sample(bytes(packet), clock.frame_ticks, packet.is_keyframe) for packet in packets if packet.size]


def film_samples(path: Path, first: int, last: int, clock: PictureClock) -> list[Sample]:
    """Frames `first` to `last`, without the last, of a video of `assemble_video`; `first` is a key frame."""
    with media_reader(path) as container:
        stream = _video(container, path)
        found = _between(container, stream, first, last, clock.fps)
        return [Sample(data, clock.frame_ticks, is_key) for data, is_key in found]


def film_sound_format(path: Path) -> SoundFormat:
    """Raises `EncodingError` where the video has no sound."""
    with media_reader(path) as container:
        if not container.streams.audio:
            raise EncodingError(f"{path.name} holds no sound.", cure="Make it again.")
        stream = container.streams.audio[0]
        config = (stream.codec_context.extradata or b"").hex()
        return SoundFormat(
            rate=stream.rate, channels=stream.codec_context.channels, samples=stream.duration or 0, config=config
        )


def film_sound_frames(path: Path, first: int, last: int) -> list[bytes]:
    """Sound frames `first` to `last`, without the last, of a video of `assemble_video`."""
    with media_reader(path) as container:
        stream = container.streams.audio[0]
        container.seek(first * FRAME_SAMPLES - PRIMING_SAMPLES, stream=stream)
        wanted = range(first, last)
        found: list[bytes] = []
        for packet in container.demux(stream):
            number = ((packet.pts or 0) + PRIMING_SAMPLES) // FRAME_SAMPLES
            if packet.pts is None or number >= last:
                break
            if number in wanted:
                found.append(bytes(packet))
        return found


def _between(
    container: InputContainer, stream: VideoStream, first: int, last: int, fps: Fraction
) -> Iterator[tuple[bytes, bool]]:
    base = stream.time_base or 1 / fps
    container.seek(round(first / fps / base), stream=stream)
    for packet in container.demux(stream):
        if packet.pts is None:
            return
        number = round(packet.pts * base * fps)
        if number >= last:
            return
        if number >= first:
            yield bytes(packet), packet.is_keyframe


def _video(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise EncodingError(f"{path.name} holds no picture.", cure="Render it again.")
    return container.streams.video[0]
