"""Frames become a segment: video only, that joins with its like without re-encoding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from video_processor.containers import media_writer
from video_processor.formats import PRESETS, CodecName, VideoFormat, format_of, in_codec

BT709_MATRIX: Final = 1
"""Code point of BT.709 in ITU-T H.273, table 4."""

RESAMPLING: Final = 0x4 | 0x40000 | 0x4000
"""libswscale's SWS_BICUBIC, SWS_ACCURATE_RND and SWS_FULL_CHR_H_INP; PyAV 17 has names for the first only."""

ALPHA_MODE: Final = {"alpha_mode": "1"}
"""Tells readers of a WebM that its blocks bring alpha along (Matroska's AlphaMode)."""


@dataclass(frozen=True, slots=True)
class _Coding:
    """How the frames of one segment are encoded."""

    format: VideoFormat
    size: Size
    fps: Fraction
    transparent: bool

    @property
    def channels(self) -> int:
        return 4 if self.transparent else 3

    @property
    def pixels(self) -> str:
        return self.format.alpha_pixels or "" if self.transparent else self.format.pixels


def encode_segment(
    frames: Iterable[Image],
    path: Path,
    *,
    size: Size,
    fps: Fraction,
    crf: int,
    preset: str,
    transparent: bool = False,
    gop: int | None = None,
    codec: CodecName = "h264",
) -> int:
    """Writes `frames` (uint8 RGB of `size`, RGBA where `transparent`) at `path` and returns how many there were.

    The ending of `path` names the format, `codec` that of an MP4's picture. Limited-range BT.709, tagged so; the first
    frame is a key frame, and one of `gop` is; no frame refers past one, and none is stored out of order. Frame `i` is
    shown at exactly `i / fps`, in WebM to the millisecond. The parameter sets of H.264 and H.265 depend on `size`,
    `fps` and `preset` alone. One thread; one frame is held besides the encoder's look-ahead.

    What `frames` raises passes through, and leaves no file. Raises `EncodingError` for an odd size, an unknown preset,
    an encoder that this machine's FFmpeg lacks, no frames, a frame that does not fit, named by its index, and a format
    that has no alpha.
    """
    coding = _Coding(in_codec(format_of(path), codec), size, fps, transparent)
    _check(coding, preset)
    count = 0
    with media_writer(path, movie_timescale=str(fps.numerator)) as container:
        stream = _add_stream(container, coding, crf, preset, gop)
        for picture in _yuv_frames(frames, coding):
            container.mux(stream.encode(picture))
            count += 1
        if not count:
            raise EncodingError(f"There are no frames for {path.name}.", cure="Render at least one.")
        container.mux(stream.encode())
    return count


def _check(coding: _Coding, preset: str) -> None:
    size = coding.size
    if size.width % 2 or size.height % 2 or min(size) < 2:
        raise EncodingError(
            f"A video of {size.width} x {size.height} cannot be encoded: it needs even sides.",
            cure="Choose an even width and height.",
        )
    if preset not in PRESETS:
        raise EncodingError(f"There is no x264 preset '{preset}'.", cure=f"Choose one of {', '.join(PRESETS)}.")
    if not coding.pixels:
        raise EncodingError(f"{coding.format.label} cannot be transparent.", cure="Make a WebM or a MOV.")
    if coding.format.encoder not in av.codecs_available:
        raise EncodingError(
            f"PyAV's FFmpeg lacks {coding.format.encoder} on this machine.",
            cure="Set VIDEO_CODEC=h264, or install PyAV's wheel.",
        )


def _add_stream(container: OutputContainer, coding: _Coding, crf: int, preset: str, gop: int | None) -> VideoStream:
    options = dict(coding.format.options(crf, preset, coding.transparent)) | ({"g": str(gop)} if gop else {})
    stream = container.add_stream(coding.format.encoder, rate=coding.fps, options=options)
    stream.width, stream.height = coding.size
    stream.pix_fmt = coding.pixels
    stream.thread_count = 1
    if coding.format.tag:
        stream.codec_context.codec_tag = coding.format.tag
    stream.codec_context.time_base = 1 / coding.fps
    if coding.transparent:
        stream.metadata.update(ALPHA_MODE)
    _tag_colours(stream.codec_context)
    return stream


def _tag_colours(codec: VideoCodecContext) -> None:
    codec.color_range = ColorRange.MPEG
    codec.colorspace = BT709_MATRIX
    codec.color_primaries = ColorPrimaries.BT709
    codec.color_trc = ColorTrc.BT709


def _yuv_frames(frames: Iterable[Image], coding: _Coding) -> Iterator[av.VideoFrame]:
    reformatter = VideoReformatter()
    shape = (coding.size.height, coding.size.width, coding.channels)
    for index, image in enumerate(frames):
        if image.shape != shape or image.dtype != np.uint8:
            raise EncodingError(
                f"Frame {index} is {image.dtype} of shape {image.shape}; a frame is uint8 of shape {shape}.",
                cure="Render at the size of the video.",
            )
        picture = reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgba" if coding.transparent else "rgb24"),
            format=coding.pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=RESAMPLING,
        )
        picture.pts, picture.time_base = index, 1 / coding.fps
        yield picture
