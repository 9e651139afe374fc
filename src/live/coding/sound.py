"""Sound in pieces of any length becomes coded frames, each with its place on the sample grid."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import CodecContext, Flags

from avatar.errors import EncodingError
from live.contract import SOUND_RATE_HZ, Samples
from video_processor.fragments import SoundCodecName

AAC_FRAME_SAMPLES: Final = 1024
OPUS_FRAME_SAMPLES: Final = 960
"""20 ms, what every WebRTC client expects."""

OPUS_DELAY_SAMPLES: Final = 312
"""Of libopus: a frame is heard from so many samples, 6.5 ms, before those that were given for it."""

AAC_BITRATE: Final = 96_000
OPUS_BITRATE: Final = 48_000


@dataclass(frozen=True, slots=True)
class CodedSound:
    """A coded frame, heard from sample `first` on."""

    first: int
    data: bytes


class SoundCoder:
    """`int16` mono at `SOUND_RATE_HZ` in, frames out. The frame that begins before the first sample is left out.

    A sample is in a frame at most 64 ms later with AAC, 27 ms with Opus.

    `config` is the decoder's (AudioSpecificConfig of AAC), `frame_samples` the length of every frame.
    """

    def __init__(self, codec: SoundCodecName) -> None:
        is_aac = codec == "aac"
        self.frame_samples = AAC_FRAME_SAMPLES if is_aac else OPUS_FRAME_SAMPLES
        self._form = "fltp" if is_aac else "s16"
        self._context = _aac() if is_aac else _opus()
        self.config = bytes(self._context.extradata or b"")
        self._waiting: Samples = np.zeros(0, np.int16)
        self._begin: int | None = None
        self._next = 0

    def push(self, samples: Samples, first: int) -> list[CodedSound]:
        """`samples` (n,) from sample `first` on. They follow those before; what they skip is silence."""
        if self._begin is None:
            self._begin = self._next = first
        gap = first - self._next - len(self._waiting)
        self._waiting = np.concatenate([self._waiting, np.zeros(max(0, gap), np.int16), samples[max(0, -gap) :]])
        coded: list[CodedSound] = []
        while len(self._waiting) >= self.frame_samples:
            piece, self._waiting = np.split(self._waiting, [self.frame_samples])
            coded += self._coded(piece, self._begin)
        return coded

    def _coded(self, piece: Samples, begin: int) -> list[CodedSound]:
        values = piece if self._form == "s16" else piece.astype(np.float32) / np.float32(32_768)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values[None]), self._form, "mono")
        frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE_HZ, Fraction(1, SOUND_RATE_HZ), self._next
        self._next += len(piece)
        try:
            packets = self._context.encode(frame)
        except av.FFmpegError as error:
            raise EncodingError(f"Live sound cannot be encoded: {error.strerror}.", cure="Start again.") from error
        return [
            CodedSound(packet.pts, bytes(packet))
            for packet in packets
            if packet.pts is not None and packet.pts >= begin
        ]


def _aac() -> AudioCodecContext:
    context = _context("aac", "fltp", AAC_BITRATE)
    context.options = {"aac_coder": "fast"}
    context.flags |= int(Flags.global_header)
    context.open()
    return context


def _opus() -> AudioCodecContext:
    context = _context("libopus", "s16", OPUS_BITRATE)
    context.options = {"application": "audio", "frame_duration": "20", "compression_level": "5"}
    context.open()
    return context


def _context(encoder: str, form: str, bitrate: int) -> AudioCodecContext:
    if encoder not in av.codecs_available:
        raise EncodingError(f"PyAV's FFmpeg lacks {encoder} on this machine.", cure="Install PyAV's wheel.")
    context = CodecContext.create(encoder, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = SOUND_RATE_HZ, "mono", form
    context.time_base = Fraction(1, SOUND_RATE_HZ)
    context.bit_rate = bitrate
    return context
