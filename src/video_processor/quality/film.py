"""What a finished file holds: its frames, its sound, when both begin and end, and the look of its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from avatar.errors import EncodingError
from avatar.types import Image
from video_processor.containers import decoded_frames, media_reader
from video_processor.media_info import picture_delay, video_info
from video_processor.quality.looks import Box, Look, WatchedFrames, lit_share, sampled
from video_processor.segments import RESAMPLING

APART_SECONDS: Final = 10.0
"""Key frames nearer to the last one that was decoded are passed over."""


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """A finished video file.

    `picture_seconds`, `sound_seconds` (None without sound) and `delay`, by which the picture begins after the sound, in
    seconds. `lit`: for key frames some seconds apart, their times in seconds and shares of pixels that are not black.
    """

    frames: int
    fps: Fraction
    picture_seconds: float
    sound_seconds: float | None
    delay: float
    lit: tuple[tuple[float, float], ...]


def film_facts(path: Path) -> FilmFacts:
    """Decodes key frames only. Raises `EncodingError` where the file cannot be read."""
    info = video_info(path)
    lit = tuple((time, lit_share(sampled(image))) for time, image in _key_frames(path))
    return FilmFacts(info.frames, info.fps, info.duration, info.audio_duration, picture_delay(path), lit)


def look_at_film(path: Path, mouth: Box | None) -> Look:
    """At every frame of a file, decoded. Raises `EncodingError` where that cannot be."""
    watched = WatchedFrames(decoded_pictures(path), mouth)
    for _ in watched:
        pass
    return watched.look


def decoded_pictures(path: Path) -> Iterator[Image]:
    """The frames of a file of ours, RGB, or RGBA where it is transparent. Raises `EncodingError`."""
    reformatter = VideoReformatter()
    with media_reader(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in decoded_frames(container, stream):
            yield _pixels(reformatter, frame)


def _key_frames(path: Path) -> Iterator[tuple[float, Image]]:
    """Without their alpha, which FFmpeg's own decoder of VP9 leaves out."""
    with media_reader(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        reformatter = VideoReformatter()
        try:
            for packet in _far_apart(container, stream):
                for frame in packet.decode():
                    yield float(frame.time or 0.0), _pixels(reformatter, frame)
            for frame in stream.codec_context.decode(None):
                yield float(frame.time or 0.0), _pixels(reformatter, frame)
        except av.FFmpegError as error:
            raise EncodingError(f"{path.name} cannot be decoded: {error.strerror}.", cure="Make it again.") from error


def _far_apart(container: InputContainer, stream: VideoStream) -> Iterator["av.Packet[VideoStream]"]:
    due = -np.inf
    for packet in container.demux(stream):
        if not packet.is_keyframe or packet.pts is None:
            continue
        time = float(packet.pts * packet.time_base)
        if time >= due:
            due = time + APART_SECONDS
            yield packet


def _pixels(reformatter: VideoReformatter, frame: av.VideoFrame) -> Image:
    form = "rgba" if any(component.is_alpha for component in frame.format.components) else "rgb24"
    picture = reformatter.reformat(
        frame,
        format=form,
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=RESAMPLING,
    )
    return np.asarray(picture.to_ndarray(), np.uint8)
