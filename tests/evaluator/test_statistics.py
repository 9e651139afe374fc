import numpy as np
import pytest

from evaluator.statistics import best_lag, correlations, on_grid, pearson, running_mean, running_median, sampled

TIMES = np.arange(250) / 25
RANDOM = np.random.Generator(np.random.PCG64(11))
GRID = np.arange(1000) * 0.01
TRACK = np.convolve(RANDOM.random(1000), np.ones(8) / 8, "same").astype(np.float32)


@pytest.mark.parametrize("lag", [-0.12, -0.04, 0.0, 0.08, 0.2])
def test_a_curve_that_comes_late_has_a_positive_lag(lag: float) -> None:
    late = np.interp(TIMES - lag, GRID, TRACK)
    found = best_lag(*correlations(TIMES, late, on_grid(TRACK)))
    assert found is not None
    assert found.seconds == pytest.approx(lag, abs=0.005)
    assert found.r > 0.99


def test_of_equal_correlations_the_nearest_to_nought_counts() -> None:
    lags = np.array([-0.1, 0.0, 0.1])
    assert best_lag(lags, np.array([0.5, 0.5, 0.5])) == (0.0, 0.5)
    assert best_lag(lags, np.full(3, np.nan)) is None


def test_correlation_leaves_out_what_is_not_known() -> None:
    a = np.arange(20.0)
    b = 3 - 2 * a
    b[4] = np.nan
    assert pearson(a, b) == pytest.approx(-1.0)
    assert np.isnan(pearson(a, np.ones(20)))
    assert np.isnan(pearson(a[:5], b[:5]))


def test_a_curve_is_not_known_beyond_its_ends() -> None:
    at = sampled(np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    assert at(np.array([1.5])) == pytest.approx(15)
    assert np.isnan(at(np.array([0.9, 2.1]))).all()


def test_running_median_passes_over_what_is_short_and_mean_does_not() -> None:
    curve = np.ones(21)
    curve[10] = 100.0
    assert (running_median(curve, 5) == 1.0).all()
    assert running_mean(curve, 5)[10] == pytest.approx((4 + 100) / 5)
    assert running_mean(np.stack([curve, 2 * curve], 1), 5).shape == (21, 2)
