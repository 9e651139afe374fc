"""Lips: closures survive, speeds are human, sounds have their shapes."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import Floats, Span
from tests.video_processor.speech_factory import make_tone
from tests.video_processor.test_motion import lip_gap, motion_of

HOPS = 200


def flat(value: float) -> Floats:
    return np.full(HOPS, value, np.float32)


def only_viseme(name: str) -> Floats:
    probabilities = np.zeros((HOPS, len(VISEMES)), np.float32)
    probabilities[:, VISEME_INDEX[name]] = 1.0
    return probabilities


@pytest.mark.parametrize("first", range(100, 108))
@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(60)])
def test_a_closure_of_40_ms_shuts_the_lips_wherever_it_falls(first: int, fps: Fraction) -> None:
    closure = flat(0.0)
    closure[first : first + 4] = 1.0
    motion = motion_of(make_tone(2.0, 0.8, closure=closure), fps=fps)
    frame = round((first + 2) * 0.01 * float(fps))

    assert lip_gap(motion)[frame - 2 : frame + 2].min() < 0.01
    assert motion.shape("mouthLowerDownLeft")[frame - 2 : frame + 2].min() < 0.01
    assert lip_gap(motion)[frame - 12] > 0.1


def test_jaw_stays_within_human_speed_around_a_closure() -> None:
    closure = flat(0.0)
    closure[100:104] = 1.0
    gap = lip_gap(motion_of(make_tone(2.0, 1.0, closure=closure)))

    assert np.abs(np.diff(gap)).max() * 25 <= 0.30 * 12.0 + 1e-4


def test_opening_sets_the_jaw() -> None:
    jaws = [motion_of(make_tone(2.0, o)).shape("jawOpen")[25] for o in (0.0, 0.2, 0.4, 0.7, 1.0)]

    assert jaws[0] == 0.0
    assert np.diff(jaws).min() > 0.08
    assert jaws[2] == pytest.approx(0.344, abs=0.03)


@pytest.mark.parametrize(
    ("track", "low", "high", "shape"),
    [
        ("rounding", 0.0, 1.0, "mouthPucker"),
        ("rounding", 0.0, 1.0, "mouthFunnel"),
        ("width", 0.5, 1.0, "mouthStretchLeft"),
        ("width", 0.5, 0.0, "mouthPucker"),
        ("closure", 0.0, 1.0, "mouthPressRight"),
        ("closure", 0.0, 1.0, "mouthRollUpper"),
    ],
)
def test_track_shapes_the_lips(track: str, low: float, high: float, shape: str) -> None:
    weak, strong = (motion_of(make_tone(2.0, 0.3, **{track: flat(v)})).shape(shape)[25] for v in (low, high))

    assert strong > weak + 0.1


@pytest.mark.parametrize(
    ("viseme", "shape"),
    [
        ("FF", "mouthRollLower"),
        ("FF", "mouthUpperUpLeft"),
        ("TH", "tongueOut"),
        ("CH", "mouthFunnel"),
        ("SS", "mouthLowerDownLeft"),
        ("E", "mouthLowerDownRight"),
    ],
)
def test_viseme_has_its_shape(viseme: str, shape: str) -> None:
    plain, shaped = (
        motion_of(make_tone(2.0, 0.3, probabilities=only_viseme(v))).shape(shape)[25] for v in ("nn", viseme)
    )

    assert shaped > plain + 0.05


def test_lips_close_soon_after_the_last_word() -> None:
    speech = make_tone(4.0, 0.6)
    ending = replace(speech, prosody=replace(speech.prosody, phrases=(Span(1.0, 2.0),)))
    jaw = motion_of(ending).shape("jawOpen")

    assert jaw[:16].max() == 0.0
    assert jaw[28:48].min() > 0.3
    assert jaw[66:].max() == 0.0
