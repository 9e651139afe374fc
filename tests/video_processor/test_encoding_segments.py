"""A segment holds the frames it was given, in their colours, at their times."""

import weakref
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from avatar.errors import DiskSpaceError, EncodingError, RenderError
from avatar.types import Image, Size
from video_processor.containers import media_writer
from video_processor.encoding import encode_segment

SIZE = Size(96, 64)
FPS = Fraction(25)
NTSC = Fraction(30000, 1001)
CAREFUL = 0x4 | 0x40000 | 0x2000  # SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT


def grey(level: int, size: Size = SIZE) -> Image:
    return np.full((size.height, size.width, 3), level, np.uint8)


def encode(frames: Iterable[Image], path: Path, *, size: Size = SIZE, fps: Fraction = FPS, crf: int = 18) -> int:
    return encode_segment(frames, path, size=size, fps=fps, crf=crf, preset="veryfast")


def decoded(path: Path) -> list[Image]:
    """The frames as RGB, by the inverse of BT.709 in limited range."""
    with av.open(str(path)) as container:
        return [
            np.asarray(
                frame.to_ndarray(
                    format="rgb24",
                    src_colorspace=Colorspace.ITU709,
                    src_color_range=ColorRange.MPEG,
                    dst_color_range=ColorRange.JPEG,
                    interpolation=CAREFUL,
                ),
                np.uint8,
            )
            for frame in container.decode(video=0)
        ]


def portrait_like(size: Size) -> Image:
    """Smooth shading and saturated patches with soft edges: what a face and its clothes are made of."""
    y, x = np.mgrid[0 : size.height, 0 : size.width] / np.array([size.height, size.width]).reshape(2, 1, 1)
    red = 90 + 150 * np.exp(-((x - 0.5) ** 2 + (y - 0.4) ** 2) * 12)
    green = 70 + 110 * y + 40 * np.sin(3 * x)
    blue = 200 - 160 * x
    return np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("fps", [FPS, NTSC, Fraction(25, 2), Fraction(120)])
def test_every_frame_comes_back_in_order_at_its_exact_time(tmp_path: Path, fps: Fraction) -> None:
    path = tmp_path / "segment.mp4"
    levels = [30 + 7 * i for i in range(24)]
    assert encode((grey(level) for level in levels), path, fps=fps) == len(levels)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [(frame.pts or 0) * (frame.time_base or 0) for frame in container.decode(stream)]
        assert stream.average_rate == fps
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == len(levels) / fps
    assert times == [i / fps for i in range(len(levels))]
    assert [round(float(frame.mean())) for frame in decoded(path)] == pytest.approx(levels, abs=2)


def test_the_stream_can_be_joined_and_played_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    encode((grey(5 * i) for i in range(40)), path)
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        packets = [packet for packet in container.demux() if packet.dts is not None]
    assert packets[0].is_keyframe
    assert packets[0].pts == 0
    assert all(packet.pts == packet.dts for packet in packets)
    assert len({packet.duration for packet in packets}) == 1


