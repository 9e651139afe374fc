"""A motion as curves: names and signs, and thinning that loses no blink."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import FaceMotion, neutral_motion
from video_processor.motion.overview import CURVES, overview

FPS = Fraction(25)


def moved(frames: int, **shapes: float) -> FaceMotion:
    motion = neutral_motion(frames, FPS)
    for name, value in shapes.items():
        motion.blendshapes[:, BLENDSHAPE_INDEX[name]] = value
    return motion


@pytest.mark.parametrize(
    ("shapes", "curve", "value"),
    [
        ({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 0.5}, "blink", 0.75),
        ({"browInnerUp": 0.6, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6}, "brow", 0.6),
        ({"browDownLeft": 0.5, "browDownRight": 0.5}, "brow", -0.5),
        ({"mouthSmileLeft": 0.4, "mouthSmileRight": 0.4}, "smile", 0.4),
        ({"mouthFrownLeft": 0.4, "mouthFrownRight": 0.4}, "smile", -0.4),
        ({"jawOpen": 0.3}, "jaw", 0.3),
    ],
)
def test_each_curve_is_of_its_shapes(shapes: dict[str, float], curve: str, value: float) -> None:
    curves = overview(moved(4, **shapes), most_points=100).curves
    assert tuple(curves) == CURVES
    assert curves[curve] == pytest.approx([value] * 4)
    assert all(not curves[name].any() for name in CURVES if name != curve)


def test_the_head_is_in_its_own_units() -> None:
    motion = neutral_motion(3, FPS)
    motion.pose[:] = [1, 2, 3, 0.1, 0.2, 0.3]
    curves = overview(motion, most_points=100).curves
    assert [float(curves[name][0]) for name in ("pitch", "yaw", "roll", "lean")] == pytest.approx([1, 2, 3, 0.3])


def test_gaze_is_that_of_the_motion() -> None:
    motion = moved(2, eyeLookOutLeft=1.0, eyeLookInRight=1.0, eyeLookUpLeft=0.5, eyeLookUpRight=0.5)
    curves = overview(motion, most_points=100).curves
    assert np.stack([curves["gaze_yaw"], curves["gaze_pitch"]], axis=1) == pytest.approx(motion.gaze)
    assert curves["gaze_yaw"][0] > 0
    assert curves["gaze_pitch"][0] > 0


def test_a_long_motion_is_thinned_and_keeps_its_blinks() -> None:
    motion = neutral_motion(1001, FPS)
    motion.pose[:, 0] = np.arange(1001)
    motion.blendshapes[503, [BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]] = 1.0
    shown = overview(motion, most_points=100)
    assert (shown.step, len(shown), shown.points_per_second) == (11, 91, FPS / 11)
    assert shown.curves["pitch"][:2] == pytest.approx([5.0, 16.0])
    assert shown.curves["pitch"][-1] == pytest.approx(np.mean(np.arange(990, 1001)))
    assert (shown.curves["blink"].max(), int(shown.curves["blink"].argmax())) == (1.0, 503 // 11)


def test_as_many_points_a_second_as_are_wanted() -> None:
    motion = neutral_motion(100, FPS)
    assert [overview(motion, most_points=1000, most_per_second=rate).step for rate in (None, 120, 25, 24, 10)] == [
        1,
        1,
        1,
        2,
        3,
    ]
