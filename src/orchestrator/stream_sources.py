"""Where the packets of a stream come from: a video that is being made, or one that is finished."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Protocol

from orchestrator.chunks import chunk_span, chunk_total, segment_path
from orchestrator.state import RenderRecord
from video_processor.fragments import Sample
from video_processor.sound_frames import SoundFormat, frames_written, load_format, read_frames
from video_processor.streaming_parts import (
    PictureClock,
    film_samples,
    film_sound_format,
    film_sound_frames,
    segment_samples,
)


class Source(Protocol):
    """Where the packets of a stream come from."""

    @property
    def sound(self) -> SoundFormat | None:
        """None before the first sound is there."""
        ...

    @property
    def sound_frames(self) -> int:
        """How many of the sound's frames there are."""
        ...

    def picture_file(self) -> Path:
        """A file with the picture track's parameters."""
        ...

    def has_pictures(self, index: int) -> bool: ...

    def pictures(self, index: int) -> list[Sample]: ...

    def sounds(self, first: int, last: int) -> list[bytes]: ...


@dataclass(frozen=True)
class Chunks:
    """A video that is being made: its segments, and the frames of its soundtrack."""

    render: RenderRecord
    artifacts: Path
    folder: Path

    @property
    def sound(self) -> SoundFormat | None:
        return load_format(self.folder)

    @property
    def sound_frames(self) -> int:
        return frames_written(self.folder)

    def picture_file(self) -> Path:
        return segment_path(self.artifacts, self.render, 0)

    def has_pictures(self, index: int) -> bool:
        return segment_path(self.artifacts, self.render, index).exists()

    def pictures(self, index: int) -> list[Sample]:
        return segment_samples(segment_path(self.artifacts, self.render, index), picture_clock(self.render))

    def sounds(self, first: int, last: int) -> list[bytes]:
        return read_frames(self.folder, first, last)


@dataclass(frozen=True)
class Film:
    """A finished video."""

    render: RenderRecord
    path: Path

    @cached_property
    def sound(self) -> SoundFormat | None:
        return film_sound_format(self.path)

    @property
    def sound_frames(self) -> int:
        return self.sound.frames if self.sound else 0

    def picture_file(self) -> Path:
        return self.path

    def has_pictures(self, index: int) -> bool:
        return 0 <= index < chunk_total(self.render)

    def pictures(self, index: int) -> list[Sample]:
        first, last = chunk_span(self.render, index)
        return film_samples(self.path, first, last, picture_clock(self.render))

    def sounds(self, first: int, last: int) -> list[bytes]:
        return film_sound_frames(self.path, first, last)


def picture_clock(render: RenderRecord) -> PictureClock:
    return PictureClock(Fraction(render["fps"]))
