"""Any sound that PyAV reads, as mono float32 at 16 kHz in a file that is mapped into memory."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import AudioError
from avatar.files import PARTIAL_PREFIX, atomic_file
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Floats

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer

DECODED_NAME: Final = "sound-16k-mono.f32"
BLOCK_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
GATHERED_SAMPLES: Final = 1 << 16
"""Least length of what is measured and written at a time: decoders give out far smaller pieces."""

ANTIPHASE_RATIO: Final = 0.02
"""Where the mean of two channels keeps less of their energy than this, one channel is taken instead."""

LONE_CHANNEL_RATIO: Final = 1e-4
"""Energy of a channel, as a share of the other's, under which it holds no sound of its own."""

NO_PROTOCOL: Final = "none"
"""A playlist in place of a sound must not make FFmpeg open other files or addresses."""

CONVERT_CURE: Final = "Save it again as WAV, MP3, FLAC, OGG or M4A."


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a file says of its sound; `duration` in seconds is None where it does not say."""

    codec: str
    rate_hz: int
    channels: int
    duration: float | None


def probe(path: Path) -> SoundInfo:
    """What the header says, which may be wrong. Raises `AudioError` where no sample can be decoded."""
    _check_file(path, None)
    with _opened(path) as (container, stream):
        seconds = container.duration / 1e6 if container.duration else None
        if not any(frame.samples for frame in _frames(container, stream)):
            raise AudioError(f"{path.name} holds no sound (0 samples).", cure="Record or export it again.")
        return SoundInfo(stream.codec_context.name, stream.rate, stream.channels, seconds)


def decode_audio(
    path: Path,
    folder: Path,
    *,
    max_minutes: float,
    max_megabytes: float,
    check: Callable[[], None] = lambda: None,
) -> AudioClip:
    """The first sound stream of `path`, decoded once into `folder`, which belongs to this content alone.

    Two channels become their mean, without a silent or opposite one; the constant offset is taken out; the
    level is left as it is. Sample 0 is the stream's first. What a damaged or falsely labelled file still
    holds is used. What `check`, called before each block, raises ends the work.

    Raises `AudioError` for a file that is missing, empty, not sound, over `max_megabytes`, or longer than
    `max_minutes`, and `DiskSpaceError`.
    """
    _check_file(path, max_megabytes)
    decoded = folder / DECODED_NAME
    if not decoded.exists():
        folder.mkdir(parents=True, exist_ok=True)
        raw = folder / f"{PARTIAL_PREFIX}{secrets.token_hex(6)}.raw"
        try:
            with atomic_file(decoded) as partial:
                mixer = _write_channels(path, raw, max_minutes, check)
                mixer.write_mono(raw, partial)
        finally:
            raw.unlink(missing_ok=True)
    samples: Floats = np.memmap(decoded, np.float32, mode="r")
    return AudioClip(samples, path)


def sound_frames(path: Path) -> Iterator["AudioFrame"]:
    """The frames of the first sound stream, as they are coded, but for their times. Raises `AudioError`."""
    with _opened(path) as (container, stream):
        for frame in _frames(container, stream):
            frame.pts = None
            yield frame


def _check_file(path: Path, max_megabytes: float | None) -> None:
    if not path.exists():
        raise AudioError(f"There is no sound file {path}.", cure="Check the path.")
    if not path.is_file():
        raise AudioError(f"{path} is not a file.", cure="Give the path of a sound file.")
    size = path.stat().st_size
    if size == 0:
        raise AudioError(f"{path.name} is empty (0 bytes).", cure="Export or download it again.")
    if max_megabytes is not None and size > max_megabytes * 1e6:
        raise AudioError(
            f"{path.name} is too large: {size / 1e6:,.0f} MB; at most {max_megabytes:g} MB are accepted.",
            cure="Use a compressed format, shorten it, or raise MAX_UPLOAD_MEGABYTES.",
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple["InputContainer", "AudioStream"]]:
    """The container and its first sound stream; PyAV's errors are translated."""
    import av

    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    options = {"protocol_whitelist": NO_PROTOCOL}
    try:
        with file, av.open(file, "r", metadata_errors="replace", options=options) as container:
            yield container, _sound_stream(container, path)
    except av.error.FFmpegError as error:
        raise AudioError(
            f"{path.name} is damaged or not a sound file ({error.strerror}).", cure=CONVERT_CURE
        ) from error


def _sound_stream(container: "InputContainer", path: Path) -> "AudioStream":
    if not container.streams.audio:
        kind = "a video without sound" if container.streams.video else "a file without sound"
        raise AudioError(f"{path.name} is {kind}.", cure="Give a file in which somebody speaks.")
    stream = container.streams.audio[0]
    decoder: object = stream.codec_context
    if decoder is None:
        raise AudioError(f"{path.name} holds sound in a format that cannot be decoded.", cure=CONVERT_CURE)
    return stream