def test_colours_are_tagged_and_converted_as_limited_bt709(tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    encode([portrait_like(SIZE)], path)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    assert (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)
    luma = frame.to_ndarray()[: SIZE.height, : SIZE.width].astype(float)
    expected = 16 + 219 / 255 * (portrait_like(SIZE) @ np.array([0.2126, 0.7152, 0.0722]))
    assert abs(luma - expected).mean() < 1.0


def test_colours_come_back(tmp_path: Path) -> None:
    size, path = Size(256, 256), tmp_path / "segment.mp4"
    image = portrait_like(size)
    encode([image] * 5, path, size=size)
    for frame in decoded(path):
        difference = frame.astype(float) - image
        assert abs(difference).mean() < 2.0
        assert abs(difference.mean(axis=(0, 1))).max() < 1.0


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 150, 120)])
def test_a_plain_colour_comes_back(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "segment.mp4"
    encode([np.tile(np.array(colour, np.uint8), (SIZE.height, SIZE.width, 1))], path, crf=10)
    assert decoded(path)[0].mean(axis=(0, 1)) == pytest.approx(colour, abs=2)


def test_parameter_sets_do_not_depend_on_content_or_length(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (50, *grey(0).shape), np.uint8)
    shots: list[list[Image]] = [[grey(9)], list(noise), [portrait_like(SIZE)] * 7]
    found = set()
    for i, frames in enumerate(shots):
        path = tmp_path / f"{i}.mp4"
        encode(frames, path)
        with av.open(str(path)) as container:
            found.add(container.streams.video[0].codec_context.extradata)
    assert len(found) == 1
    assert None not in found


def test_frames_are_let_go_as_they_are_encoded(tmp_path: Path) -> None:
    given: list[weakref.ref[Image]] = []
    alive: list[int] = []

    def frames() -> Iterator[Image]:
        for i in range(200):
            image = grey(i)
            given.append(weakref.ref(image))
            alive.append(sum(reference() is not None for reference in given))
            yield image

    encode(frames(), tmp_path / "segment.mp4")
    assert len(alive) == 200
    assert max(alive) <= 4


def test_a_failing_renderer_leaves_no_file(tmp_path: Path) -> None:
    def frames(good: int) -> Iterator[Image]:
        yield from (grey(i) for i in range(good))
        raise RenderError("the engine broke")

    for good in (0, 1, 60):
        with pytest.raises(RenderError, match="the engine broke"):
            encode(frames(good), tmp_path / "segment.mp4")
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_finished_segment_in_place(tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    encode([grey(40)], path)
    before = path.read_bytes()
    with pytest.raises(EncodingError):
        encode([grey(40), grey(40, Size(64, 64))], path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        encode((grey(3 * i) for i in range(30)), tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(
    "odd",
    [grey(0, Size(64, 96)), grey(0)[:, :, :1], grey(0)[:, :, 0], grey(0).astype(np.float32)],
    ids=["turned", "one channel", "flat", "float"],
)
def test_a_frame_that_does_not_fit_is_named_by_its_index(tmp_path: Path, odd: Image) -> None:
    with pytest.raises(EncodingError, match=r"Frame 2 is .*\(64, 96, 3\)"):
        encode([grey(0), grey(0), odd], tmp_path / "segment.mp4")


def test_a_view_of_another_array_is_encoded_as_it_looks(tmp_path: Path) -> None:
    wide = np.concatenate([portrait_like(SIZE)] * 2, axis=1)
    encode([wide[:, ::2], wide[:, : SIZE.width][::-1]], tmp_path / "segment.mp4")
    frames = decoded(tmp_path / "segment.mp4")
    assert abs(frames[1].astype(float) - portrait_like(SIZE)[::-1]).mean() < 3.0


def test_bad_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(EncodingError, match="95 x 64"):
        encode([grey(0, Size(95, 64))], tmp_path / "segment.mp4", size=Size(95, 64))
    with pytest.raises(EncodingError, match="no frames for segment"):
        encode([], tmp_path / "segment.mp4")
    with pytest.raises(EncodingError, match="preset 'quickest'"):
        encode_segment([grey(0)], tmp_path / "s.mp4", size=SIZE, fps=FPS, crf=18, preset="quickest")
    assert not list(tmp_path.iterdir())


def test_the_finest_quality_still_plays_in_browsers(tmp_path: Path) -> None:
    encode([grey(i) for i in range(5)], tmp_path / "segment.mp4", crf=0)
    with av.open(str(tmp_path / "segment.mp4")) as container:
        assert container.streams.video[0].codec_context.profile == "High"


def _fill_the_disk(path: Path) -> None:
    with media_writer(path):
        raise av.error.OSError(28, "No space left on device", str(path))


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DiskSpaceError, match=r"segment\.mp4"):
        _fill_the_disk(tmp_path / "segment.mp4")
    assert not list(tmp_path.iterdir())
