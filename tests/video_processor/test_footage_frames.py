"""Footage goes there and back for as long as the sound lasts, and any frame of it is found in any order."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import RenderError
from avatar.types import Footage, Image, Size
from video_processor.footage.frames import gop_length, read_frames, shown_frames, write_frames

COUNT = 40
SIZE = Size(64, 48)


def footage(path: Path, count: int = COUNT, fps: float = 25.0) -> Footage:
    landmarks = np.zeros((count, 478, 3), np.float32)
    return Footage(path, np.arange(count) / fps, count / fps, landmarks)


def numbered(count: int = COUNT) -> list[Image]:
    return [np.full((SIZE.height, SIZE.width, 3), 20 + 5 * index, np.uint8) for index in range(count)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    path = tmp_path_factory.mktemp("footage") / "frames.mp4"
    assert write_frames(path, numbered(), SIZE) == COUNT
    return footage(path)


def numbers(images: list[Image]) -> list[int]:
    return [round((float(image.mean()) - 20) / 5) for image in images]


def test_footage_goes_there_and_back() -> None:
    shown = shown_frames(footage(Path("a"), count=4), 0, 14, Fraction(25))
    assert shown.tolist() == [0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2]


@pytest.mark.parametrize(
    ("filmed", "wanted"), [(30.0, Fraction(25)), (25.0, Fraction(30000, 1001)), (15.0, Fraction(60))]
)
def test_the_frame_that_is_shown_in_the_middle_is_taken(filmed: float, wanted: Fraction) -> None:
    clip = footage(Path("a"), count=30, fps=filmed)
    shown = shown_frames(clip, 0, 20, wanted)
    middles = (np.arange(20) + 0.5) / float(wanted)
    late = middles - clip.times[shown]
    assert (late >= -1e-4).all()
    assert (late <= 1 / filmed + 1e-4).all()


def test_a_later_stretch_goes_on_where_the_one_before_ended() -> None:
    clip = footage(Path("a"), count=7)
    whole = shown_frames(clip, 0, 50, Fraction(30))
    parts = [shown_frames(clip, first, 10, Fraction(30)) for first in range(0, 50, 10)]
    assert np.array_equal(whole, np.concatenate(parts))


@pytest.mark.parametrize("order", [[0, 1, 2], [39, 38, 37, 36], [17, 3, 30, 30, 16, 15], [*range(COUNT - 1, -1, -1)]])
def test_frames_come_in_any_order(kept: Footage, order: list[int]) -> None:
    assert numbers(list(read_frames(kept, order))) == order


def test_a_frame_that_is_not_there_is_named(kept: Footage) -> None:
    with pytest.raises(RenderError, match="no frame 40"):
        next(read_frames(kept, [COUNT]))


def test_little_is_lost(kept: Footage) -> None:
    rng = np.random.default_rng(1)
    rough = np.kron(rng.integers(40, 220, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    path = kept.path.with_name("rough.mp4")
    write_frames(path, [rough] * 3, SIZE)
    found = next(read_frames(footage(path, 3), [2]))
    inside = np.abs(found.astype(int) - rough)[:, :, 1]
    assert np.median(inside) <= 3


def test_large_frames_come_in_short_groups() -> None:
    assert gop_length(Size(512, 512)) == 16
    assert gop_length(Size(4096, 4096)) == 1
