"""WebM and MOV: what goes in comes out, alpha too; segments join as they are; sound begins where it should."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avatar.errors import EncodingError
from avatar.types import Image, Size
from tests.orchestrator.pipeline_fakes import write_sound
from video_processor.containers import decoded_frames, media_reader
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack, estimated_bytes, video_info
from video_processor.formats import FORMATS, PRESETS, VIDEO_SUFFIXES, FormatName, format_of

SIZE, FPS = Size(96, 64), Fraction(25)
TRANSPARENT = ["webm", "mov"]
CLOSE = 6
"""How far a level may be off once it has been coded."""


def frame(number: int, *, alpha: bool = True) -> Image:
    """Red tells the number; opaque above, below as opaque as the number tells."""
    image = np.zeros((SIZE.height, SIZE.width, 4), np.uint8)
    image[..., 0], image[..., 1] = 4 * number, 128
    image[: SIZE.height // 2, :, 3], image[SIZE.height // 2 :, :, 3] = 255, 4 * number
    return image if alpha else np.ascontiguousarray(image[..., :3])


def segment(path: Path, numbers: Iterable[int], *, alpha: bool = True, preset: str = "veryfast") -> Path:
    frames = (frame(number, alpha=alpha) for number in numbers)
    encode_segment(frames, path, size=SIZE, fps=FPS, crf=18, preset=preset, transparent=alpha)
    return path


def pictures(path: Path) -> list[Image]:
    with media_reader(path) as container:
        frames = decoded_frames(container, container.streams.video[0])
        return [np.asarray(found.to_ndarray(format="rgba"), np.uint8) for found in frames]


def levels(picture: Image) -> tuple[float, float, float]:
    """Red above, alpha above, alpha below."""
    upper, lower = picture[4 : SIZE.height // 2 - 4], picture[SIZE.height // 2 + 4 : -4]
    return float(upper[..., 0].mean()), float(upper[..., 3].mean()), float(lower[..., 3].mean())


@pytest.mark.parametrize("name", TRANSPARENT)
def test_transparent_segments_join_as_they_are(tmp_path: Path, name: FormatName) -> None:
    parts = [segment(tmp_path / f"{i}.{name}", range(25 * i, 25 * i + 25)) for i in range(2)]
    sound = tmp_path / f"s{FORMATS[name].sound_suffix}"
    encode_soundtrack(write_sound(tmp_path / "s.wav", 2.0), sound, bitrate=128_000, duration=2.0)
    path = tmp_path / f"film.{name}"
    assemble_video(parts, sound, path, fps=FPS)
    for number, picture in enumerate(pictures(path)):
        assert levels(picture) == pytest.approx((4 * number, 255, 4 * number), abs=CLOSE)
    info = video_info(path)
    assert (info.frames, info.fps, info.size) == (50, FPS, SIZE)
    assert info.duration == pytest.approx(2.0)
    assert info.audio_duration == pytest.approx(2.0, abs=0.01)
    assert packets(path) == [data for part in parts for data in packets(part)]


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


@pytest.mark.parametrize("name", TRANSPARENT)
def test_frames_are_shown_in_their_time_and_chunks_begin_with_a_key_frame(tmp_path: Path, name: FormatName) -> None:
    parts = [segment(tmp_path / f"{i}.{name}", range(8)) for i in range(3)]
    path = tmp_path / f"film.{name}"
    assemble_video(parts, None, path, fps=FPS)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [packet for packet in container.demux(stream) if packet.size]
        assert stream.average_rate == FPS
        assert [round(float((packet.pts or 0) * packet.time_base), 3) for packet in found] == [
            round(number / 25, 3) for number in range(24)
        ]
    assert all(found[index].is_keyframe for index in (0, 8, 16))


def test_a_webm_is_vp9_with_alpha_and_opus(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    encode_soundtrack(write_sound(tmp_path / "s.wav", 0.4), tmp_path / "s.webm", bitrate=96_000, duration=0.4)
    assemble_video([segment(tmp_path / "0.webm", range(10))], tmp_path / "s.webm", path, fps=FPS)
    with av.open(str(path)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, sound.codec_context.name, sound.rate) == ("vp9", "opus", 48_000)
        assert {name.lower(): value for name, value in video.metadata.items()}["alpha_mode"] == "1"
        assert (video.codec_context.colorspace, video.codec_context.color_range) == (1, 1)


def test_a_mov_is_prores_4444_with_alpha_and_422_without(tmp_path: Path) -> None:
    for alpha, profile, pixels in ((True, "4444", "yuva444"), (False, "HQ", "yuv422")):
        path = segment(tmp_path / f"{profile}.mov", range(3), alpha=alpha)
        with av.open(str(path)) as container:
            codec = container.streams.video[0].codec_context
            assert codec.name == "prores"
            assert (codec.profile, (codec.pix_fmt or "").partition("p")[0]) == (profile, pixels)
            assert (codec.color_primaries, codec.color_trc, codec.colorspace) == (1, 1, 1)


def test_the_alpha_of_a_mov_is_exact(tmp_path: Path) -> None:
    found = pictures(segment(tmp_path / "0.mov", [5]))
    assert np.abs(found[0][..., 3].astype(int) - frame(5)[..., 3]).max() <= 1


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_webm(tmp_path: Path, preset: str) -> None:
    assert len(pictures(segment(tmp_path / "0.webm", range(3), preset=preset))) == 3


@pytest.mark.parametrize("name", TRANSPARENT)
def test_an_opaque_video_of_that_format_has_no_alpha(tmp_path: Path, name: FormatName) -> None:
    path = segment(tmp_path / f"0.{name}", range(5), alpha=False)
    assert all(picture[..., 3].min() == 255 for picture in pictures(path))
    with av.open(str(path)) as container:
        assert not any(key.lower() == "alpha_mode" for key in container.streams.video[0].metadata)


@pytest.mark.parametrize("name", TRANSPARENT)
def test_segments_with_and_without_alpha_do_not_join(tmp_path: Path, name: FormatName) -> None:
    parts = [segment(tmp_path / f"{alpha}.{name}", range(3), alpha=alpha) for alpha in (True, False)]
    with pytest.raises(EncodingError, match="other settings"):
        assemble_video(parts, None, tmp_path / f"film.{name}", fps=FPS)
    assert not (tmp_path / f"film.{name}").exists()


def test_opus_is_heard_where_the_source_has_it(tmp_path: Path) -> None:
    path = tmp_path / "s.webm"
    encode_soundtrack(write_sound(tmp_path / "s.wav", 1.0), path, bitrate=128_000, duration=1.25)
    with av.open(str(tmp_path / "s.wav")) as source, av.open(str(path)) as coded:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        wanted = [part for block in source.decode(audio=0) for part in resampler.resample(block)]
        wanted += resampler.resample(None)
        original = np.concatenate([part.to_ndarray()[0] for part in wanted])
        heard = np.concatenate([block.to_ndarray().mean(axis=0) for block in coded.decode(audio=0)])
    assert len(heard) == 60_000
    lags = range(-60, 61)
    middle = slice(2_000, 40_000)
    likeness = [np.dot(original[middle], np.roll(heard, -lag)[middle]) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 1
    assert np.abs(heard[50_000:]).max() < 0.02


def test_what_cannot_be_encoded_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncodingError, match=r"MP4.*cannot be transparent"):
        segment(tmp_path / "0.mp4", range(3))
    with pytest.raises(EncodingError, match=r"shape \(64, 96, 4\)"):
        encode_segment(
            [frame(0, alpha=False)],
            tmp_path / "0.webm",
            size=SIZE,
            fps=FPS,
            crf=18,
            preset="veryfast",
            transparent=True,
        )
    with pytest.raises(EncodingError, match=r"\.mp4 or \.webm or \.mov"):
        segment(tmp_path / "0.avi", range(3))
    assert list(tmp_path.iterdir()) == []


def test_a_format_is_known_by_the_ending(tmp_path: Path) -> None:
    assert [format_of(tmp_path / f"a{suffix.upper()}").suffix for suffix in VIDEO_SUFFIXES] == list(VIDEO_SUFFIXES)
    assert [found.name for found in FORMATS.values() if found.streams] == ["mp4"]


@pytest.mark.parametrize("name", TRANSPARENT)
def test_the_room_that_is_reckoned_with_is_enough(tmp_path: Path, name: FormatName) -> None:
    noise = np.random.default_rng(3).normal(0, 1, (296, 296, 4))
    texture = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)).cumsum(axis=1) * 2
    picture = (128 + texture).clip(0, 255).astype(np.uint8)
    picture[..., 3] = 255
    frames = [np.ascontiguousarray(picture[i // 2 : i // 2 + 256, i // 3 : i // 3 + 256]) for i in range(25)]
    path = tmp_path / f"0.{name}"
    encode_segment(frames, path, size=Size(256, 256), fps=FPS, crf=18, preset="veryfast", transparent=True)
    assert estimated_bytes(Size(256, 256), 25, crf=18, preset="veryfast", name=name) >= 2 * path.stat().st_size
