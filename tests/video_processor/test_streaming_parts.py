"""Parts cut from segments, sound frames and finished videos play as the finished video does."""

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.types import Size
from tests.video_processor.sound_factory import heard, lag, melody, write_wav
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack
from video_processor.fragments import codecs, initialisation, part
from video_processor.sound_frames import FRAME_SAMPLES, SoundFormat, frames_written, load_format, read_frames
from video_processor.streaming_parts import (
    PictureClock,
    film_samples,
    film_sound_format,
    film_sound_frames,
    picture_run,
    picture_track,
    segment_samples,
    sound_frames_before,
    sound_run,
    sound_track,
)

SIZE = Size(64, 64)
LENGTHS = [5, 12, 20, 9]
BITRATE = 96_000


class Made:
    """Segments of `LENGTHS` frames, the sound's frames, and the finished video."""

    def __init__(self, folder: Path, fps: Fraction, rate: int, channels: int = 1) -> None:
        self.fps, self.folder = fps, folder
        seconds = float(sum(LENGTHS) / fps)
        source = write_wav(folder / "in.wav", melody(seconds, rate, channels), rate)
        encode_soundtrack(source, folder / "s.m4a", bitrate=BITRATE, duration=seconds, frames_in=folder)
        pictures = iter(np.random.default_rng(1).integers(0, 255, (sum(LENGTHS), 64, 64, 3), np.uint8))
        self.segments = [folder / f"{i}.mp4" for i in range(len(LENGTHS))]
        for path, length in zip(self.segments, LENGTHS, strict=True):
            frames = [next(pictures) for _ in range(length)]
            encode_segment(frames, path, size=SIZE, fps=fps, crf=18, preset="ultrafast")
        self.film = folder / "film.mp4"
        assemble_video(self.segments, folder / "s.m4a", self.film, fps=fps)
        sound = load_format(folder)
        assert sound is not None
        self.sound = sound
        self.clock = PictureClock(fps)

    @property
    def init(self) -> bytes:
        return initialisation(picture_track(self.segments[0], self.clock), sound_track(self.sound))

    def part(self, index: int) -> bytes:
        first, (begin, end) = sum(LENGTHS[:index]), self.sound_span(index)
        pictures = picture_run(first, segment_samples(self.segments[index], self.clock), self.clock)
        return part(index + 1, [pictures, sound_run(self.sound, begin, read_frames(self.folder, begin, end))])

    def film_part(self, index: int) -> bytes:
        first, (begin, end) = sum(LENGTHS[:index]), self.sound_span(index)
        samples = film_samples(self.film, first, first + LENGTHS[index], self.clock)
        pictures = picture_run(first, samples, self.clock)
        return part(index + 1, [pictures, sound_run(self.sound, begin, film_sound_frames(self.film, begin, end))])

    def sound_span(self, index: int) -> tuple[int, int]:
        first, last = sum(LENGTHS[:index]), sum(LENGTHS[: index + 1])
        end = self.sound.frames if index == len(LENGTHS) - 1 else sound_frames_before(last, self.fps, self.sound)
        return sound_frames_before(first, self.fps, self.sound), end


def pictures_of(data: bytes | Path) -> list[tuple[Fraction, NDArray[Any]]]:
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data), "r") as container:
        frames = container.decode(video=0)
        return [((frame.pts or 0) * (frame.time_base or Fraction(1)), frame.to_ndarray()) for frame in frames]


def sound_of(data: bytes, sound: SoundFormat) -> tuple[int, NDArray[Any]]:
    """The sample at which the sound begins, and all of it (channels, n)."""
    with av.open(io.BytesIO(data), "r") as container:
        frames = list(container.decode(audio=0))
        times = [round((frame.pts or 0) * (frame.time_base or Fraction(1)) * sound.rate) for frame in frames]
        counts = [frame.samples for frame in frames]
        assert all(b - a == n for a, b, n in zip(times, times[1:], counts, strict=False))
        return times[0], np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.mark.parametrize(
    ("fps", "rate", "channels"), [("25", 48_000, 1), ("30000/1001", 44_100, 2), ("24", 16_000, 1), ("1", 44_100, 1)]
)
def test_init_and_parts_decode_to_the_finished_video(tmp_path: Path, fps: str, rate: int, channels: int) -> None:
    made = Made(tmp_path, Fraction(fps), rate, channels)
    whole = made.init + b"".join(made.part(index) for index in range(len(LENGTHS)))

    expected = pictures_of(made.film)
    found = pictures_of(whole)
    assert [time for time, _ in found] == [Fraction(i) / made.fps for i in range(sum(LENGTHS))]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(found, expected, strict=True))

    start, sound = sound_of(whole, made.sound)
    film_sound, _ = heard(made.film)
    assert start in (-FRAME_SAMPLES, 0)
    assert np.array_equal(sound[:, -start:][:, : film_sound.shape[1]], film_sound.astype(np.float32))


