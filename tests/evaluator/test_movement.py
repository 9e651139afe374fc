import numpy as np
import pytest

from evaluator.movement import blinks, movement
from tests.evaluator.face_factory import FPS, SECONDS, face

TIMES = np.arange(int(SECONDS * FPS)) / FPS


def test_blinks_are_short_dips_of_the_lids() -> None:
    eyes = np.full(len(TIMES), 0.3)
    eyes[50:54] = 0.2
    eyes[150:153] = 0.05
    eyes[200:240] = 0.2
    found = blinks(face(eyes=eyes))
    assert found == [pytest.approx((2.0, 2.16)), pytest.approx((6.0, 6.12))]
    assert movement(face(eyes=eyes))["blink_rate"].value == pytest.approx(10.0)


def test_eyes_that_tremble_do_not_blink() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    assert not blinks(face(eyes=0.3 + random.normal(0, 0.01, len(TIMES))))


def test_a_steady_turn_has_its_speed_and_a_swing_its_deviation() -> None:
    angles = np.zeros((len(TIMES), 3))
    angles[:, 1] = 5 * np.sin(2 * np.pi * TIMES / 3)
    found = movement(face(angles=angles))
    assert found["head_yaw_sd"].value == pytest.approx(5 / np.sqrt(2), abs=0.05)
    assert found["head_pitch_sd"].value == 0.0
    steady = np.outer(TIMES, [3.0, 4.0, 0.0])
    assert movement(face(angles=steady))["head_speed"].value == pytest.approx(5.0, abs=0.1)
