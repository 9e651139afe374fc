"""How far a blink's value takes the lids."""

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.lid_state import MEET_LOWER, lid_state

FRAME = HeadFrame(np.eye(3), 200.0, np.zeros(3), np.zeros((468, 3)))


def lids(blink: float, rest: float = 0.0) -> tuple[float, float]:
    shapes, at_rest = (np.zeros(len(BLENDSHAPES), np.float32) for _ in range(2))
    shapes[BLENDSHAPE_INDEX["eyeBlinkLeft"]], at_rest[BLENDSHAPE_INDEX["eyeBlinkLeft"]] = blink, rest
    state = lid_state("Left", shapes, at_rest, FRAME)
    return state.upper, state.lower


def test_half_a_blink_leaves_more_than_half_of_the_opening() -> None:
    upper, lower = lids(0.5)
    assert 0.35 < upper < 0.45
    assert upper + lower < 0.5


def test_a_whole_blink_closes_the_eye() -> None:
    assert lids(1.0) == pytest.approx((1.0, MEET_LOWER))


def test_a_blink_comes_down_steadily() -> None:
    ways = np.array([lids(value) for value in np.linspace(0, 1, 11)])
    assert (np.diff(ways, axis=0) > 0).all()


def test_less_of_a_blink_than_at_rest_lifts_the_lid() -> None:
    upper, lower = lids(0.1, rest=0.3)
    assert upper < 0
    assert lower == 0
