"""Lips of a live session: those of the whole sound, with little known ahead; closed where nothing is known."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatar.types import FaceMotion, Floats, Span, Speech
from scripts.measuring.motion.live import alike
from scripts.measuring.motion.live_playing import Feeding, new_session, played_live, shown
from tests.video_processor.speech_factory import make_speech, make_tone
from tests.video_processor.test_motion import lip_gap, motion_of
from video_processor.motion.live import LiveMotion

FPS = Fraction(25)
FASTEST_JAW = 15.0 / 25.0 + 1e-5


def speaking_tone(seconds: float, opening: float, **changes: Floats) -> Speech:
    """A held vowel of which no row is silence."""
    tone = make_tone(seconds, opening, **changes)
    vowel = np.zeros_like(tone.visemes.probabilities)
    vowel[:, 10] = 1.0
    return replace(tone, visemes=replace(tone.visemes, probabilities=vowel))


def tone_until(end: float, *, of: float, cut: float | None = None) -> FaceMotion:
    """A tone that begins at 1 s and of which no more is known than until `end`, cut at a moment."""
    feeding = Feeding(speaking_tone(of, 0.8), at=1.0, prosody=False)

    def before(session: LiveMotion, time: float) -> None:
        if cut is None or time < cut:
            feeding.feed(session, min(time + 0.1, end))
        elif time == cut:
            session.cut(cut)

    return shown(new_session(), round((1.0 + of) * 25), before)


@pytest.mark.parametrize(("ahead", "least"), [(float("inf"), 0.97), (0.1, 0.93)])
def test_lips_are_those_of_the_whole_sound(ahead: float, least: float) -> None:
    speech = make_speech(10.0, seed=4)
    found = alike(played_live(speech, ahead), motion_of(speech))

    assert found["jaw"] >= least
    assert found["gap"] >= least
    assert found["difference"] < 0.02
    assert found["closures"] == 1.0


@pytest.mark.parametrize("first", range(100, 104))
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(60)])
def test_a_closure_of_40_ms_shuts_live_lips_wherever_it_falls(first: int, fps: Fraction) -> None:
    closure = np.zeros(200, np.float32)
    closure[first : first + 4] = 1.0
    motion = played_live(speaking_tone(1.5, 0.8, closure=closure[:150]), 0.1, fps=fps)
    frame = round((first + 2) * 0.01 * float(fps))

    assert lip_gap(motion)[frame - 2 : frame + 2].min() < 0.01
    assert lip_gap(motion)[frame - 12] > 0.1


def test_lips_close_by_themselves_where_no_more_is_known() -> None:
    gap = lip_gap(tone_until(2.0, of=2.0))

    assert gap[40:49].min() > 0.15
    assert gap[54:].max() < 0.01
    assert (np.diff(gap[49:56]) <= 1e-6).all()
    assert np.abs(np.diff(gap)).max() < 0.30 * FASTEST_JAW


@pytest.mark.parametrize("at", [1.6, 1.64, 2.2])
def test_lips_close_within_150_ms_of_a_cut(at: float) -> None:
    motion = tone_until(9.0, of=2.0, cut=at)
    gap = lip_gap(motion)
    frame = round(at * 25)

    assert gap[frame - 1] > 0.15
    assert gap[frame + 4] < 0.01
    assert np.abs(np.diff(gap)).max() < 0.30 * FASTEST_JAW


def test_what_was_known_after_a_cut_that_is_yet_to_come_is_not_spoken() -> None:
    feeding = Feeding(speaking_tone(4.0, 0.8), prosody=False)
    session = new_session()
    feeding.feed(session, float("inf"))
    session.cut(2.0)
    gap = lip_gap(shown(session, 100, lambda *_: None))

    assert gap[10:49].min() > 0.15
    assert gap[54:].max() < 0.01


def test_speech_after_a_cut_is_spoken() -> None:
    session = new_session()
    Feeding(speaking_tone(4.0, 0.8), prosody=False).feed(session, float("inf"))
    session.cut(1.0)
    Feeding(speaking_tone(1.0, 0.8), at=2.0, prosody=False).feed(session, float("inf"))
    gap = lip_gap(shown(session, 100, lambda *_: None))

    assert gap[30:45].max() < 0.01
    assert gap[54:74].min() > 0.15
    assert gap[80:].max() < 0.01


def test_rows_that_come_too_late_take_over_without_a_jump() -> None:
    speech = make_speech(8.0, seed=2)
    late = played_live(speech, -0.2)
    in_time = motion_of(speech)

    assert np.abs(np.diff(late.shape("jawOpen"))).max() <= FASTEST_JAW
    assert late.shape("jawOpen").max() < in_time.shape("jawOpen").max()


def test_mouth_openness_opens_live_lips() -> None:
    speech = speaking_tone(2.0, 0.5)
    jaws = []
    for openness in (0.0, 0.5, 1.0):
        session = new_session(mouth_openness=openness)
        Feeding(speech, prosody=False).feed(session, float("inf"))
        jaws.append(shown(session, 40, lambda *_: None).shape("jawOpen")[30])

    assert np.diff(jaws).min() > 0.1


def test_lips_are_shut_where_nobody_speaks() -> None:
    speech = make_speech(6.0, seed=5)
    silent = replace(speech, prosody=replace(speech.prosody, phrases=(Span(0.0, 6.0),)))
    session = new_session()
    Feeding(silent, at=1.0).feed(session, float("inf"))
    motion = shown(session, 250, lambda *_: None)

    assert motion.shape("jawOpen")[:24].max() < 0.02
    assert motion.shape("jawOpen")[30:170].max() > 0.3
    assert motion.shape("jawOpen")[200:].max() == 0.0
