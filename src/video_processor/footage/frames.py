"""Frames of footage: kept as short groups of pictures, so that any of them is found quickly, backwards too."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar.errors import RenderError
from avatar.types import Footage, Image, Size
from video_processor.containers import media_reader
from video_processor.segments import RESAMPLING, encode_segment

CRF: Final = 8
PRESET: Final = "veryfast"
"""What is lost is under what the eye sees; the finished video loses more."""

CLOCK: Final = Fraction(25)
"""The file counts frames; when each is shown is told beside it."""

HELD_BYTES: Final = 48_000_000
LONGEST_GOP: Final = 16


def gop_length(size: Size) -> int:
    """Frames from one key picture to the next: what is held in memory while a group is shown backwards."""
    return max(1, min(LONGEST_GOP, HELD_BYTES // (3 * size.width * size.height)))


def write_frames(path: Path, frames: Iterable[Image], size: Size) -> int:
    """Writes the file of a `Footage` and returns how many frames there were. Raises what `encode_segment` does."""
    return encode_segment(frames, path, size=size, fps=CLOCK, crf=CRF, preset=PRESET, gop=gop_length(size))


def shown_frames(footage: Footage, first: int, count: int, fps: Fraction) -> NDArray[np.intp]:
    """Which frame of the footage each of `count` frames from `first` at `fps` shows.

    Footage that is over goes back to its start, and on again. The frame is the one that is shown at the middle of the
    frame's own interval.
    """
    middles = (np.arange(first, first + count) + 0.5) * float(1 / fps)
    there_and_back = np.mod(middles, 2 * footage.duration)
    place = np.minimum(there_and_back, 2 * footage.duration - there_and_back)
    found = np.searchsorted(footage.times, place + 1e-6, side="right") - 1
    return np.asarray(np.clip(found, 0, len(footage) - 1), np.intp)


def read_frames(footage: Footage, wanted: Iterable[int]) -> Iterator[Image]:
    """The frames with those indices in the order asked for, uint8 RGB, each a fresh array.

    Holds a group of pictures. Raises `RenderError` for a frame that is not there.
    """
    with media_reader(footage.path, RenderError) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        ticks = int(1 / (CLOCK * (stream.time_base or 1 / CLOCK)))
        group: dict[int, Image] = {}
        for index in wanted:
            if index not in group:
                container.seek(int(index) * ticks, stream=stream, backward=True)
                group = _group(container, stream, int(index), ticks)
            if index not in group:
                raise RenderError(f"{footage.path.name} has no frame {index}.")
            yield group[index].copy()


def _group(container: InputContainer, stream: VideoStream, wanted: int, ticks: int) -> dict[int, Image]:
    """The pictures from a key picture to the next, by their index; the first such group that holds `wanted`."""
    reformatter = VideoReformatter()
    group: dict[int, Image] = {}
    for frame in container.decode(stream):
        if frame.key_frame and wanted in group:
            break
        if frame.key_frame:
            group = {}
        group[round((frame.pts or 0) / ticks)] = _rgb(reformatter, frame)
    return group


def _rgb(reformatter: VideoReformatter, frame: VideoFrame) -> Image:
    picture = reformatter.reformat(
        frame,
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=RESAMPLING,
    )
    return np.asarray(picture.to_ndarray(), np.uint8)
