"""Blinks and gaze."""

from fractions import Fraction

import numpy as np
import pytest

from avatar.performance import ControlParameters, Cue, Performance
from avatar.types import FaceMotion
from tests.video_processor.speech_factory import make_silence, make_speech
from tests.video_processor.test_motion import blink_starts, motion_of

SECONDS = 600.0
FAST = Fraction(120)


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_blink_rate_is_met(rate: float) -> None:
    performance = Performance(controls=ControlParameters(blink_rate=rate))
    counts = [len(blink_starts(motion_of(make_speech(SECONDS, seed=s), performance, seed=s))) for s in range(5)]

    assert counts == pytest.approx([rate * SECONDS] * 5, rel=0.1)


def test_blinks_that_cues_ask_for_count_towards_the_rate() -> None:
    cues = tuple(Cue(action="blink", at=float(at)) for at in np.arange(3.0, SECONDS, 5.0))
    blinks = blink_starts(motion_of(make_speech(SECONDS), Performance(cues=cues)))

    assert len(blinks) == pytest.approx(0.4 * SECONDS, rel=0.1)
    assert np.diff(blinks).min() >= 0.28


def test_no_blink_without_a_rate() -> None:
    motion = motion_of(make_speech(60.0), Performance(controls=ControlParameters(blink_rate=0.0)))

    assert len(blink_starts(motion)) == 0


def test_blinks_are_irregular_and_keep_a_refractory_time() -> None:
    intervals = np.diff(blink_starts(motion_of(make_speech(SECONDS))))

    assert intervals.std() / intervals.mean() > 0.4
    assert intervals.min() >= 0.28


def test_blinks_come_more_at_phrase_ends() -> None:
    speech = make_speech(SECONDS)
    blinks = blink_starts(motion_of(speech))
    ends = np.array([p.end for p in speech.prosody.phrases])
    after = np.array([((b - ends > -0.1) & (b - ends < 0.4)).any() for b in blinks])

    assert after.mean() > 1.5 * len(ends) * 0.5 / SECONDS


def test_lids_close_faster_than_they_open_and_shut_wholly() -> None:
    speech, quiet = make_silence(4.0), ControlParameters(blink_rate=0.0, gaze_contact=1.0, head_motion=0.0)
    motion = motion_of(
        speech, Performance(controls=quiet, cues=(Cue(action="blink", at=2.0, intensity=1.0),)), fps=FAST
    )
    lid = motion.shape("eyeBlinkLeft")

    shut = np.flatnonzero(lid > 0.97)
    closing = shut[0] - np.flatnonzero(lid > 0.1)[0]
    opening = np.flatnonzero(lid > 0.1)[-1] - shut[-1]
    assert closing < opening
    assert (lid >= 0.5).sum() / 120.0 == pytest.approx(0.16, abs=0.03)


def test_every_blink_reaches_a_frame() -> None:
    motion = motion_of(make_speech(60.0), Performance(controls=ControlParameters(blink_rate=1.0)))
    lid, starts = motion.shape("eyeBlinkLeft"), (blink_starts(motion) * 25).round().astype(int)

    assert min(lid[s : s + 6].max() for s in starts) > 0.75


def test_wide_eyes_blink_too() -> None:
    cues = (Cue(action="eyes_wide", at=2.0, duration=3.0, intensity=1.0), Cue(action="blink", at=2.5, intensity=1.0))
    motion = motion_of(make_silence(5.0), Performance(cues=cues))
    shut = int(motion.shape("eyeBlinkLeft")[55:70].argmax()) + 55

    assert motion.shape("eyeWideLeft")[shut] < 0.1
    assert motion.shape("eyeWideLeft")[56] > 0.5


@pytest.mark.parametrize("wanted", [0.3, 0.6, 0.8, 1.0])
def test_gaze_contact_is_the_share_of_time_on_the_viewer(wanted: float) -> None:
    motion = motion_of(make_speech(300.0), Performance(controls=ControlParameters(gaze_contact=wanted)))

    assert on_viewer(motion).mean() == pytest.approx(wanted, abs=0.08)


def test_eyes_hold_the_viewer_while_the_head_moves() -> None:
    motion = motion_of(make_speech(60.0), Performance(controls=ControlParameters(gaze_contact=1.0)))
    room = motion.gaze + motion.pose[:, [1, 0]]

    assert motion.pose[:, 1].std() > 1.5
    assert room[:, 0].std() < 1.0


def test_both_eyes_look_the_same_way() -> None:
    motion = motion_of(make_speech(30.0))
    left = motion.shape("eyeLookOutLeft") - motion.shape("eyeLookInLeft")
    right = motion.shape("eyeLookInRight") - motion.shape("eyeLookOutRight")

    np.testing.assert_allclose(left, right, atol=1e-6)
    np.testing.assert_array_equal(motion.shape("eyeLookUpLeft"), motion.shape("eyeLookUpRight"))


def test_gaze_jumps_and_then_rests() -> None:
    quiet = ControlParameters(head_motion=0.0, blink_rate=0.0, gaze_contact=0.5)
    step = np.abs(np.diff(motion_of(make_silence(60.0), Performance(controls=quiet)).gaze[:, 0]))

    assert (step > 3.0).sum() > 20
    assert (step < 0.5).mean() > 0.75


def test_looks_away_fall_into_pauses_first() -> None:
    speech = make_speech(300.0)
    away = ~on_viewer(motion_of(speech))
    times = (np.arange(len(away)) + 0.5) / 25
    pausing = ~np.any([(times > p.start - 0.2) & (times < p.end + 0.2) for p in speech.prosody.phrases], axis=0)

    assert away[pausing].mean() > 1.2 * away[~pausing].mean()


def on_viewer(motion: FaceMotion) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    room = motion.gaze + motion.pose[:, [1, 0]]
    return np.asarray(np.hypot(room[:, 0], room[:, 1]) < 4.5)
