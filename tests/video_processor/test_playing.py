"""An expression on a portrait: by time, beyond its end, over the portrait's own face, and under another's speech."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.performance import ControlParameters, Performance
from avatar.types import FaceMotion, Floats, frame_count
from tests.video_processor.speech_factory import make_silence, make_speech
from video_processor.motion.synthesis import speak_in, synthesise_motion
from video_processor.tracking.expression import TrackedExpression
from video_processor.tracking.playing import play

NOTHING = np.zeros(52, np.float32)


def rising(seconds: float = 2.0, **shapes: float) -> TrackedExpression:
    """Yaw is ten times the time in seconds; shapes are held."""
    times = np.arange(round(seconds * 30) + 1) / 30
    values = np.zeros((len(times), 52), np.float32)
    for name, value in shapes.items():
        values[:, BLENDSHAPE_INDEX[name]] = value
    pose = np.zeros((len(times), 6), np.float32)
    pose[:, 1] = 10 * times
    return TrackedExpression(times, values, pose)


def rest(**shapes: float) -> Floats:
    values = NOTHING.copy()
    for name, value in shapes.items():
        values[BLENDSHAPE_INDEX[name]] = value
    return values


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(12)])
def test_frames_show_the_film_at_their_own_time(fps: Fraction) -> None:
    motion = play(rising(), fps, 20, NOTHING, begin=0.1)
    assert motion.fps == fps
    assert motion.pose[:, 1] == pytest.approx(1 + 10 * np.arange(20) / float(fps), abs=1e-3)


def test_before_the_film_and_after_it_the_face_stands() -> None:
    yaw = play(rising(), Fraction(10), 40, NOTHING, begin=-1.0).pose[:, 1]
    assert yaw[:11] == pytest.approx(np.zeros(11))
    assert yaw[30:] == pytest.approx(np.full(10, 20.0))


def test_it_turns_back_at_the_end_without_a_jump() -> None:
    yaw = play(rising(), Fraction(10), 90, NOTHING, beyond="turn back").pose[:, 1]
    assert yaw[[0, 10, 20, 30, 40, 60]] == pytest.approx([0, 10, 20, 10, 0, 20], abs=1e-3)
    assert np.abs(np.diff(yaw)).max() == pytest.approx(1.0, abs=1e-3)


def test_a_smiling_portrait_smiles_on_and_its_lips_follow_the_film() -> None:
    own = rest(mouthSmileLeft=0.6, jawOpen=0.4, mouthPressLeft=0.3)
    still = play(rising(), Fraction(25), 5, own)
    assert still.shape("mouthSmileLeft") == pytest.approx(np.full(5, 0.6))
    assert still.shape("jawOpen").max() == still.shape("mouthPressLeft").max() == 0.0
    more = play(rising(mouthSmileLeft=0.5, jawOpen=0.7), Fraction(25), 5, own)
    assert more.shape("mouthSmileLeft") == pytest.approx(np.full(5, 0.8))
    assert more.shape("jawOpen") == pytest.approx(np.full(5, 0.7))


def face_of(seconds: float, **shapes: float) -> FaceMotion:
    return play(rising(seconds, **shapes), Fraction(25), frame_count(seconds, Fraction(25)), NOTHING)


def test_the_speech_moves_the_lips_and_the_film_the_rest() -> None:
    speech = make_speech(6.0)
    film = face_of(6.0, jawOpen=0.9, mouthFunnel=0.8, eyeBlinkLeft=0.3, browInnerUp=0.5, mouthSmileRight=0.4)
    motion = speak_in(film, speech, Performance(), rest=NOTHING, seed=1)
    alone = synthesise_motion(speech, Performance(), fps=film.fps, frames=len(film), rest=NOTHING, seed=1)
    for name in ("jawOpen", "mouthFunnel", "mouthPucker", "mouthLowerDownLeft"):
        np.testing.assert_allclose(motion.shape(name), alone.shape(name), atol=1e-6)
    for name in ("eyeBlinkLeft", "browInnerUp"):
        np.testing.assert_array_equal(motion.shape(name), film.shape(name))
    np.testing.assert_array_equal(motion.pose, film.pose)
    assert motion.shape("mouthSmileRight").mean() > 0.3


def test_the_performance_keeps_only_its_say_over_the_lips() -> None:
    speech, film = make_speech(4.0), face_of(4.0)
    calm, wild = (
        speak_in(film, speech, Performance(controls=ControlParameters.model_validate(values)), rest=NOTHING, seed=1)
        for values in ({"mouth_openness": 0.5}, {"mouth_openness": 1, "smile": 1, "eyebrow_raise": 1, "blink_rate": 2})
    )
    assert wild.shape("jawOpen").max() > 1.2 * calm.shape("jawOpen").max()
    assert wild.shape("browOuterUpLeft").max() == wild.shape("eyeBlinkLeft").max() == 0.0
    np.testing.assert_array_equal(wild.pose, calm.pose)


def test_silence_leaves_the_lips_to_nobody() -> None:
    motion = speak_in(face_of(2.0, jawOpen=0.9), make_silence(2.0), Performance(), rest=NOTHING, seed=1)
    assert motion.shape("jawOpen").max() == 0.0
