"""The filter stills what rests, shifts nothing, and leaves what is quick."""

import numpy as np
import pytest

from video_processor.tracking.expression import LIDS, LIPS, TURNS
from video_processor.tracking.smoothing import OneEuro, smooth

TIMES = np.arange(200) / 25


def test_trembling_is_stilled() -> None:
    noise = np.random.default_rng(5).normal(0, 0.3, (200, 1)).astype(np.float32)
    assert smooth(TIMES, noise, [TURNS]).std() < 0.6 * noise.std()


def test_nothing_is_shifted_in_time() -> None:
    wave = np.sin(2 * np.pi * 0.8 * TIMES)[:, None].astype(np.float32)
    smoothed = smooth(TIMES, wave, [OneEuro(1.0, 0.0)])[:, 0]
    lags = range(-5, 6)
    likeness = [np.corrcoef(wave[20:-20, 0], np.roll(smoothed, -lag)[20:-20])[0, 1] for lag in lags]
    assert lags[int(np.argmax(likeness))] == 0
    turned = smooth(TIMES, wave[::-1].copy(), [OneEuro(1.0, 0.0)])[::-1, 0]
    assert np.corrcoef(turned[20:-20], smoothed[20:-20])[0, 1] > 0.9999


@pytest.mark.parametrize("how", [LIDS, LIPS])
def test_a_blink_and_a_closure_of_two_frames_keep_their_depth(how: OneEuro) -> None:
    lids = np.zeros((200, 1), np.float32)
    lids[100:104, 0] = (0.6, 1.0, 0.6, 0.2)
    lips = 0.5 - 0.5 * lids
    assert smooth(TIMES, lids, [how]).max() > 0.9
    assert smooth(TIMES, lips, [how]).min() < 0.05


def test_uneven_times_and_short_curves_are_taken() -> None:
    uneven = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.08, 200))
    line = np.full((200, 2), 0.4, np.float32)
    np.testing.assert_allclose(smooth(uneven, line, [LIPS, TURNS]), line, atol=1e-6)
    two = np.array([[0.0], [1.0]], np.float32)
    np.testing.assert_array_equal(smooth(uneven[:2], two, [LIPS]), two)
