"""The client's sound: binary frames become mono float32."""

from typing import Final

import av
import numpy as np

from avatar.errors import AudioError
from avatar.types import Floats
from live.messages import SoundForm

OPUS_RATE_HZ: Final = 48_000
LONGEST_FRAME_SECONDS: Final = 10.0
"""Of one binary frame."""

LARGEST_OPUS_BYTES: Final = 48 * 1_275
"""Of a packet: 48 frames of at most 1275 bytes (RFC 6716, 3.2.5)."""

BYTES_PER_SAMPLE: Final = 2


class IncomingSound:
    """Reads what comes in one form. `rate` in Hz is that of what it gives."""

    def __init__(self, form: SoundForm) -> None:
        self._form = form
        self.rate = OPUS_RATE_HZ if form.codec == "opus" else form.rate
        self._opus = _opus_decoder() if form.codec == "opus" else None
        self._odd = b""

    def read(self, data: bytes) -> Floats:
        """(n,) in [-1, 1]; an empty frame brings nothing. Raises `AudioError` for one that cannot be read, or is too
        long: that is looked at before it is read.
        """
        if not data:
            return np.zeros(0, np.float32)
        return self._unpacked(data) if self._opus is None else self._decoded(data)

    def _unpacked(self, data: bytes) -> Floats:
        """A frame may end in the middle of a sample; the next one goes on with it."""
        step = BYTES_PER_SAMPLE * self._form.channels
        if len(data) > LONGEST_FRAME_SECONDS * self.rate * step:
            raise AudioError(
                f"A binary frame brought {len(data) / step / self.rate:.0f} s of sound.",
                cure=f"Send at most {LONGEST_FRAME_SECONDS:.0f} s at once; 20 to 40 ms keep the answer quick.",
            )
        data = self._odd + data
        whole = len(data) // step * step
        self._odd = data[whole:]
        samples = np.frombuffer(data[:whole], "<i2").reshape(-1, self._form.channels).mean(axis=1)
        return np.asarray(samples / 32_768, np.float32)

    def _decoded(self, data: bytes) -> Floats:
        """A decoder that has failed is not used again."""
        assert self._opus is not None
        try:
            if len(data) > LARGEST_OPUS_BYTES:
                raise ValueError("longer than any packet")
            frames = self._opus.decode(av.Packet(data))
        except (av.FFmpegError, ValueError):
            self._opus = _opus_decoder()
            raise AudioError(
                f"A binary frame of {len(data)} bytes is no Opus packet.",
                cure="Send bare Opus packets, one a frame, without Ogg or WebM round them.",
            ) from None
        parts = [np.asarray(frame.to_ndarray(), np.float32).mean(axis=0) for frame in frames]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _opus_decoder() -> av.AudioCodecContext:
    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = OPUS_RATE_HZ
    decoder.layout = "stereo"
    decoder.open()
    return decoder
