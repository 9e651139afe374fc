"""Cues: each is seen, at its moment, and passes."""

from collections.abc import Callable

import numpy as np
import pytest

from avatar.performance import ACTIONS, Action, ControlParameters, Cue, Performance
from avatar.types import FaceMotion, Floats
from tests.video_processor.speech_factory import make_silence, make_speech
from tests.video_processor.test_motion import FPS, head_speed, motion_of
from video_processor.motion.cues import side

QUIET = ControlParameters(blink_rate=0.0, head_motion=0.0, gaze_contact=1.0, energy=0.0)
AT = 3.0
Curve = Callable[[FaceMotion], Floats]


def played(*cues: Cue, intensity: float = 1.0) -> FaceMotion:
    return motion_of(make_silence(8.0), Performance(controls=QUIET, cues=cues))


def shape(name: str) -> Curve:
    return lambda motion: motion.shape(name)


def pose(axis: int, sign: float = 1.0) -> Curve:
    return lambda motion: sign * motion.pose[:, axis]


CURVES: dict[Action, tuple[Curve, float]] = {
    "nod": (pose(0, -1.0), 3.0),
    "shake": (pose(1), 3.0),
    "tilt": (pose(2), 3.0),
    "turn": (pose(1), 4.0),
    "look": (lambda motion: motion.gaze[:, 0], 8.0),
    "blink": (shape("eyeBlinkRight"), 0.95),
    "wink": (shape("eyeBlinkLeft"), 0.95),
    "brow_raise": (shape("browOuterUpLeft"), 0.5),
    "frown": (shape("browDownLeft"), 0.5),
    "smile": (shape("mouthSmileLeft"), 0.5),
    "eyes_wide": (shape("eyeWideLeft"), 0.5),
    "squint": (shape("eyeSquintLeft"), 0.5),
    "lean": (pose(5), 0.05),
}


def test_every_action_is_measured_here() -> None:
    assert set(CURVES) | {"still"} == set(ACTIONS)


@pytest.mark.parametrize("action", sorted(CURVES))
def test_cue_peaks_at_its_moment_and_passes(action: Action) -> None:
    curve, least = CURVES[action]
    change = curve(played(Cue(action=action, at=AT, intensity=1.0, direction=1.0))) - curve(played())

    peak = int(np.argmax(change))
    assert change[peak] >= least
    assert abs((peak + 0.5) / float(FPS) - AT) <= 0.08
    assert np.abs(change[: round((AT - 1.0) * 25)]).max() < 0.01
    assert np.abs(change[round((AT + 1.2) * 25) :]).max() < 0.02 * least + 0.01


@pytest.mark.parametrize("action", sorted(set(CURVES) - {"blink", "wink"}))
def test_stronger_cue_moves_more(action: Action) -> None:
    curve, _ = CURVES[action]
    peaks = [curve(played(Cue(action=action, at=AT, intensity=i, direction=1.0))).max() for i in (0.1, 0.5, 1.0)]

    assert peaks[0] < peaks[1] < peaks[2]


@pytest.mark.parametrize("action", ["tilt", "turn", "look", "shake"])
def test_direction_gives_the_side(action: Action) -> None:
    curve, least = CURVES[action]

    assert curve(played(Cue(action=action, at=AT, intensity=1.0, direction=-1.0))).min() <= -least


@pytest.mark.parametrize(("direction", "shut", "open_"), [(1.0, "Left", "Right"), (-1.0, "Right", "Left")])
def test_wink_closes_one_eye(direction: float, shut: str, open_: str) -> None:
    motion = played(Cue(action="wink", at=AT, intensity=1.0, direction=direction))

    assert motion.shape(f"eyeBlink{shut}").max() > 0.95
    assert motion.shape(f"eyeBlink{open_}").max() < 0.2


def test_longer_cue_lasts_longer() -> None:
    smiles = [played(Cue(action="smile", at=AT, duration=d, intensity=1.0)) for d in (0.5, 1.0, 3.0)]
    lasting = [int((motion.shape("mouthSmileLeft") > 0.2).sum()) for motion in smiles]

    assert lasting[0] < lasting[1] < lasting[2]
    assert lasting[2] == pytest.approx(3.0 * 25, rel=0.2)


def test_still_calms_a_lively_head() -> None:
    speech, lively = make_speech(10.0), ControlParameters(head_motion=1.0)
    still = Cue(action="still", at=2.0, intensity=1.0, duration=10.0)
    moving = motion_of(speech, Performance(controls=lively))
    calmed = motion_of(speech, Performance(controls=lively, cues=(still,)))

    assert head_speed(calmed[75:125]) < 0.4 * head_speed(moving[75:125])


def test_cues_that_meet_blend() -> None:
    smile, brow = Cue(action="smile", at=AT, intensity=1.0), Cue(action="brow_raise", at=AT, intensity=1.0)
    both = played(smile, brow)

    assert both.shape("mouthSmileLeft").max() == pytest.approx(played(smile).shape("mouthSmileLeft").max())
    assert both.shape("browInnerUp").max() == pytest.approx(played(brow).shape("browInnerUp").max())


def test_same_cue_twice_is_no_stronger() -> None:
    smile = Cue(action="smile", at=AT, intensity=0.8)

    np.testing.assert_array_equal(played(smile, smile).blendshapes, played(smile).blendshapes)


def test_cue_starts_and_ends_without_a_jump() -> None:
    motion = played(*(Cue(action=a, at=AT, intensity=1.0, direction=1.0) for a in ("nod", "tilt", "turn", "lean")))

    assert np.abs(np.diff(motion.pose[:, :3], axis=0)).max() < 3.0


def test_cue_beyond_the_end_does_nothing() -> None:
    np.testing.assert_array_equal(played(Cue(action="nod", at=60.0)).pose, played().pose)


def test_cue_without_a_side_takes_one() -> None:
    sides = {side(Cue(action="tilt", at=at)) for at in (0.5, 1.15, 2.0, 3.3, 4.7)}

    assert sides == {-1.0, 1.0}
