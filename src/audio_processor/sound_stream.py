"""Sound that is written while it comes: WAV, MP3, or Opus in Ogg."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, get_args

import av
import numpy as np
from av.audio.stream import AudioStream

from avatar.errors import EncodingError
from avatar.types import Floats

SoundForm = Literal["wav", "mp3", "opus", "ogg"]
SOUND_FORMS: Final[tuple[SoundForm, ...]] = get_args(SoundForm)
MEDIA_TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg", "opus": "audio/ogg", "ogg": "audio/ogg"}

SAMPLE_BYTES: Final = 2
FULL_SCALE: Final = 32_767
UNKNOWN_BYTES: Final = 0xFFFF_FFFF
"""The length in the head of a WAV that has not ended."""

OPUS_HZ: Final = 48_000


@dataclass(frozen=True, slots=True)
class _Form:
    """FFmpeg's names, the sample format that the encoder takes, and the rate in Hz that it wants, if any."""

    container: str
    encoder: Literal["libmp3lame", "libopus"]
    samples: str
    rate: int | None
    bitrate: int
    options: dict[str, str]


OGG_OPUS: Final = _Form("ogg", "libopus", "flt", OPUS_HZ, 48_000, {"page_duration": "100000"})
"""Pages of a tenth of a second."""
FORMS: Final = {
    "mp3": _Form("mp3", "libmp3lame", "s16p", None, 64_000, {"write_xing": "0"}),
    "opus": OGG_OPUS,
    "ogg": OGG_OPUS,
}


def wave_head(rate: int, samples: int | None = None) -> bytes:
    """The 44 bytes before mono sound of 16 bits; without a number of `samples` the sound lasts as long as it lasts."""
    length = UNKNOWN_BYTES if samples is None else samples * SAMPLE_BYTES
    whole = UNKNOWN_BYTES if samples is None else length + 36
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return (
        b"RIFF"
        + struct.pack("<I", whole)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", length)
    )


class SoundStream:
    """Mono sound at `rate` Hz becomes bytes of a file, as far as it has come. For one thread.

    Raises `EncodingError` where FFmpeg does not encode it.
    """

    def __init__(self, form: SoundForm, rate: int) -> None:
        self._rate = rate
        self._head = wave_head(rate) if form == "wav" else b""
        self._coder = None if form == "wav" else _Coder(FORMS[form], rate)

    def add(self, samples: Floats) -> bytes:
        """What is written once `samples` (n,), float32 in [-1, 1], have come too."""
        if self._coder is not None:
            return self._coder.add(samples)
        head, self._head = self._head, b""
        return head + (np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()

    def finish(self) -> bytes:
        """The rest of the file."""
        if self._coder is not None:
            return self._coder.finish()
        head, self._head = self._head, b""
        return head


class _Sink:
    """Where FFmpeg writes; it cannot be sought in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


class _Coder:
    def __init__(self, form: _Form, rate: int) -> None:
        self._rate, self._at = rate, 0
        self._sink = _Sink()
        options = {"flush_packets": "1", **form.options}
        try:
            self._container = av.open(self._sink, "w", format=form.container, options=options)
            self._stream: AudioStream = self._container.add_stream(
                form.encoder, rate=form.rate or rate, layout="mono", format=form.samples
            )
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error
        self._stream.bit_rate = form.bitrate

    def add(self, samples: Floats) -> bytes:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32)[None], format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._at += len(samples)
        self._encode(frame)
        return self._sink.take()

    def finish(self) -> bytes:
        self._encode(None)
        self._container.close()
        return self._sink.take()

    def _encode(self, frame: av.AudioFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error


def _failed(error: Exception) -> EncodingError:
    return EncodingError(f"The sound could not be encoded: {error}.", cure="Ask for another format, such as wav.")