def _unreadable(path: Path, error: OSError) -> AudioError:
    return AudioError(f"{path.name} cannot be read: {error.strerror}.", cure="Check its permissions.")


class _Mixer:
    """Sums over all samples of one or two channels, from which the mix to mono is made."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.count = 0
        self.sums = np.zeros(channels)
        self.products = np.zeros((channels, channels))

    def see(self, block: Floats) -> None:
        """`block`: (samples, channels)."""
        exact = block.astype(np.float64)
        self.count += len(block)
        self.sums += exact.sum(axis=0)
        self.products += exact.T @ exact

    @property
    def gains(self) -> NDArray[np.float64]:
        """Weight of each channel (channels,)."""
        if self.channels == 1:
            return np.ones(1)
        mean = self.sums / self.count
        energy = self.products / self.count - np.outer(mean, mean)
        left, right = energy[0, 0], energy[1, 1]
        loudest = np.array([1.0, 0.0]) if left >= right else np.array([0.0, 1.0])
        mixed = float(energy.sum()) / 4
        alone = min(left, right) < LONE_CHANNEL_RATIO * max(left, right)
        return loudest if alone or mixed < ANTIPHASE_RATIO * max(left, right) else np.array([0.5, 0.5])

    def write_mono(self, raw: Path, path: Path) -> None:
        gains = self.gains.astype(np.float32)
        offset = np.float32(self.sums @ self.gains / self.count)
        with raw.open("rb") as source, path.open("wb") as target:
            while data := source.read(BLOCK_SAMPLES * self.channels * 4):
                block = np.frombuffer(data, np.float32).reshape(-1, self.channels)
                target.write(np.clip(block @ gains - offset, -1.0, 1.0).astype(np.float32).tobytes())


def _write_channels(path: Path, raw: Path, max_minutes: float, check: Callable[[], None]) -> _Mixer:
    """Writes the sound at 16 kHz, one or two channels, interleaved float32; returns what was seen."""
    limit = round(max_minutes * 60 * SAMPLE_RATE_HZ)
    with _opened(path) as (container, stream), raw.open("wb") as file:
        mixer = _Mixer(1 if stream.channels == 1 else 2)
        for block in _gathered(_blocks(container, stream, mixer.channels)):
            check()
            block[~np.isfinite(block)] = 0.0
            mixer.see(block)
            file.write(block.tobytes())
            if mixer.count > limit:
                raise AudioError(
                    f"{path.name} is longer than {max_minutes:g} minutes.",
                    cure="Shorten it, or raise MAX_AUDIO_MINUTES.",
                )
    if mixer.count == 0:
        raise AudioError(f"{path.name} holds no sound (0 samples).", cure="Record or export it again.")
    return mixer


def _gathered(parts: Iterable[Floats]) -> Iterator[Floats]:
    """The same samples in longer blocks."""
    held: list[Floats] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= GATHERED_SAMPLES:
            yield np.concatenate(held)
            held, count = [], 0
    if held:
        yield np.concatenate(held)


def _blocks(container: "InputContainer", stream: "AudioStream", channels: int) -> Iterator[Floats]:
    """The stream's samples (n, channels) float32 at 16 kHz; a packet that cannot be decoded is passed over."""
    resampler, key = _resampler(channels), ("", 0, "")
    for frame in _frames(container, stream):
        seen = (frame.format.name, frame.sample_rate, frame.layout.name)
        if key[0] and seen != key:
            yield from _resampled(resampler, None, channels)
            resampler = _resampler(channels)
        key = seen
        frame.pts = None
        yield from _resampled(resampler, frame, channels)
    if key[0]:
        yield from _resampled(resampler, None, channels)


def _frames(container: "InputContainer", stream: "AudioStream") -> Iterator["AudioFrame"]:
    import av

    stream.codec_context.thread_type = "AUTO"
    undecodable: av.error.FFmpegError | None = None
    heard = False
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    heard = True
                    yield frame
            except av.error.InvalidDataError as error:
                undecodable = error
    except av.error.InvalidDataError as error:
        undecodable = error
    if undecodable is not None and not heard:
        raise undecodable


def _resampler(channels: int) -> "AudioResampler":
    import av

    return av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=SAMPLE_RATE_HZ)


def _resampled(resampler: "AudioResampler", frame: "AudioFrame | None", channels: int) -> Iterator[Floats]:
    for part in resampler.resample(frame):
        yield part.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)
