"""Sound and video files opened for reading and writing, with the codec library's errors translated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
from av.codec import CodecContext
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from avatar.errors import AvatarError, EncodingError
from avatar.files import NO_SPACE_ERRORS, atomic_file

VP9_WITH_ALPHA: Final = "libvpx-vp9"
NO_PROTOCOL: Final = {"protocol_whitelist": "none"}
"""A playlist in place of a film must not make FFmpeg open what it names; the file itself comes from Python."""

MUXERS: Final = {".webm": "webm", ".mov": "mov"}
"""FFmpeg's, by the file's ending; any other is an MP4."""

UNVARYING: Final = {"fflags": "+bitexact"}
"""The same packets make the same WebM: its numbers are not random."""


@contextmanager
def media_writer(path: Path, **options: str) -> Iterator[OutputContainer]:
    """A file that takes the name `path` when the block has ended; `options` are those of the muxer of MP4 and MOV.

    Raises `EncodingError` or `DiskSpaceError`; then there is no new file, and an old one is untouched.
    """
    muxer = MUXERS.get(path.suffix.lower(), "mp4")
    known = UNVARYING if muxer == "webm" else options
    with (
        atomic_file(path) as partial,
        _writing(path),
        av.open(str(partial.absolute()), "w", format=muxer, options=known) as container,
    ):
        yield container


@contextmanager
def media_reader(path: Path, fault: type[AvatarError] = EncodingError) -> Iterator[InputContainer]:
    """A sound or video file, open for reading. Raises `fault` where it cannot be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path, error, fault) from error
    try:
        with file, av.open(file, "r", options=NO_PROTOCOL, metadata_errors="replace") as container:
            yield container
    except av.FFmpegError as error:
        raise unreadable(path, error, fault) from error


def film_stream(container: InputContainer) -> VideoStream | None:
    """The moving picture of a file, which a cover beside it is not; None where there is none that can be decoded."""
    pictures = (stream for stream in container.streams.video if stream.codec_context is not None)
    return next((stream for stream in pictures if not stream.disposition & Disposition.attached_pic), None)


def decoded_frames(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """The frames of a video with their alpha, which FFmpeg's own decoder of VP9 leaves out.

    Raises `EncodingError` where one cannot be decoded.
    """
    has_alpha = any(name.lower() == "alpha_mode" for name in stream.metadata)
    decoder = CodecContext.create(VP9_WITH_ALPHA, "r") if has_alpha else stream.codec_context
    try:
        for packet in container.demux(stream):
            yield from decoder.decode(packet if packet.size else None)
    except av.FFmpegError as error:
        raise EncodingError(f"The video cannot be decoded: {error.strerror}.", cure="Make it again.") from error


def unreadable(path: Path, error: OSError | av.FFmpegError, fault: type[AvatarError]) -> AvatarError:
    return fault(f"{path.name} cannot be read as sound or video: {error.strerror}.", cure="Check it, or make it again.")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        if error.errno in NO_SPACE_ERRORS:
            raise
        raise EncodingError(
            f"{path.name} cannot be written: {error.strerror}.",
            cure="Check the folder and the video settings.",
        ) from error
