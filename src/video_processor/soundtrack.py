"""The original sound becomes an AAC or Opus track of exactly the picture's length."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from avatar.errors import AudioError
from avatar.types import Floats
from video_processor.containers import media_reader, media_writer, unreadable
from video_processor.sound_frames import FrameWriter, SoundFormat

OTHER_RATES_BECOME_HZ: Final = 48_000

SILENCE_BLOCK_SAMPLES: Final = 1 << 14
LAYOUTS: Final = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class SoundCodec:
    """FFmpeg's encoder, the sample format it takes, and the rates that are kept."""

    encoder: Literal["aac", "libopus"]
    samples: str
    kept_rates_hz: tuple[int, ...]


AAC: Final = SoundCodec("aac", "fltp", (44_100, 48_000))
OPUS: Final = SoundCodec("libopus", "flt", (48_000,))


def encode_soundtrack(
    source: Path,
    path: Path,
    *,
    bitrate: int,
    duration: float,
    frames_in: Path | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Writes the first sound stream of `source` (a sound or video file) at `path`: AAC in an MP4, Opus in a WebM.

    44.1 and 48 kHz are kept, other rates become 48 kHz, as all do for Opus; mono stays mono, all else becomes stereo.
    Cut, or filled up with silence, to `round(duration * rate)` samples. The encoder's priming is hidden by the edit
    list, or the codec's delay in a WebM, so sample `i` of the source is heard at `i / rate`. Works in blocks. The
    folder `frames_in` gets each coded frame of AAC as soon as it exists, as `sound_frames` has them. What `check`,
    called before each, raises ends the work.

    Raises `AudioError` where `source` has no sound that can be decoded, `EncodingError` or
    `DiskSpaceError` where `path` cannot be written.
    """
    with media_reader(source, AudioError) as reader:
        codec = OPUS if path.suffix == ".webm" else AAC
        sound = _Source(reader, source, codec.kept_rates_hz)
        total = round(duration * sound.rate)
        with (
            closing(_Frames(frames_in, sound, total)) as frames,
            media_writer(path, movie_timescale=str(sound.rate)) as container,
        ):
            stream = _add_stream(container, codec, sound)
            stream.bit_rate = bitrate
            for packet in _packets(stream, sound, total):
                check()
                frames.add(packet, stream)
                container.mux(packet)


def _add_stream(container: OutputContainer, codec: SoundCodec, sound: "_Source") -> AudioStream:
    return container.add_stream(codec.encoder, rate=sound.rate, layout=sound.layout, format=codec.samples)


def _packets(stream: AudioStream, sound: "_Source", total: int) -> Iterator["Packet[AudioStream]"]:
    position = 0
    for block in _fitted(sound.blocks(), total, sound.channels):
        yield from stream.encode(_audio_frame(block, sound, position))
        position += block.shape[1]
    yield from stream.encode()


class _Frames:
    """Passes packets on to the folder, if there is one."""

    def __init__(self, folder: Path | None, sound: "_Source", total: int) -> None:
        self._folder, self._sound, self._total = folder, sound, total
        self._writer: FrameWriter | None = None

    def add(self, packet: "Packet[AudioStream]", stream: AudioStream) -> None:
        if self._folder is None:
            return
        if self._writer is None:
            self._writer = FrameWriter(self._folder, self._format(stream))
        self._writer.add(bytes(packet))

    def _format(self, stream: AudioStream) -> SoundFormat:
        return SoundFormat(
            rate=self._sound.rate,
            channels=self._sound.channels,
            samples=self._total,
            config=(stream.codec_context.extradata or b"").hex(),
            encoder=f"libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}, {stream.bit_rate} bit/s",
        )

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Source:
    """A file's first sound stream, decoded to planar float32 at the soundtrack's rate and layout."""

    def __init__(self, container: InputContainer, path: Path, kept_rates_hz: tuple[int, ...]) -> None:
        if not container.streams.audio:
            raise AudioError(f"{path.name} holds no sound.", cure="Give a sound file, or a video with sound.")
        self.path = path
        self._container = container
        self._stream = container.streams.audio[0]
        codec = self._stream.codec_context
        self.rate = codec.sample_rate if codec.sample_rate in kept_rates_hz else OTHER_RATES_BECOME_HZ
        self.channels = 1 if codec.channels == 1 else 2
        self.layout = LAYOUTS[self.channels]

    def blocks(self) -> Iterator[Floats]:
        """Blocks (channels, n) in [-1, 1], the first sample first. Raises `AudioError` where there are none."""
        resampler, shape = self._resampler(), None
        for frame in self._frames():
            frame_shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            if shape not in (None, frame_shape):
                yield from map(_samples, resampler.resample(None))
                resampler = self._resampler()
            shape, frame.pts = frame_shape, None
            yield from map(_samples, resampler.resample(frame))
        if shape is None:
            raise AudioError(f"{self.path.name} holds no sound that can be decoded.", cure="Give another file.")
        yield from map(_samples, resampler.resample(None))

    def _frames(self) -> Iterator[av.AudioFrame]:
        """What can be decoded: damaged packets are passed over, a damaged container ends early."""
        try:
            for packet in self._container.demux(self._stream):
                with suppress(av.InvalidDataError):
                    yield from packet.decode()
        except av.InvalidDataError:
            return
        except av.FFmpegError as error:
            raise unreadable(self.path, error, AudioError) from error

    def _resampler(self) -> av.AudioResampler:
        return av.AudioResampler(format="fltp", layout=self.layout, rate=self.rate)


def _samples(frame: av.AudioFrame) -> Floats:
    block = frame.to_ndarray().astype(np.float32)
    block[~np.isfinite(block)] = 0.0
    return np.clip(block, -1.0, 1.0)


def _fitted(blocks: Iterable[Floats], total: int, channels: int) -> Iterator[Floats]:
    """`blocks` (channels, n), cut or filled with silence to `total` samples."""
    left = total
    for block in blocks:
        kept = block[:, :left]
        if kept.size:
            yield np.ascontiguousarray(kept)
        left -= kept.shape[1]
        if not left:
            return
    while left:
        silence = np.zeros((channels, min(left, SILENCE_BLOCK_SAMPLES)), np.float32)
        yield silence
        left -= silence.shape[1]


def _audio_frame(block: Floats, sound: _Source, position: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=sound.layout)
    frame.sample_rate = sound.rate
    frame.pts, frame.time_base = position, Fraction(1, sound.rate)
    return frame
