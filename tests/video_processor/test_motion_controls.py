"""Every control parameter moves its own curve, the further the more, and leaves alone what is not its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from avatar.performance import ControlParameters, Performance
from avatar.types import FaceMotion
from tests.video_processor.speech_factory import make_speech
from tests.video_processor.test_motion import blink_starts, motion_of

SPEECH = make_speech(60.0)
Measure = Callable[[FaceMotion], float]


def played(**controls: Any) -> FaceMotion:
    return motion_of(SPEECH, Performance(controls=ControlParameters.model_validate(controls)))


def mean(*names: str) -> Measure:
    return lambda motion: float(sum(motion.shape(name).mean() for name in names))


def brows(motion: FaceMotion) -> float:
    return mean("browInnerUp", "browOuterUpLeft")(motion) - mean("browDownLeft")(motion)


def corners(motion: FaceMotion) -> float:
    return mean("mouthSmileLeft")(motion) - mean("mouthFrownLeft")(motion)


def contact(motion: FaceMotion) -> float:
    """Share of time in which the eyes, in the room, are within 4 degrees of the viewer."""
    room = motion.gaze + motion.pose[:, [1, 0]]
    return float((np.hypot(room[:, 0], room[:, 1]) < 4.0).mean())


def head_spread(motion: FaceMotion) -> float:
    return float(motion.pose[:, :3].std(axis=0).sum())


def brow_accents(motion: FaceMotion) -> float:
    return float(motion.shape("browOuterUpLeft").std())


@pytest.mark.parametrize(
    ("name", "values", "measure", "least_step"),
    [
        ("blink_rate", (0.1, 0.4, 1.0, 2.0), lambda m: float(len(blink_starts(m))), 10.0),
        ("head_tilt", (-1.0, -0.5, 0.0, 0.5, 1.0), lambda m: float(m.pose[:, 0].mean()), 1.0),
        ("mouth_openness", (0.0, 0.25, 0.5, 0.75, 1.0), mean("jawOpen"), 0.03),
        ("eyebrow_raise", (-1.0, -0.5, 0.0, 0.5, 1.0), brows, 0.1),
        ("head_motion", (0.0, 0.25, 0.5, 0.75, 1.0), head_spread, 0.5),
        ("gaze_contact", (0.0, 0.4, 0.8, 1.0), contact, 0.1),
        ("smile", (-1.0, -0.5, 0.0, 0.5, 1.0), corners, 0.1),
        ("energy", (0.0, 0.5, 1.0), brow_accents, 0.02),
    ],
)
def test_parameter_moves_its_own_curve(
    name: str, values: tuple[float, ...], measure: Measure, least_step: float
) -> None:
    measured = [measure(played(**{name: value})) for value in values]

    assert np.diff(measured).min() >= least_step


@pytest.mark.parametrize(
    ("label", "shape"),
    [
        ("happy", "cheekSquintLeft"),
        ("sad", "mouthFrownLeft"),
        ("angry", "browDownLeft"),
        ("fearful", "eyeWideLeft"),
        ("disgusted", "noseSneerLeft"),
        ("surprised", "browOuterUpLeft"),
    ],
)
def test_expression_intensity_scales_every_emotion(label: str, shape: str) -> None:
    shown = [mean(shape)(played(emotion={"label": label}, expression_intensity=i)) for i in (0.0, 0.25, 0.5, 1.0)]

    assert np.diff(shown).min() > 0.05


@pytest.mark.parametrize(
    ("dimension", "measure"), [("valence", corners), ("arousal", lambda m: mean("eyeWideLeft")(m) - _open_lids(m))]
)
def test_valence_and_arousal_colour_the_face(dimension: str, measure: Measure) -> None:
    shown = [measure(played(emotion={dimension: value})) for value in (-1.0, -0.5, 0.0, 0.5, 1.0)]

    assert np.diff(shown).min() > 0.01


def _open_lids(motion: FaceMotion) -> float:
    return float(np.median(motion.shape("eyeBlinkLeft")))


@pytest.mark.parametrize(
    ("name", "value", "moves_pose", "moves_jaw"),
    [
        ("smile", 1.0, False, False),
        ("eyebrow_raise", 1.0, False, False),
        ("blink_rate", 1.5, False, False),
        ("expression_intensity", 1.0, False, False),
        ("mouth_openness", 1.0, False, True),
        ("head_tilt", 1.0, True, False),
        ("head_motion", 1.0, True, False),
        ("gaze_contact", 0.2, True, False),
        ("energy", 1.0, True, True),
    ],
)
def test_parameter_leaves_alone_what_is_not_its_own(name: str, value: float, moves_pose: bool, moves_jaw: bool) -> None:
    default, changed = played(), played(**{name: value})

    assert np.array_equal(default.pose, changed.pose) is not moves_pose
    assert np.array_equal(default.shape("jawOpen"), changed.shape("jawOpen")) is not moves_jaw
    if name != "blink_rate":
        np.testing.assert_allclose(blink_starts(default), blink_starts(changed), atol=0.041)


def test_neither_speech_nor_motion_moves_a_head_that_should_be_still() -> None:
    motion = played(head_motion=0.0, gaze_contact=1.0)

    assert motion.pose[:, :3].std(axis=0).max() < 0.2
