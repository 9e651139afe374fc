from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES, VISEMES
from avatar.types import FaceMotion, RenderChunk, frame_count, neutral_motion

FPS = Fraction(25)


def test_there_are_52_blendshapes_and_15_visemes_without_repeats() -> None:
    assert len(set(BLENDSHAPES)) == len(BLENDSHAPES) == 52
    assert len(set(VISEMES)) == len(VISEMES) == 15


@pytest.mark.parametrize(
    ("duration", "fps", "frames"),
    [
        (1.0, FPS, 25),
        (1.0001, FPS, 26),
        (0.0, FPS, 1),
        (0.01, FPS, 1),
        (10.0, Fraction(30000, 1001), 300),
        (3600.0, Fraction(30000, 1001), 107_893),
        (0.1 + 0.2, Fraction(10), 3),
    ],
)
def test_frames_cover_the_sound_and_no_more(duration: float, fps: Fraction, frames: int) -> None:
    assert frame_count(duration, fps) == frames


def test_motion_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="52"):
        FaceMotion(FPS, np.zeros((3, 51), np.float32), np.zeros((3, 6), np.float32))
    with pytest.raises(ValueError, match="52"):
        FaceMotion(FPS, np.zeros((3, 52), np.float32), np.zeros((2, 6), np.float32))


def test_motion_is_sliced_and_asked_by_name() -> None:
    motion = neutral_motion(10, FPS)
    motion.blendshapes[4, BLENDSHAPE_INDEX["jawOpen"]] = 0.5
    part = motion[3:6]
    assert len(part) == 3
    assert part.fps == FPS
    assert part.shape("jawOpen").tolist() == [0.0, 0.5, 0.0]


def test_neutral_motion_holds_the_rest() -> None:
    rest = np.linspace(0, 1, 52, dtype=np.float32)
    motion = neutral_motion(3, FPS, rest)
    assert (motion.blendshapes == rest).all()
    assert not motion.pose.any()


def test_gaze_points_where_both_eyes_look() -> None:
    motion = neutral_motion(3, FPS)
    for name in ("eyeLookOutLeft", "eyeLookInRight"):
        motion.shape(name)[0] = 1
    for name in ("eyeLookUpLeft", "eyeLookUpRight"):
        motion.shape(name)[1] = 0.5
    assert motion.gaze.tolist() == [[30.0, 0.0], [0.0, 12.5], [0.0, 0.0]]


def test_a_chunk_knows_its_own_frames() -> None:
    motion = neutral_motion(9, FPS)
    motion.pose[:, 0] = np.arange(9)
    chunk = RenderChunk(1, 50, 4, motion, np.zeros(10, np.float32), lead=3)
    assert chunk.own_motion.pose[:, 0].tolist() == [3.0, 4.0, 5.0, 6.0]
