"""The room that a video needs is known before it is rendered."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import DiskSpaceError
from avatar.types import Size
from video_processor.encoding import encode_segment, estimated_bytes, require_free_space

SIZE = Size(256, 256)


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast"])
@pytest.mark.parametrize("crf", [16, 22])
def test_the_estimate_covers_a_moving_textured_picture(tmp_path: Path, preset: str, crf: int) -> None:
    noise = np.random.default_rng(3).normal(0, 1, (296, 296, 3))
    texture = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)).cumsum(axis=1) * 2
    picture = (128 + texture).clip(0, 255).astype(np.uint8)
    frames = [picture[i // 2 : i // 2 + 256, i // 3 : i // 3 + 256] for i in range(50)]
    path = tmp_path / "segment.mp4"
    encode_segment(frames, path, size=SIZE, fps=Fraction(25), crf=crf, preset=preset)
    estimate = estimated_bytes(SIZE, 50, crf=crf, preset=preset)
    assert estimate >= path.stat().st_size


def test_the_estimate_grows_with_all_that_makes_a_file_larger() -> None:
    base = estimated_bytes(SIZE, 1_000)
    assert estimated_bytes(Size(512, 512), 1_000) > 3 * base
    assert estimated_bytes(SIZE, 10_000) > 8 * base
    assert estimated_bytes(SIZE, 1_000, crf=12) > 1.5 * base
    assert estimated_bytes(SIZE, 1_000, preset="ultrafast") > 2 * base
    assert estimated_bytes(SIZE, 1_000, sound_seconds=40, sound_bitrate=128_000) == base + 2 * 40 * 16_000


def test_an_hour_at_the_default_size_fits_an_ordinary_disk() -> None:
    assert estimated_bytes(Size(512, 512), 90_000, sound_seconds=3_600, sound_bitrate=128_000) < 2_000_000_000


def test_a_disk_too_small_is_told_before_rendering(tmp_path: Path) -> None:
    with pytest.raises(DiskSpaceError, match="are needed"):
        require_free_space(tmp_path, estimated_bytes(Size(4096, 4096), 10**9))
