"""Frames become a segment: H.264 video only, that joins with its like without re-encoding."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    VideoReformatter,
)
from av.video.stream import VideoStream

from avatar.errors import EncodingError
from avatar.types import Image, Size
from video_processor.containers import mp4_writer

PRESETS: Final = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
"""x264's, fastest first."""

BT709_MATRIX: Final = 1
"""Code point of BT.709 in ITU-T H.273, table 4."""

FINEST_CRF: Final = 1
"""crf 0 is lossless, in a profile that browsers do not play."""

LONGEST_GOP: Final = 250
"""x264's own."""

RESAMPLING: Final = 0x4 | 0x40000 | 0x4000
"""libswscale's SWS_BICUBIC, SWS_ACCURATE_RND and SWS_FULL_CHR_H_INP; PyAV 17 has names for the first only."""


def encode_segment(
    frames: Iterable[Image], path: Path, *, size: Size, fps: Fraction, crf: int, preset: str, gop: int = LONGEST_GOP
) -> int:
    """Writes `frames` (uint8 RGB of `size`) as an MP4 at `path` and returns how many there were.

    H.264 High, 4:2:0, limited-range BT.709, tagged so; the first frame is an IDR picture, no frame refers
    past it, at least one of `gop` is such a picture, and none is stored out of order. Frame `i` is shown at
    exactly `i / fps`. Parameter sets
    depend on `size`, `fps` and `preset` alone. One thread; one frame is held besides x264's look-ahead.

    What `frames` raises passes through, and leaves no file. Raises `EncodingError` for an odd size, an
    unknown preset, no frames, and a frame that does not fit, named by its index.
    """
    _check(size, preset)
    count = 0
    with mp4_writer(path, movie_timescale=str(fps.numerator)) as container:
        stream = _add_stream(container, size, fps, crf, preset, gop)
        for picture in _yuv_frames(frames, size, fps):
            container.mux(stream.encode(picture))
            count += 1
        if not count:
            raise EncodingError(f"There are no frames for {path.name}.", cure="Render at least one.")
        container.mux(stream.encode())
    return count


def _check(size: Size, preset: str) -> None:
    if size.width % 2 or size.height % 2 or min(size) < 2:
        raise EncodingError(
            f"A video of {size.width} x {size.height} cannot be encoded: H.264 needs even sides.",
            cure="Choose an even width and height.",
        )
    if preset not in PRESETS:
        raise EncodingError(f"There is no x264 preset '{preset}'.", cure=f"Choose one of {', '.join(PRESETS)}.")


def _add_stream(container: OutputContainer, size: Size, fps: Fraction, crf: int, preset: str, gop: int) -> VideoStream:
    options = {"preset": preset, "crf": str(max(crf, FINEST_CRF)), "profile": "high", "bf": "0", "g": str(gop)}
    stream = container.add_stream("libx264", rate=fps, options={**options, "x264-params": "open-gop=0"})
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.thread_count = 1
    stream.codec_context.time_base = 1 / fps
    _tag_colours(stream.codec_context)
    return stream


def _tag_colours(codec: VideoCodecContext) -> None:
    codec.color_range = ColorRange.MPEG
    codec.colorspace = BT709_MATRIX
    codec.color_primaries = ColorPrimaries.BT709
    codec.color_trc = ColorTrc.BT709


def _yuv_frames(frames: Iterable[Image], size: Size, fps: Fraction) -> Iterator[av.VideoFrame]:
    reformatter = VideoReformatter()
    for index, image in enumerate(frames):
        if image.shape != (size.height, size.width, 3) or image.dtype != np.uint8:
            raise EncodingError(
                f"Frame {index} is {image.dtype} of shape {image.shape}; a frame is uint8 of shape "
                f"({size.height}, {size.width}, 3).",
                cure="Render at the size of the video.",
            )
        picture = reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=RESAMPLING,
        )
        picture.pts, picture.time_base = index, 1 / fps
        yield picture
