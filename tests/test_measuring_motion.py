"""The measuring of motion: the published coupling matrix, cues, limits and likeness to people, on shorter stretches."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ACTIONS, Action, ControlParameters, Cue, Performance
from avatar.types import frame_count
from scripts import measure_motion
from scripts.measuring.made_speech import make_silence, make_speech
from scripts.measuring.motion import controls, cues, docs, people, swimming
from scripts.measuring.motion.curves import CURVES
from scripts.measuring.motion.limits import LIMITS, exceeded, extremes, wild_motion
from scripts.measuring.motion.playing import played, with_controls, with_cues
from video_processor.motion.synthesis import synthesise_motion

SEEDS = (1, 2)
SPEECHES = {seed: make_speech(60.0, seed=seed) for seed in SEEDS}
PAGE = docs.DOCUMENT.read_text(encoding="utf-8")
PUBLISHED = controls.read_matrix(docs.table_rows("controls 2", PAGE))
ROOM = {name: 2.0 * 10.0**-curve.digits for name, curve in CURVES.items()}
"""Two units of the last digit that is published: where nothing is to move."""

SCATTER = {"pitch": 0.4, "head_spread": 0.4, "head_speed": 1.0, "gaze_away": 0.05, "lids": 0.02, "brow_spread": 0.002}
"""How far a minute or two may be from the ten minutes that were published, where something is to move."""


def test_every_parameter_is_in_the_published_matrix() -> None:
    named = {control.name for control in controls.CONTROLS}

    assert set(PUBLISHED) == named
    assert named - {"valence", "arousal"} == set(ControlParameters.model_fields) - {"emotion"}


@pytest.mark.parametrize("control", controls.CONTROLS, ids=lambda control: control.name)
def test_parameter_moves_what_the_published_matrix_says_and_nothing_else(control: controls.Control) -> None:
    low, high = (
        [played(SPEECHES[seed], with_controls(**control.settings(value)), seed=seed) for seed in SEEDS]
        for value in (control.values[0], control.values[-1])
    )
    for name, curve in CURVES.items():
        change = float(np.mean([curve.take(b) - curve.take(a) for a, b in zip(low, high, strict=True)]))
        published = PUBLISHED[control.name][name]
        room = SCATTER.get(name, ROOM[name]) if published else ROOM[name]
        assert change == pytest.approx(published, rel=0.3, abs=room), name


@pytest.mark.parametrize("control", controls.CONTROLS, ids=lambda control: control.name)
def test_parameter_moves_its_own_curve_at_every_step(control: controls.Control) -> None:
    own = controls.swept(control, SPEECHES)[control.own] * (1.0 if control.rises else -1.0)

    assert len(control.values) >= 5
    assert (np.diff(own, axis=1) / np.ptp(own, axis=1, keepdims=True)).min() > controls.LEAST_STEP


@pytest.mark.parametrize("action", sorted(cues.OWN))
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(60)])
def test_every_cue_peaks_within_80_ms_of_its_moment(action: Action, fps: Fraction) -> None:
    speech = make_speech(cues.SECONDS)
    off = [cues.peak_error(action, cue, speech, fps) for cue in list(cues.every_cue(action))[::2]]

    assert max(off) <= cues.PEAK_SECONDS


@pytest.mark.parametrize("action", sorted(cues.OWN))
def test_cue_in_a_lively_face_peaks_within_80_ms_of_its_moment(action: Action) -> None:
    speech = make_speech(cues.SECONDS)
    off = [cues.lively_error(action, at, speech, seed) for at in cues.MOMENTS for seed in (1, 2, 3)]

    assert np.median(off) <= cues.PEAK_SECONDS


def test_every_action_is_measured() -> None:
    assert set(cues.OWN) | {"still"} == set(ACTIONS)


def test_head_is_stillest_in_a_still() -> None:
    assert cues.stillness() < cues.STILL_RATIO


def test_cues_begin_by_minimum_jerk() -> None:
    assert max(share for _, share in cues.onsets()) <= cues.FIRST_TENTH


@pytest.mark.parametrize(("one", "other"), list(combinations(ACTIONS, 2)))
def test_any_two_actions_go_together(one: Action, other: Action) -> None:
    both = [
        Cue(action=one, at=1.5, intensity=1.0, direction=1.0),
        Cue(action=other, at=1.6, intensity=1.0, direction=-1.0),
    ]
    assert exceeded(extremes(played(make_silence(3.0), with_cues(both), fps=Fraction(60)))) == []


@pytest.mark.parametrize(
    ("one", "other", "shape", "opposite"),
    [
        ("brow_raise", "frown", "browOuterUpLeft", "browDownLeft"),
        ("eyes_wide", "squint", "eyeWideLeft", "eyeSquintLeft"),
        ("smile", "frown", "mouthSmileLeft", "mouthFrownLeft"),
    ],
)
def test_of_opposites_the_stronger_shows(one: Action, other: Action, shape: str, opposite: str) -> None:
    strong, weak = Cue(action=one, at=1.5, intensity=1.0), Cue(action=other, at=1.5, intensity=0.4)
    motion = played(make_silence(3.0), with_cues([strong, weak]))

    assert motion.shape(shape).max() > 0.3
    assert motion.shape(opposite)[37] < 0.1


def test_nods_that_meet_go_no_further_than_one() -> None:
    crowd = [Cue(action="nod", at=1.5 + 0.03 * i, intensity=1.0) for i in range(5)]
    pitches = [played(make_silence(3.0), with_cues(nods)).pose[:, 0].min() for nods in (crowd, crowd[:1])]

    assert pitches[0] == pytest.approx(pitches[1], abs=0.5)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(60)]))
def test_no_performance_exceeds_the_limits(seed: int, fps: Fraction) -> None:
    motion = wild_motion(np.random.Generator(np.random.PCG64(seed)), fps, seed)

    assert exceeded(extremes(motion)) == []


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_motion_of_any_portrait_stays_in_range(seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    rest = random.random(len(BLENDSHAPES)).astype(np.float32)
    frames = frame_count(4.0, Fraction(25))
    motion = synthesise_motion(
        make_speech(4.0, seed=seed), Performance(), fps=Fraction(25), frames=frames, rest=rest, seed=seed
    )
    found = extremes(motion)

    assert found.shape <= 1.0
    assert max(found.pitch, found.yaw, found.roll) <= LIMITS.yaw


def test_default_performance_is_like_people() -> None:
    for speech in (make_speech(120.0, seed=3), make_speech(120.0, seed=4)):
        taken = people.values(played(speech, people.directed(speech), seed=5))
        for name, band in people.PEOPLE.items():
            assert band.low <= taken[name] <= band.high, name


def test_spread_of_brows_and_gaze_is_not_at_the_low_edge() -> None:
    speech = make_speech(120.0, seed=3)
    taken = people.values(played(speech, people.directed(speech), seed=5))

    for name in ("brows", "gaze_x"):
        assert taken[name] > 1.3 * people.PEOPLE[name].low, name


def test_blinks_are_irregular_and_no_frequency_of_the_head_stands_out() -> None:
    speeches = {seed: make_speech(300.0, seed=seed) for seed in SEEDS}
    motions = {seed: played(speech, people.directed(speech), seed=seed) for seed, speech in speeches.items()}
    for figure in swimming.swimming(motions):
        assert figure.met, figure


@pytest.mark.parametrize(("hz", "met"), [(None, True), (0.5, False)])
def test_swaying_head_is_told(hz: float | None, met: bool) -> None:
    speech = make_speech(300.0)
    motion = played(speech, people.directed(speech))
    if hz:
        motion.pose[:, 1] += 3.0 * np.sin(2.0 * np.pi * hz * np.arange(len(motion)) / 25)

    assert (swimming.largest_line(motion) < swimming.LARGEST_LINE) is met


def test_page_has_a_place_for_every_measurement() -> None:
    for name in measure_motion.MEASUREMENTS:
        assert len(docs.table_rows(name, PAGE)) > 1, name


def test_table_is_put_in_its_place() -> None:
    page = "before\n<!-- measured: speed -->\nold\n<!-- end -->\nafter\n"
    rows = [["measure", "value"], ["ten seconds", "500 x"]]
    written = docs.with_table("speed", rows, page)

    assert docs.table_rows("speed", written) == rows
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    with pytest.raises(ValueError, match="no place"):
        docs.table_rows("depth", page)


def test_unknown_measurement_and_folder_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in ((["--only", "depth"], "no measurement depth"), (["nowhere"], "no folder nowhere")):
        with pytest.raises(SystemExit) as stopped:
            measure_motion.main(arguments)
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err
