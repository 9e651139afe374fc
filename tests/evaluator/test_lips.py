import numpy as np
import pytest

from avatar.types import Span
from evaluator.lips import against_film, against_reference, bilabials, closed_gap, lips
from evaluator.reference import Reference
from tests.evaluator.face_factory import FPS, SECONDS, face, speech

RANDOM = np.random.Generator(np.random.PCG64(12))
GRID = np.arange(int(SECONDS * 100)) * 0.01
TRACK = np.convolve(RANDOM.random(len(GRID)), np.ones(12) / 12, "same")
TIMES = np.arange(int(SECONDS * FPS)) / FPS


def follows(lag: float = 0.0, scale: float = 0.2) -> np.ndarray:
    return scale * np.interp(TIMES - lag, GRID, TRACK)


def test_lips_that_follow_the_speech_correlate_at_their_lag() -> None:
    values, curves = lips(face(opening=follows(0.06)), speech(TRACK))
    assert values["lip_offset_ms"].value == pytest.approx(60, abs=5)
    assert values["lip_correlation"].value == pytest.approx(1.0, abs=0.01)
    assert curves.lags[np.nanargmax(curves.r)] == pytest.approx(0.06)


def test_lips_that_stand_still_have_no_correlation_and_a_reason() -> None:
    values, _ = lips(face(), speech(TRACK))
    assert values["lip_correlation"].value is None
    assert "do not move" in values["lip_correlation"].why


def test_closures_are_counted_where_they_should_be() -> None:
    opening = np.full(len(TIMES), 0.1)
    opening[round(2.0 * FPS)] = 0.005
    opening[round(4.04 * FPS)] = 0.005
    opening[round(6.2 * FPS)] = 0.005
    values, _ = lips(face(opening=opening), speech(TRACK, bilabials=(2.0, 4.0, 6.0, 8.0)))
    assert values["closed_at_bilabials"].value == pytest.approx(0.5)
    assert values["closed_at_random"].value == pytest.approx(9 / len(TIMES), abs=0.01)
    assert values["closed_in_speech"].value == pytest.approx(3 / len(TIMES), abs=1e-4)


def test_silence_is_what_is_half_a_second_away_from_speech() -> None:
    opening = np.where(TIMES > 6.5, 0.0, 0.1)
    values, _ = lips(face(opening=opening), speech(TRACK, spoken=Span(0.0, 6.0)))
    assert values["closed_in_silence"].value == pytest.approx(1.0, abs=0.01)
    assert values["closed_in_speech"].value == 0.0
    values, _ = lips(face(opening=opening), speech(TRACK))
    assert values["closed_in_silence"].value is None


def test_bilabials_are_pressed_lips_and_not_silence() -> None:
    told = speech(TRACK, bilabials=(3.0, 5.0))
    told.visemes.closure[800:] = 1.0
    np.testing.assert_allclose(bilabials(told.visemes), [2.96, 4.96], atol=0.08)


def test_real_lips_are_compared_at_their_own_lag() -> None:
    real = Reference(TIMES, follows(0.1, 0.1), offset=0.1)
    values, _ = against_reference(face(opening=follows(0.02)), speech(TRACK), real)
    assert values["reference_offset_ms"].value == pytest.approx(20, abs=5)
    assert values["reference_spread"].value == pytest.approx(2.0, abs=0.05)
    assert values["track_correlation"].value == pytest.approx(1.0, abs=0.02)
    lost, found = values["correlation_loss"].value, values["reference_correlation"].value
    assert lost is not None
    assert found is not None
    assert lost == pytest.approx((values["track_correlation"].value or 0) - found, abs=1e-3)


def test_a_film_counts_by_what_the_same_tracker_sees() -> None:
    values = against_film(face(opening=follows(scale=0.3)), speech(TRACK), face(opening=follows(0.04, 0.2)), 0.04)
    assert values["film_spread"].value == pytest.approx(1.5, abs=0.05)
    assert values["film_correlation"].value == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("own", "closed"), [(0.0, 0.02), (0.04, 0.02), (0.1, 0.04), (0.3, 0.05)])
def test_where_a_portraits_lips_are_parted_shut_ones_look_a_little_open(own: float, closed: float) -> None:
    assert closed_gap(own) == pytest.approx(closed)
    opening = np.full(len(TIMES), closed - 0.001)
    assert lips(face(opening=opening), speech(TRACK), closed_gap(own))[0]["closed_in_speech"].value == 1.0
