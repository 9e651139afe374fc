"""SadTalker's networks are told what the performance asks for, in their own units and directions."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.performance import ControlParameters, Performance
from avatar.types import FaceMotion, Floats
from tests.video_processor.speech_factory import make_silence, make_speech
from video_processor.motion.synthesis import synthesise_motion
from video_processor.renderers.puppet.frame import rotation
from video_processor.renderers.sadtalker.driving import blink_ratio, expression_scale, head_coefficients

FPS = Fraction(25)
NOTHING = np.zeros(52, np.float32)


def held(frames: int = 3, pose: tuple[float, ...] = (0,) * 6, **shapes: float) -> FaceMotion:
    values = np.zeros((frames, 52), np.float32)
    for name, value in shapes.items():
        values[:, BLENDSHAPE_INDEX[name]] = value
    return FaceMotion(FPS, values, np.tile(np.array(pose, np.float32), (frames, 1)))


def turned(angles: Floats) -> Floats:
    """The 3D face model's rotation Rz Ry Rx: x right in the picture, y up, z to the camera."""
    (ax, ay, az) = angles
    x = np.array([[1, 0, 0], [0, np.cos(ax), -np.sin(ax)], [0, np.sin(ax), np.cos(ax)]])
    y = np.array([[np.cos(ay), 0, np.sin(ay)], [0, 1, 0], [-np.sin(ay), 0, np.cos(ay)]])
    z = np.array([[np.cos(az), -np.sin(az), 0], [np.sin(az), np.cos(az), 0], [0, 0, 1]])
    return np.asarray(z @ y @ x, np.float32)


@pytest.mark.parametrize("pose", [(10, 0, 0), (0, 10, 0), (0, 0, 10), (-12, 17, 5), (8, -20, -9)])
def test_the_head_turns_as_our_own_renderer_turns_it(pose: tuple[float, ...]) -> None:
    half_turn = np.diag([1.0, -1.0, -1.0])
    ours = half_turn @ rotation(*pose) @ half_turn
    assert turned(head_coefficients(held(1, (*pose, 0, 0, 0)))[0, :3]) == pytest.approx(ours, abs=1e-5)


@pytest.mark.parametrize(
    ("pose", "point", "towards"),
    [
        ((20, 0, 0), (0, 0, 1), (0, 1, 0)),
        ((0, 20, 0), (0, 0, 1), (1, 0, 0)),
        ((0, 0, 20), (0, 1, 0), (1, 0, 0)),
    ],
    ids=["looking up lifts the nose", "a turn to the own left goes right", "a tilt to the own left goes right"],
)
def test_directions(pose: tuple[float, ...], point: tuple[float, ...], towards: tuple[float, ...]) -> None:
    angles = head_coefficients(held(1, (*pose, 0, 0, 0)))[0, :3]
    assert turned(angles) @ np.array(point) @ np.array(towards) == pytest.approx(np.sin(np.radians(20)), abs=1e-5)


def test_shifts_are_in_the_face_models_decimetres_and_turns_end() -> None:
    found = head_coefficients(held(1, (0, 90, -90, 0.1, 0.2, 0.3)))[0]
    assert found == pytest.approx([0, np.radians(30), np.radians(30), 0.08627, 0.17254, 0.25881], abs=1e-5)


def test_a_blink_of_one_eye_is_half_a_blink_and_the_portraits_own_lids_are_none() -> None:
    rest = NOTHING.copy()
    rest[BLENDSHAPE_INDEX["eyeBlinkLeft"]] = rest[BLENDSHAPE_INDEX["eyeBlinkRight"]] = 0.2
    assert blink_ratio(held(eyeBlinkLeft=0.2, eyeBlinkRight=0.2), rest) == pytest.approx(np.zeros((3, 1)), abs=1e-6)
    assert blink_ratio(held(eyeBlinkLeft=1, eyeBlinkRight=0.2), rest) == pytest.approx(np.full((3, 1), 0.5), abs=1e-6)
    assert blink_ratio(held(eyeBlinkLeft=1, eyeBlinkRight=1), rest) == pytest.approx(np.ones((3, 1)))


def mean_scale(silent: bool = False, **controls: float) -> float:
    speech = make_silence(8.0) if silent else make_speech(8.0, seed=3)
    performance = Performance(controls=ControlParameters.model_validate(controls))
    motion = synthesise_motion(speech, performance, fps=FPS, frames=200, rest=NOTHING, seed=1)
    return float(expression_scale(motion, NOTHING).mean())


def test_speech_as_it_was_analysed_is_played_at_about_its_own_scale() -> None:
    assert mean_scale() == pytest.approx(1.0, abs=0.1)
    assert mean_scale(silent=True) == pytest.approx(1.0, abs=0.1)


def test_wider_mouths_and_stronger_moods_make_more_of_the_expression() -> None:
    closed, usual, open_ = (mean_scale(mouth_openness=value) for value in (0.0, 0.5, 1.0))
    assert closed < usual - 0.05 < usual + 0.05 < open_
    happy = {"label": "happy", "valence": 0.8, "arousal": 0.5}
    weak, strong = (mean_scale(emotion=happy, expression_intensity=value) for value in (0.0, 1.0))  # type: ignore[arg-type]
    assert weak + 0.03 < strong
