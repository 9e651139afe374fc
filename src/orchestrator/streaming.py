"""A video that can be watched while it renders: HLS parts, cut on demand from what is finished."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Final

from avatar.errors import NotFoundError
from avatar.settings import Settings
from orchestrator.chunks import chunk_span, chunk_total
from orchestrator.jobs.names import video_path
from orchestrator.jobs.record import JobRecord
from orchestrator.state import RenderRecord
from orchestrator.stream_plan import load_plan
from orchestrator.stream_sources import Chunks, Film, Source, picture_clock
from video_processor.fragments import PictureTrack, codecs, initialisation, part
from video_processor.sound_frames import SoundFormat
from video_processor.streaming_parts import picture_run, picture_track, sound_frames_before, sound_run, sound_track

HLS_VERSION: Final = 7
VERSION_DIGITS: Final = 8
WAIT_CURE: Final = "Ask again in a moment."


@dataclass(frozen=True)
class VideoStream:
    """The parts of a video that exist, from its first on. Part `index` is chunk `index` with its sound."""

    render: RenderRecord
    source: Source
    has_ended: bool

    @cached_property
    def ready(self) -> int:
        """Parts that can be watched: those before the first that lacks its picture or its sound."""
        index = 0
        while index < chunk_total(self.render) and self._is_ready(index):
            index += 1
        return index

    @property
    def complete(self) -> bool:
        """Whether no part will follow."""
        return self.has_ended or self.ready == chunk_total(self.render)

    @cached_property
    def codecs(self) -> str:
        """For MediaSource, such as `avc1.64001f,mp4a.40.2`. Raises `NotFoundError` before the first part."""
        return codecs(self._picture())

    def playlist(self, prefix: str) -> str:
        """An HLS playlist; `prefix` comes before the names of the parts. Raises `NotFoundError` before the first."""
        version = self.render["key"][:VERSION_DIGITS]
        longest = max([*self.render["opening"], self.render["chunk_frames"]])
        lines = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{HLS_VERSION}",
            f"#EXT-X-TARGETDURATION:{ceil(longest / self._fps)}",
            "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-PLAYLIST-TYPE:EVENT",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
            f"# CODECS={self.codecs}",
            f'#EXT-X-MAP:URI="{prefix}init.mp4?v={version}"',
        ]
        for index in range(self.ready):
            first, last = chunk_span(self.render, index)
            lines += [f"#EXTINF:{float((last - first) / self._fps):.6f},", f"{prefix}{index}.m4s?v={version}"]
        return "\n".join([*lines, "#EXT-X-ENDLIST"] if self.complete else lines) + "\n"

    def init(self) -> bytes:
        """What a player needs before any part. Raises `NotFoundError` before the first part is there."""
        sound = self.source.sound
        if sound is None:
            raise self._missing(0)
        return initialisation(self._picture(), sound_track(sound))

    def part(self, index: int) -> bytes:
        """One fragment. Raises `NotFoundError` where it does not exist yet, or never will."""
        sound = self.source.sound
        if sound is None or not 0 <= index < chunk_total(self.render) or not self._is_ready(index):
            raise self._missing(index)
        first, last = self._sound_span(index, sound)
        pictures = picture_run(
            chunk_span(self.render, index)[0], self.source.pictures(index), picture_clock(self.render)
        )
        return part(index + 1, [pictures, sound_run(sound, first, self.source.sounds(first, last))])

    @property
    def _fps(self) -> Fraction:
        return Fraction(self.render["fps"])

    def _is_ready(self, index: int) -> bool:
        sound = self._sound_there
        return (
            sound is not None and self._sound_span(index, sound[0])[1] <= sound[1] and self.source.has_pictures(index)
        )

    @cached_property
    def _sound_there(self) -> tuple[SoundFormat, int] | None:
        sound = self.source.sound
        return None if sound is None else (sound, self.source.sound_frames)

    def _sound_span(self, index: int, sound: SoundFormat) -> tuple[int, int]:
        first, last = chunk_span(self.render, index)
        end = sound.frames if last == self.render["frames"] else sound_frames_before(last, self._fps, sound)
        return sound_frames_before(first, self._fps, sound), end

    def _picture(self) -> PictureTrack:
        if not self.source.has_pictures(0):
            raise self._missing(0)
        return picture_track(self.source.picture_file(), picture_clock(self.render))

    def _missing(self, index: int) -> NotFoundError:
        total = chunk_total(self.render)
        if not 0 <= index < total:
            return NotFoundError(f"There is no part {index}: the video has {total}.", cure="Look at the playlist.")
        return NotFoundError(f"Part {index} of the video is not there yet.", cure=WAIT_CURE)


def open_stream(settings: Settings, record: JobRecord) -> VideoStream | None:
    """The stream of a job's MP4 as far as it is there; None before its chunks are planned, or when it is gone.

    The stream is a look at this moment: open it again to see what has come since. The parts of a finished video come
    from the video itself where its segments have been removed.
    """
    plan = load_plan(settings.data_dir / "jobs" / record.thread_id) if record.thread_id else None
    if plan is None:
        return None
    render = plan["render"]
    chunks = Chunks(render, settings.data_dir / "artifacts", Path(plan["soundtrack"]).parent)
    stream = VideoStream(render, chunks, record.has_ended)
    if record.status != "completed" or stream.ready == chunk_total(render):
        return stream
    films = [path for path in (video_path(settings, record), Path(plan["video"])) if path.exists()]
    return VideoStream(render, Film(render, films[0]), has_ended=True) if films else None
