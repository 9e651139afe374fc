"""One picture in, one coded picture out: H.264 and VP8 for live viewers."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, Protocol, cast

import av
import cv2
import numpy as np
from av.codec.context import CodecContext, Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from avatar.errors import EncodingError
from avatar.types import Image, Size

LiveCodec = Literal["h264", "vp8"]

BT601_MATRIX: Final = 6
"""Code point of BT.601 (SMPTE 170M) in ITU-T H.273, table 4: the matrix of `cv2.COLOR_RGB2YUV_I420`, which takes a
quarter of the time of libswscale's BT.709. A decoder that is told nothing takes it too.
"""

BT709: Final = 1
"""Primaries and transfer of sRGB's pictures in the same tables."""

QUALITY_CRF: Final = 23
BITS_PER_PIXEL: Final = 0.25
"""Ceiling of what a picture takes: 1.6 Mbit/s at 512 px and 25 fps."""

LEAST_BITRATE: Final = 250_000
MOST_BITRATE: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """A `is_key` one needs none before it."""

    data: bytes
    is_key: bool


class PictureCoder(Protocol):
    """One at a time, in order; nothing is held back."""

    def want_key(self) -> None:
        """The next picture needs none before it. Any thread may ask."""
        ...

    def code(self, image: Image, number: int) -> CodedPicture:
        """`image` uint8 RGB (H, W, 3); `number` on the grid of frames, larger than all before."""
        ...


def usual_bitrate(size: Size, fps: int) -> int:
    """Bits a second at most, by the number of pixels."""
    return _between(round(size.width * size.height * fps * BITS_PER_PIXEL))


def _between(bitrate: int) -> int:
    return max(LEAST_BITRATE, min(bitrate, MOST_BITRATE))


class H264Coder:
    """Constrained baseline by x264, with the least delay and effort.

    A key frame comes each `key_seconds` at the latest. `boxed` units have lengths in place of start codes, and
    `config` is the AVCDecoderConfigurationRecord (ISO/IEC 14496-15); otherwise key frames bring parameter sets along.
    """

    def __init__(self, size: Size, fps: int, *, boxed: bool, key_seconds: float, bitrate: int | None = None) -> None:
        rate = _between(bitrate or usual_bitrate(size, fps))
        context = _context("libx264", size, fps)
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "crf": str(QUALITY_CRF),
            "maxrate": str(rate),
            "bufsize": str(rate // 2),
            "forced-idr": "1",
            "x264-params": f"keyint=infinite:scenecut=0:annexb={int(not boxed)}",
        }
        if boxed:
            context.flags |= int(Flags.global_header)
        _open(context)
        self._turn = _KeyTurn(max(1, round(key_seconds * fps)))
        self._context, self._planes = context, _Planes(size)
        self.config = bytes(context.extradata or b"")

    def want_key(self) -> None:
        self._turn.want()

    def code(self, image: Image, number: int) -> CodedPicture:
        return _coded(self._context, self._planes.of(image), number, self._turn)


class Vp8Coder:
    """VP8 by libvpx in real time, at a constant bitrate."""

    def __init__(self, size: Size, fps: int, *, key_seconds: float, bitrate: int | None = None) -> None:
        rate = _between(bitrate or usual_bitrate(size, fps))
        context = _context("libvpx", size, fps)
        context.bit_rate = rate
        context.gop_size = 9999
        context.qmin, context.qmax = 4, 56
        context.options = {
            "deadline": "realtime",
            "cpu-used": "-12",
            "lag-in-frames": "0",
            "minrate": str(rate),
            "maxrate": str(rate),
            "bufsize": str(rate),
            "static-thresh": "1",
            "error-resilient": "default",
        }
        _open(context)
        self._turn = _KeyTurn(max(1, round(key_seconds * fps)))
        self._context, self._planes = context, _Planes(size)

    def want_key(self) -> None:
        self._turn.want()

    def code(self, image: Image, number: int) -> CodedPicture:
        return _coded(self._context, self._planes.of(image), number, self._turn)


class _KeyTurn:
    """When a key frame is due: each `every` numbers, and when somebody wants one."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._last: int | None = None
        self._wanted = False

    def want(self) -> None:
        self._wanted = True

    def due(self, number: int) -> bool:
        due = self._wanted or self._last is None or number - self._last >= self._every
        if due:
            self._wanted, self._last = False, number
        return due


def _context(encoder: Literal["libx264", "libvpx"], size: Size, fps: int) -> VideoCodecContext:
    if encoder not in av.codecs_available:
        raise EncodingError(f"PyAV's FFmpeg lacks {encoder} on this machine.", cure="Install PyAV's wheel.")
    context = CodecContext.create(encoder, "w")
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.framerate, context.time_base = Fraction(fps), Fraction(1, fps)
    context.thread_count = 1
    context.color_range = ColorRange.MPEG
    context.colorspace, context.color_primaries, context.color_trc = BT601_MATRIX, BT709, BT709
    return context


def _open(context: VideoCodecContext) -> None:
    try:
        context.open()
    except av.FFmpegError as error:
        raise EncodingError(
            f"A picture of {context.width} x {context.height} cannot be encoded live: {error.strerror}.",
            cure="Choose another size.",
        ) from error


class _Planes:
    """A picture's planes, in one place for all pictures: encoders take a copy."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._frame = av.VideoFrame(size.width, size.height, "yuv420p")
        self._whole = np.empty((3 * size.height // 2, size.width), np.uint8)
        rows = (size.height, size.height // 2, size.height // 2)
        self._targets = [
            np.frombuffer(cast(Any, plane), np.uint8).reshape(height, -1)[:, : plane.width]
            for plane, height in zip(self._frame.planes, rows, strict=True)
        ]
        ends = np.cumsum([target.size for target in self._targets])
        flat = np.split(self._whole.reshape(-1), ends[:-1])
        self._sources = [part.reshape(target.shape) for part, target in zip(flat, self._targets, strict=True)]

    def of(self, image: Image) -> av.VideoFrame:
        """The frame that holds `image`, until the next one."""
        size = self._size
        if image.shape != (size.height, size.width, 3) or image.dtype != np.uint8:
            raise EncodingError(
                f"A live frame is {image.dtype} of shape {image.shape}; it must be uint8 RGB of {size.width} x "
                f"{size.height}.",
                cure="Draw at the session's size.",
            )
        cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420, dst=self._whole)
        for target, source in zip(self._targets, self._sources, strict=True):
            np.copyto(target, source)
        return self._frame


def _coded(context: VideoCodecContext, picture: av.VideoFrame, number: int, turn: _KeyTurn) -> CodedPicture:
    picture.pts, picture.time_base = number, context.time_base
    picture.pict_type = PictureType.I if turn.due(number) else PictureType.NONE
    try:
        packets = context.encode(picture)
    except av.FFmpegError as error:
        raise EncodingError(f"Live frame {number} cannot be encoded: {error.strerror}.", cure="Start again.") from error
    return CodedPicture(b"".join(map(bytes, packets)), any(packet.is_keyframe for packet in packets))
