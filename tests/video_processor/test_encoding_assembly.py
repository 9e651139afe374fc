"""Segments and soundtrack become one video whose frames, times and lengths are exact."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest

from avatar.errors import EncodingError
from avatar.types import Size
from tests.video_processor.sound_factory import heard, lag, melody, write_wav
from video_processor.encoding import VideoInfo, assemble_video, encode_segment, encode_soundtrack, video_info

SIZE = Size(64, 64)
FPS = Fraction(25)
NTSC = Fraction(30000, 1001)


class Entry(NamedTuple):
    """A packet as a player finds it; times in seconds."""

    kind: str
    pts: Fraction
    dts: Fraction
    duration: Fraction
    key: bool
    position: int


def segment(path: Path, levels: Sequence[int], *, fps: Fraction = FPS, size: Size = SIZE) -> Path:
    """One grey frame for each level."""
    frames = (np.full((size.height, size.width, 3), level, np.uint8) for level in levels)
    encode_segment(frames, path, size=size, fps=fps, crf=12, preset="veryfast")
    return path


def soundtrack(path: Path, frames: int, fps: Fraction, rate: int = 48_000) -> Path:
    seconds = float(frames / fps)
    source = write_wav(path.with_suffix(".wav"), melody(seconds, rate), rate)
    encode_soundtrack(source, path, bitrate=96_000, duration=seconds)
    return path


def packets(path: Path) -> list[Entry]:
    """Every packet in the order in which it lies in the file."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.dts is not None:
                pts, dts, duration = (
                    (time or 0) * packet.time_base for time in (packet.pts, packet.dts, packet.duration)
                )
                found.append(
                    Entry(packet.stream.type, pts, dts, duration, packet.is_keyframe, packet.pos or 0),
                )
    return sorted(found, key=lambda entry: entry.position)


