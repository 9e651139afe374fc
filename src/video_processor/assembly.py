"""Segments and soundtrack become one video. Nothing is decoded or encoded: packets are copied."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from avatar.errors import EncodingError
from video_processor.containers import media_reader, media_writer

LONGEST_DIFFERENCE_FRAMES: Final = Fraction(101, 100)
"""One frame, and what rounding to whole samples adds."""

_Timed: TypeAlias = "tuple[float, int, Packet[VideoStream] | Packet[AudioStream]]"
"""Time in seconds, a number that settles ties, and the packet."""

_Settings: TypeAlias = "tuple[object, ...]"


def assemble_video(segments: Sequence[Path], soundtrack: Path | None, path: Path, *, fps: Fraction) -> None:
    """Joins `segments` of `encode_segment`, in order, with a `soundtrack` of `encode_soundtrack` at `path`.

    Frame `i` of the whole is shown at exactly `i / fps`, in WebM to the millisecond; in MP4 and MOV the index stands
    before the media, so the video starts while it loads. Memory does not grow with the length of what is joined.

    Raises `EncodingError` where a segment differs from the first or cannot be read, and where picture and
    sound differ by more than a frame; then nothing is written.
    """
    if not segments:
        raise EncodingError(f"There are no segments for {path.name}.", cure="Render at least one.")
    with ExitStack() as stack:
        first = _video_stream(stack.enter_context(media_reader(segments[0])), segments[0])
        sound = _Sound(stack.enter_context(media_reader(soundtrack)), soundtrack) if soundtrack else None
        ticks = sound.stream.rate if sound else fps.numerator
        with media_writer(path, movflags="+faststart", movie_timescale=str(ticks)) as container:
            video = container.add_stream_from_template(first)
            video.codec_context.codec_tag = first.codec_context.codec_tag
            video.time_base = 1 / fps
            video.metadata.update(_alpha_mode(first))
            pictures = _Pictures(segments, video, _settings(first), fps)
            tracks: list[Iterator[_Timed]] = [iter(pictures)]
            if sound:
                tracks.append(sound.packets(container.add_stream_from_template(sound.stream)))
            for _, _, packet in heapq.merge(*tracks):
                container.mux(packet)
            if sound:
                _check_lengths(pictures.count / fps, sound.seconds, 1 / fps)


class _Pictures:
    """The packets of all segments, numbered through; `count` of them have been given out."""

    def __init__(self, segments: Sequence[Path], into: VideoStream, settings: "_Settings", fps: Fraction) -> None:
        self.count = 0
        self._segments = segments
        self._into = into
        self._fps = fps
        self._settings = settings

    def __iter__(self) -> Iterator[_Timed]:
        for segment in self._segments:
            with media_reader(segment) as container:
                stream = _video_stream(container, segment)
                self._check(segment, stream)
                for packet in container.demux(stream):
                    if packet.dts is not None:
                        yield self._placed(segment, packet)

    def _check(self, segment: Path, stream: VideoStream) -> None:
        if _settings(stream) != self._settings:
            raise EncodingError(
                f"{segment.name} was encoded with other settings than {self._segments[0].name}.",
                cure="Render both with the same size, frame rate and video settings.",
            )

    def _placed(self, segment: Path, packet: "Packet[VideoStream]") -> _Timed:
        if packet.pts != packet.dts:
            raise EncodingError(f"{segment.name} stores its frames out of order.", cure="Render it again.")
        index, self.count = self.count, self.count + 1
        packet.pts = packet.dts = index
        packet.duration = 1
        packet.time_base = 1 / self._fps
        packet.stream = self._into
        return float(index / self._fps), 2 * index, packet


class _Sound:
    """The packets of a soundtrack as they are."""

    def __init__(self, container: InputContainer, path: Path) -> None:
        if not container.streams.audio:
            raise EncodingError(f"{path.name} holds no sound.", cure="Make the soundtrack again.")
        self.stream = container.streams.audio[0]
        self._container = container

    @property
    def seconds(self) -> Fraction:
        """How long the sound lasts; a WebM tells that of the file, to the millisecond."""
        if self.stream.duration is None:
            return Fraction(self._container.duration or 0, av.time_base)
        return self.stream.duration * (self.stream.time_base or Fraction(0))

    def packets(self, into: AudioStream) -> Iterator[_Timed]:
        for number, packet in enumerate(self._container.demux(self.stream)):
            if packet.dts is not None:
                at = float(packet.dts * packet.time_base)
                packet.stream = into
                yield at, 2 * number + 1, packet


def _settings(stream: VideoStream) -> _Settings:
    """What must be the same in segments that are joined."""
    codec = stream.codec_context
    return codec.name, codec.codec_tag, codec.width, codec.height, codec.extradata, tuple(_alpha_mode(stream))


def _alpha_mode(stream: VideoStream) -> dict[str, str]:
    """Matroska's AlphaMode as a tag, where the stream has it; readers and writers spell it in their own way."""
    value = next((value for name, value in stream.metadata.items() if name.lower() == "alpha_mode"), None)
    return {} if value is None else {"alpha_mode": value}


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise EncodingError(f"{path.name} holds no picture.", cure="Render it again.")
    return container.streams.video[0]


def _check_lengths(picture: Fraction, sound: Fraction, frame: Fraction) -> None:
    if abs(sound - picture) > frame * LONGEST_DIFFERENCE_FRAMES:
        raise EncodingError(
            f"The picture lasts {float(picture):.3f} s and the sound {float(sound):.3f} s.",
            cure="Make the soundtrack for the number of frames that were rendered.",
        )