def test_parts_cut_from_the_finished_video_are_the_same(tmp_path: Path) -> None:
    made = Made(tmp_path, Fraction(30000, 1001), 44_100)
    told = film_sound_format(made.film)
    assert (told.rate, told.channels, told.samples, told.config) == (
        made.sound.rate,
        made.sound.channels,
        made.sound.samples,
        made.sound.config,
    )
    assert picture_track(made.film, made.clock) == picture_track(made.segments[0], made.clock)
    for index in range(len(LENGTHS)):
        assert made.film_part(index) == made.part(index)


def test_a_part_alone_plays_at_its_own_time(tmp_path: Path) -> None:
    made = Made(tmp_path, Fraction(25), 48_000)
    alone = made.init + made.part(2)
    first = sum(LENGTHS[:2])
    pictures = pictures_of(alone)
    assert [time for time, _ in pictures] == [Fraction(first + i, 25) for i in range(LENGTHS[2])]

    with av.open(io.BytesIO(alone), "r") as container:
        begin = next(packet.pts for packet in container.demux(audio=0))
    assert begin is not None
    assert 0 <= begin - first / 25 * 48_000 < FRAME_SAMPLES
    start, sound = sound_of(alone, made.sound)
    assert start - begin in (0, FRAME_SAMPLES)
    expected, _ = heard(made.film)
    settled, after = sound[0, FRAME_SAMPLES:], start + FRAME_SAMPLES
    assert len(settled) > 10 * FRAME_SAMPLES
    assert np.allclose(settled, expected[0, after : after + len(settled)], atol=1e-4)


def test_every_sound_frame_is_in_exactly_one_part(tmp_path: Path) -> None:
    made = Made(tmp_path, Fraction(30000, 1001), 44_100)
    spans = [made.sound_span(index) for index in range(len(LENGTHS))]
    assert spans[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert spans[-1][1] == made.sound.frames == frames_written(tmp_path)


def test_the_codecs_are_named_as_browsers_want_them(tmp_path: Path) -> None:
    made = Made(tmp_path, Fraction(25), 48_000)
    track = picture_track(made.segments[0], made.clock)
    with av.open(str(made.segments[0]), "r") as container:
        codec = container.streams.video[0].codec_context
        level = container.streams.video[0].codec_context.extradata
    assert codec.profile is not None
    profile = {"Constrained Baseline": 0x42, "High": 0x64}[codec.profile]
    assert level is not None
    assert codecs(track) == f"avc1.{profile:02x}{level[2]:02x}{level[3]:02x},mp4a.40.2"


def test_frames_of_the_sound_can_be_read_while_it_is_encoded(tmp_path: Path) -> None:
    source, seen = write_wav(tmp_path / "in.wav", melody(2.0, 48_000), 48_000), []

    def look() -> None:
        count = frames_written(tmp_path)
        if count == 40:
            seen.extend(read_frames(tmp_path, 0, count))

    encode_soundtrack(source, tmp_path / "s.m4a", bitrate=BITRATE, duration=2.0, frames_in=tmp_path, check=look)
    assert len(seen) == 40
    assert read_frames(tmp_path, 0, 40) == seen
    assert read_frames(tmp_path, 7, 9) == seen[7:9]
    with av.open(str(tmp_path / "s.m4a")) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    assert read_frames(tmp_path, 0, 1000) == packets


def test_an_encoder_that_begins_again_never_takes_back_what_was_read(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", melody(2.0, 44_100), 44_100)
    counts: list[int] = []

    def stop_at_fifty() -> None:
        if frames_written(tmp_path) == 50:
            raise InterruptedError

    def encode(check: object) -> None:
        encode_soundtrack(
            source,
            tmp_path / "s.m4a",
            bitrate=BITRATE,
            duration=2.0,
            frames_in=tmp_path,
            check=check,  # type: ignore[arg-type]
        )

    with pytest.raises(InterruptedError):
        encode(stop_at_fifty)
    assert not (tmp_path / "s.m4a").exists()
    before = read_frames(tmp_path, 0, 50)

    def look() -> None:
        counts.append(frames_written(tmp_path))
        assert read_frames(tmp_path, 0, 50) == before

    encode(look)
    assert min(counts) == 50
    assert read_frames(tmp_path, 0, 50) == before


def test_frames_of_another_encoder_are_dropped(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", melody(1.0, 44_100), 44_100)
    encode_soundtrack(source, tmp_path / "a.m4a", bitrate=BITRATE, duration=1.0, frames_in=tmp_path)
    first: list[int] = []
    encode_soundtrack(
        source,
        tmp_path / "b.m4a",
        bitrate=32_000,
        duration=1.0,
        frames_in=tmp_path,
        check=lambda: first.append(frames_written(tmp_path)),
    )
    assert first[:3] == [45, 1, 2]


def test_stereo_sound_keeps_its_sides(tmp_path: Path) -> None:
    made = Made(tmp_path, Fraction(25), 48_000, channels=2)
    whole = made.init + b"".join(made.part(index) for index in range(len(LENGTHS)))
    start, sound = sound_of(whole, made.sound)
    expected = melody(sum(LENGTHS) / 25, 48_000, 2)
    assert [lag(side.astype(np.float64), wanted) for side, wanted in zip(sound, expected, strict=True)] == [-start] * 2