def levels_shown(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [round(float(frame.to_ndarray(format="gray").mean())) for frame in container.decode(video=0)]


def check_timeline(path: Path, counts: Sequence[int], fps: Fraction) -> None:
    """Frame `i` at `i / fps` for one frame's time, a keyframe where each segment starts, decoding in order."""
    pictures = [entry for entry in packets(path) if entry.kind == "video"]
    total = sum(counts)
    assert [entry.pts for entry in pictures] == [i / fps for i in range(total)]
    assert [entry.dts for entry in pictures] == [entry.pts for entry in pictures]
    assert {entry.duration for entry in pictures} == {1 / fps}
    starts = [sum(counts[:i]) for i in range(len(counts))]
    assert all(pictures[start].key for start in starts)


@pytest.mark.parametrize("fps", [FPS, NTSC, Fraction(24000, 1001), Fraction(25, 2)])
@pytest.mark.parametrize("counts", [[9], [7, 5], [1, 1, 30]])
def test_segments_join_without_a_seam(tmp_path: Path, fps: Fraction, counts: list[int]) -> None:
    levels = [20 + 5 * i for i in range(sum(counts))]
    parts, done = [], 0
    for i, count in enumerate(counts):
        parts.append(segment(tmp_path / f"{i}.mp4", levels[done : done + count], fps=fps))
        done += count
    path = tmp_path / "film.mp4"
    assemble_video(parts, soundtrack(tmp_path / "s.m4a", len(levels), fps), path, fps=fps)
    check_timeline(path, counts, fps)
    alone = [level for part in parts for level in levels_shown(part)]
    assert levels_shown(path) == alone
    assert np.diff(alone).min() > 0


def test_three_hundred_segments(tmp_path: Path) -> None:
    parts = [segment(tmp_path / f"{i}.mp4", [60 * i + 5 * j for j in range(i + 1)], fps=NTSC) for i in range(3)]
    counts = [1, 2, 3] * 100
    path = tmp_path / "film.mp4"
    assemble_video(parts * 100, soundtrack(tmp_path / "s.m4a", 600, NTSC), path, fps=NTSC)
    check_timeline(path, counts, NTSC)
    assert levels_shown(path) == [level for part in parts for level in levels_shown(part)] * 100
    info = video_info(path)
    assert (info.frames, info.fps) == (600, NTSC)
    assert info.duration == pytest.approx(600 / NTSC)


def test_packets_are_copied_as_they_are(tmp_path: Path) -> None:
    parts = [segment(tmp_path / f"{i}.mp4", range(10 * i, 10 * i + 9)) for i in range(2)]
    sound = soundtrack(tmp_path / "s.m4a", 18, FPS)
    assemble_video(parts, sound, tmp_path / "film.mp4", fps=FPS)
    for kind, sources in (("video", parts), ("audio", [sound])):
        original = [content for source in sources for content in _contents(source, kind)]
        assert _contents(tmp_path / "film.mp4", kind) == original


def _contents(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.stream.type == kind and packet.size]


@pytest.mark.parametrize("fps", [FPS, NTSC])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_picture_and_sound_start_and_end_together(tmp_path: Path, fps: Fraction, rate: int) -> None:
    parts = [segment(tmp_path / f"{i}.mp4", range(30), fps=fps) for i in range(2)]
    path = tmp_path / "film.mp4"
    assemble_video(parts, soundtrack(tmp_path / "s.m4a", 60, fps, rate), path, fps=fps)
    info = video_info(path)
    assert info == VideoInfo(float(60 / fps), 60, fps, SIZE, info.audio_duration)
    assert info.audio_duration == pytest.approx(info.duration, abs=1 / rate)
    sound, found_rate = heard(path)
    assert found_rate == rate
    assert lag(sound[0], melody(float(60 / fps), rate)[0]) == 0
    with av.open(str(path)) as container:
        assert container.start_time == 0
        assert container.streams.video[0].start_time == container.streams.audio[0].start_time == 0
        assert container.duration == pytest.approx(info.duration * 1e6, abs=25)


def test_a_video_without_a_soundtrack(tmp_path: Path) -> None:
    parts = [segment(tmp_path / f"{i}.mp4", range(12)) for i in range(2)]
    assemble_video(parts, None, tmp_path / "film.mp4", fps=FPS)
    assert video_info(tmp_path / "film.mp4") == VideoInfo(0.96, 24, FPS, SIZE, None)


def test_the_index_comes_first_and_sound_lies_beside_its_picture(tmp_path: Path) -> None:
    parts = [segment(tmp_path / f"{i}.mp4", range(50)) for i in range(3)]
    path = tmp_path / "film.mp4"
    assemble_video(parts, soundtrack(tmp_path / "s.m4a", 150, FPS), path, fps=FPS)
    content = path.read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")
    entries = packets(path)
    reached = {"video": Fraction(0), "audio": Fraction(0)}
    for entry in entries:
        reached[entry.kind] = entry.dts
        assert abs(reached["video"] - reached["audio"]) <= 1


def test_the_profile_is_one_that_browsers_play(tmp_path: Path) -> None:
    assemble_video([segment(tmp_path / "0.mp4", range(5))], None, tmp_path / "film.mp4", fps=FPS)
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.video[0]
        settings = stream.codec_context.extradata
        assert (stream.codec_tag, stream.codec_context.color_range, stream.codec_context.colorspace) == ("avc1", 1, 1)
    assert settings is not None
    profile, level = settings[1], settings[3]
    assert profile == 100
    assert level <= 41


def test_segments_that_do_not_match_are_named(tmp_path: Path) -> None:
    first = segment(tmp_path / "first.mp4", range(5))
    other = segment(tmp_path / "other.mp4", range(5), size=Size(96, 64))
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"not a film")
    mute = soundtrack(tmp_path / "mute.m4a", 5, FPS)
    for bad in (other, junk, tmp_path / "missing.mp4", mute):
        with pytest.raises(EncodingError, match=bad.name):
            assemble_video([first, bad], None, tmp_path / "film.mp4", fps=FPS)
        with pytest.raises(EncodingError):
            assemble_video([bad, first], None, tmp_path / "film.mp4", fps=FPS)
    with pytest.raises(EncodingError, match="no segments"):
        assemble_video([], None, tmp_path / "film.mp4", fps=FPS)
    assert not (tmp_path / "film.mp4").exists()
    assert not list(tmp_path.glob(".part-*"))


def test_a_soundtrack_of_another_length_is_refused(tmp_path: Path) -> None:
    part = segment(tmp_path / "0.mp4", range(25))
    with pytest.raises(EncodingError, match=r"1\.000 s and the sound 1\.080 s"):
        assemble_video([part], soundtrack(tmp_path / "s.m4a", 27, FPS), tmp_path / "film.mp4", fps=FPS)
    with pytest.raises(EncodingError, match=r"0\.mp4 holds no sound"):
        assemble_video([part], part, tmp_path / "film.mp4", fps=FPS)
    assert not (tmp_path / "film.mp4").exists()


def test_sound_may_end_within_the_last_frame(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", melody(0.97, 44_100), 44_100)
    encode_soundtrack(source, tmp_path / "s.m4a", bitrate=96_000, duration=0.97)
    assemble_video([segment(tmp_path / "0.mp4", range(25))], tmp_path / "s.m4a", tmp_path / "film.mp4", fps=FPS)
    info = video_info(tmp_path / "film.mp4")
    assert (info.duration, info.audio_duration) == (1.0, 0.97)


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "junk.mp4").write_bytes(b"nothing" * 100)
    for path in (tmp_path / "junk.mp4", tmp_path / "gone.mp4", soundtrack(tmp_path / "s.m4a", 5, FPS)):
        with pytest.raises(EncodingError, match=path.name):
            video_info(path)
