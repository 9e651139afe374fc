"""What a video file holds, and how much room one will need."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.video.stream import VideoStream

from avatar.errors import EncodingError
from avatar.types import Size
from video_processor.containers import film_stream, media_reader
from video_processor.formats import FormatName

BITS_PER_PIXEL: Final = {"ultrafast": 0.8, "superfast": 0.4}
"""H.264 at crf 18: about 1.6 times the most that moving portraits took at 512 px (0.52, 0.25)."""

BITS_PER_PIXEL_SLOWER: Final = 0.25
"""The same for `veryfast` and every slower preset (0.14 measured)."""

CRF_MEASURED: Final = 18
CRF_PER_DOUBLING: Final = 6
"""Six steps of crf halve or double the size (x264's rule of thumb)."""

OF_H264: Final[Mapping[FormatName, float]] = {"mp4": 1.0, "webm": 1.5}
"""What VP9 takes with its alpha, over what H.264 takes (0.9 measured)."""

PRORES_BITS_PER_PIXEL: Final = 24.0
"""About 1.2 times the most that noise took in 4444 with alpha (20.1)."""

CONTAINER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A video file; durations in seconds, `audio_duration` None where it is silent."""

    duration: float
    frames: int
    fps: Fraction
    size: Size
    audio_duration: float | None


def video_info(path: Path) -> VideoInfo:
    """Raises `EncodingError` where `path` holds no video that can be read."""
    with media_reader(path) as container:
        video = film_stream(container)
        if video is None:
            raise EncodingError(f"{path.name} holds no picture.", cure="Give a video file.")
        frames = video.frames or sum(packet.pts is not None for packet in container.demux(video))
        fps = video.average_rate or Fraction(0)
        if not frames or not fps:
            raise EncodingError(f"{path.name} holds no frames.", cure="Make it again.")
        size = Size(video.codec_context.width, video.codec_context.height)
        return VideoInfo(_video_seconds(video, frames, fps), frames, fps, size, _audio_seconds(container))


def picture_delay(path: Path) -> float:
    """Seconds by which a film's first frame comes after the first sample of its sound; 0 where one is missing."""
    with media_reader(path) as container:
        begins = [
            float(stream.start_time * stream.time_base)
            for stream in (film_stream(container), *container.streams.audio[:1])
            if stream is not None and stream.start_time is not None and stream.time_base is not None
        ]
    return begins[0] - begins[1] if len(begins) == 2 else 0.0


def estimated_bytes(
    size: Size,
    frames: int,
    *,
    crf: int = CRF_MEASURED,
    preset: str = "veryfast",
    sound_seconds: float = 0.0,
    sound_bitrate: int = 0,
    name: FormatName = "mp4",
) -> int:
    """Disk room, generously, for a video of the format `name` with `frames` frames and its sound while it is made.

    Segments and soundtrack stay beside the finished file, so everything counts twice.
    """
    bits_per_pixel = BITS_PER_PIXEL.get(preset, BITS_PER_PIXEL_SLOWER)
    bits_per_pixel *= 2 ** ((CRF_MEASURED - crf) / CRF_PER_DOUBLING)
    bits_per_pixel = PRORES_BITS_PER_PIXEL if name == "mov" else bits_per_pixel * OF_H264[name]
    bits = size.width * size.height * frames * bits_per_pixel + sound_seconds * sound_bitrate
    return int(2 * bits / 8) + CONTAINER_BYTES


def _video_seconds(video: VideoStream, frames: int, fps: Fraction) -> float:
    if video.duration and video.time_base:
        return float(video.duration * video.time_base)
    return float(frames / fps)


def _audio_seconds(container: InputContainer) -> float | None:
    if not container.streams.audio:
        return None
    audio = container.streams.audio[0]
    if audio.duration and audio.time_base:
        return float(audio.duration * audio.time_base)
    return float(container.duration or 0) / 1_000_000
