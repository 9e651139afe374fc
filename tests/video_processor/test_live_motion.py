"""A live session's face: alive without end, smooth whatever happens, obedient within 0.4 s."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from avatar.performance import Action, ControlParameters, Cue
from avatar.types import FaceMotion, Floats
from scripts.measuring.motion.limits import LIMITS, ROUNDING, extremes
from scripts.measuring.motion.live import most_alike
from scripts.measuring.motion.live_playing import REST, Feeding, idle, new_session, played_live, shown, wild
from scripts.measuring.motion.playing import QUIET
from tests.video_processor.speech_factory import make_speech
from tests.video_processor.test_motion import blink_starts
from video_processor.motion.live import LiveMotion
from video_processor.motion.live.attention import State

HAPPY = ControlParameters.model_validate({"smile": 1.0, "eyebrow_raise": 0.8, "head_tilt": 1.0})
MOVES: dict[Action, tuple[str, float]] = {
    "smile": ("mouthSmileLeft", 0.5),
    "brow_raise": ("browOuterUpRight", 0.5),
    "frown": ("browDownLeft", 0.5),
    "eyes_wide": ("eyeWideLeft", 0.5),
    "squint": ("eyeSquintRight", 0.5),
    "blink": ("eyeBlinkLeft", 0.9),
}


def quiet() -> LiveMotion:
    return LiveMotion(REST, fps=Fraction(25), seed=1, controls=QUIET)


def with_cue(cue: Cue, *, asked: float, frames: int = 75) -> FaceMotion:
    def before(session: LiveMotion, time: float) -> None:
        if time == asked:
            session.cue(cue)

    return shown(quiet(), frames, before)


def attending(state: State, seconds: float = 30.0) -> FaceMotion:
    session = new_session()
    session.attend(state, 0.0)
    return shown(session, round(25 * seconds), lambda *_: None)


def away(motion: FaceMotion) -> float:
    gaze = motion.gaze + motion.pose[:, [1, 0]]
    return float((np.hypot(*gaze.T) > 4.5).mean())


@pytest.mark.parametrize(("seed", "fps"), [(0, Fraction(25)), (1, Fraction(30000, 1001)), (2, Fraction(60))])
def test_nothing_that_happens_makes_a_live_face_jump(seed: int, fps: Fraction) -> None:
    found = extremes(wild(8.0, seed=seed, fps=fps))

    for name in ("pitch", "yaw", "roll", "shape", "gaze", "head_speed", "expression_speed", "lid_speed", "jaw_speed"):
        assert getattr(found, name) <= getattr(LIMITS, name) * (1.0 + ROUNDING), name


@pytest.mark.parametrize("seed", [5, 6])
def test_a_live_head_changes_its_speed_no_faster_than_its_quickest_cue(seed: int) -> None:
    pose = wild(10.0, seed=seed).pose

    assert np.abs(np.diff(pose[:, :3], 2, axis=0)).max() < 4.5
    assert np.abs(np.diff(pose[:, 3:], 2, axis=0)).max() < 0.03


def test_the_same_calls_make_the_same_motion() -> None:
    first, again, other = wild(3.0, seed=3), wild(3.0, seed=3), wild(3.0, seed=4)

    np.testing.assert_array_equal(first.blendshapes, again.blendshapes)
    np.testing.assert_array_equal(first.pose, again.pose)
    assert not np.array_equal(first.pose, other.pose)


def test_an_idle_face_never_rests_and_never_repeats_itself() -> None:
    motion = idle(60.0)
    angles = motion.pose[:, :3].reshape(-1, 50, 3)

    assert angles.std(axis=1).max(axis=1).min() > 0.05
    assert most_alike(motion.pose[:, :3], 150) < 0.95
    assert motion.shape("jawOpen").max() == 0.0


def test_an_idle_face_keeps_the_mouth_that_the_portrait_shows() -> None:
    session = LiveMotion(np.full(52, 0.2, np.float32), fps=Fraction(25), seed=1, controls=QUIET)
    motion = shown(session, 10, lambda *_: None)

    assert motion.shape("mouthPressLeft")[-1] == pytest.approx(0.2, abs=0.02)
    assert motion.shape("jawOpen")[-1] == 0.0


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.5, 12, 18), (2.0, 53, 62)])
def test_an_idle_face_blinks_as_often_as_asked(rate: float, least: int, most: int) -> None:
    assert least <= len(blink_starts(idle(30.0, blink_rate=rate))) <= most


def test_blink_rate_is_obeyed_from_one_moment_to_the_next() -> None:
    session = new_session(blink_rate=0.0)
    session.direct(ControlParameters(blink_rate=2.0), 8.0)
    blinks = blink_starts(shown(session, 450, lambda *_: None))

    assert blinks.min() > 8.0
    assert len(blinks) > 14


def test_a_control_change_is_whole_after_400_ms_and_smooth() -> None:
    session = quiet()
    session.direct(HAPPY.model_copy(update={"blink_rate": 0.0, "head_motion": 0.0, "gaze_contact": 1.0}), 1.0)
    motion = shown(session, 60, lambda *_: None)
    smile = motion.shape("mouthSmileLeft")

    assert np.ptp(smile[:25]) < 0.02
    assert smile[24] < 0.02 < 0.7 < smile[35]
    assert np.ptp(smile[36:]) < 0.05
    assert np.diff(smile).max() < 0.8 * 1.9 * 0.04 / 0.4
    assert motion.pose[40, 0] - motion.pose[20, 0] > 3.5


def test_a_control_change_that_is_due_begins_with_the_next_frame() -> None:
    def before(session: LiveMotion, time: float) -> None:
        if time == 1.0:
            session.direct(HAPPY, 0.2)

    smile = shown(quiet(), 60, before).shape("mouthSmileLeft")

    assert smile[24] < 0.02 < 0.7 < smile[36]
    assert np.diff(smile).max() < 0.8 * 1.9 * 0.04 / 0.4


def test_a_later_control_change_takes_the_place_of_one_that_was_to_come() -> None:
    session = quiet()
    session.direct(HAPPY, 1.5)
    session.direct(QUIET, 1.0)

    assert shown(session, 75, lambda *_: None).shape("mouthSmileLeft").max() < 0.1


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("asked", [0.4, 0.96])
def test_a_live_cue_is_largest_at_its_moment(action: Action, asked: float) -> None:
    shape, least = MOVES[action]
    moment = 1.4
    curve = with_cue(Cue(action=action, at=moment, intensity=1.0), asked=asked).shape(shape)

    assert curve.max() > least
    assert abs(int(curve.argmax()) / 25 - moment) <= 0.08
    assert curve[0] < 0.1


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("late", [0.0, 0.8])
def test_a_cue_that_comes_late_is_seen_whole(action: Action, late: float) -> None:
    shape, _ = MOVES[action]
    on_time = with_cue(Cue(action=action, at=1.6, intensity=1.0), asked=0.0).shape(shape)
    curve = with_cue(Cue(action=action, at=1.2 - late, intensity=1.0), asked=1.2).shape(shape)

    assert curve.max() == pytest.approx(on_time.max(), abs=0.08)
    assert curve[:30].max() < 0.1
    assert action == "blink" or np.abs(np.diff(curve)).max() < np.abs(np.diff(on_time)).max() + 0.1


def test_a_nod_and_a_shake_that_come_late_swing_the_head_as_far() -> None:
    for action, axis in (("nod", 0), ("shake", 1)):
        cue = Cue.model_validate({"action": action, "at": 1.0, "intensity": 1.0, "direction": 1.0})
        on_time, late = (with_cue(cue, asked=asked).pose[:, axis] for asked in (0.0, 1.0))
        assert np.ptp(late) == pytest.approx(np.ptp(on_time), rel=0.12)
        assert np.ptp(late[:25]) < 1.0


@pytest.mark.parametrize(
    "cue", [Cue(action="smile", at=0.5, intensity=1.0), Cue(action="smile", word=3, intensity=1.0)]
)
def test_a_cue_long_past_or_without_a_moment_is_not_played(cue: Cue) -> None:
    assert with_cue(cue, asked=2.6, frames=100).shape("mouthSmileLeft").max() < 0.1


def test_a_cut_takes_back_the_cues_that_have_not_begun() -> None:
    session = quiet()
    for at in (0.8, 2.0):
        session.cue(Cue(action="smile", at=at, intensity=1.0))
    session.cut(1.0)
    smile = shown(session, 100, lambda *_: None).shape("mouthSmileLeft")

    assert smile[:30].max() > 0.5
    assert smile[45:].max() < 0.1


def test_a_listener_looks_at_the_viewer_and_nods() -> None:
    listening = attending("listening")
    pitch = listening.pose[:, 0]
    dips = np.flatnonzero((pitch[5:] - pitch[:-5] < -0.7)[1:] & ~(pitch[5:] - pitch[:-5] < -0.7)[:-1])

    assert away(listening) < 0.1
    assert len(dips) >= 4


def test_who_thinks_looks_aside_and_upwards() -> None:
    thinking = attending("thinking")
    gaze = thinking.gaze + thinking.pose[:, [1, 0]]

    assert away(thinking) > 0.8
    assert gaze[:, 1].mean() > 1.5
    assert away(idle(10.0, gaze_contact=1.0)) < 0.05


def test_a_face_that_speaks_is_livelier_than_one_at_rest() -> None:
    speaking = played_live(make_speech(20.0, seed=1), 0.1)
    still = idle(20.0)

    assert speaking.pose[:, 1].std() > 1.5 * still.pose[:, 1].std()


def test_stresses_move_head_and_brows() -> None:
    speech = make_speech(10.0, seed=2)

    def curve(*, prosody: bool) -> tuple[Floats, Floats]:
        session = new_session(gaze_contact=1.0)
        Feeding(speech, prosody=prosody).feed(session, float("inf"))
        motion = shown(session, 250, lambda *_: None)
        return motion.pose[:, 0], motion.shape("browInnerUp")

    (plain_pitch, plain_brow), (pitch, brow) = curve(prosody=False), curve(prosody=True)
    frames = np.array([round(e.time * 25) for e in speech.prosody.emphases if e.strength > 0.5 and 0.5 < e.time < 9.5])

    assert len(frames) >= 2
    assert (pitch - plain_pitch)[frames].mean() < -0.5
    assert (brow - plain_brow)[frames].mean() > 0.1


def test_frames_may_be_left_out_but_not_asked_for_again() -> None:
    session = new_session()
    poses = [session.frame(index)[1] for index in (0, 1, 5, 200, 201)]

    assert np.abs(np.diff(np.array(poses), axis=0)).max() < 6.0
    with pytest.raises(ValueError, match="frame 201 was asked for after frame 201"):
        session.frame(201)


def test_a_live_session_needs_no_more_memory_the_longer_it_lasts() -> None:
    feeding = Feeding(make_speech(120.0))

    def before(session: LiveMotion, time: float) -> None:
        feeding.feed(session, time + 0.1)
        if round(time * 25) % 40 == 0:
            session.cue(Cue(action="nod", at=time + 0.3))
            session.direct(ControlParameters(smile=time % 1.0), time)
            session.attend("speaking", time)

    tracemalloc.start()
    try:
        session = new_session()
        shown(session, 100, before)
        early = tracemalloc.get_traced_memory()[0]
        for first in range(100, 500, 100):
            shown(session, 100, before, first=first)
        late = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert late - early < 60_000
