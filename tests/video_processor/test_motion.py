"""The motion as a whole: its bounds, its likeness to people, its independence of what it should not depend on."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.performance import ControlParameters, Cue, Performance, Segment
from avatar.types import FaceMotion, Floats, Speech, frame_count
from tests.video_processor.speech_factory import make_silence, make_speech
from video_processor.motion.head import POSE_LIMITS
from video_processor.motion.synthesis import synthesise_motion

FPS = Fraction(25)
SMOOTH = [
    "mouthSmileLeft",
    "mouthFrownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browDownRight",
    "cheekSquintLeft",
    "noseSneerLeft",
]
RAGE = ControlParameters.model_validate(
    {
        "smile": -1,
        "eyebrow_raise": -1,
        "head_tilt": -1,
        "expression_intensity": 1,
        "energy": 1,
        "head_motion": 1,
        "emotion": {"label": "angry", "valence": -1, "arousal": 1},
    }
)
JOY = ControlParameters.model_validate(
    {
        "smile": 1,
        "eyebrow_raise": 1,
        "head_tilt": 1,
        "expression_intensity": 1,
        "emotion": {"label": "happy", "valence": 1, "arousal": 1},
    }
)


def motion_of(
    speech: Speech, performance: Performance | None = None, *, fps: Fraction = FPS, seed: int = 1, **rest: float
) -> FaceMotion:
    base = np.zeros(52, np.float32)
    for name, value in rest.items():
        base[BLENDSHAPE_INDEX[name]] = value
    frames = frame_count(speech.duration, fps)
    return synthesise_motion(speech, performance or Performance(), fps=fps, frames=frames, rest=base, seed=seed)


def blink_starts(motion: FaceMotion) -> Floats:
    """Times when both lids pass half way down."""
    lid = np.minimum(motion.shape("eyeBlinkLeft"), motion.shape("eyeBlinkRight"))
    return (np.flatnonzero((lid[1:] >= 0.5) & (lid[:-1] < 0.5)) / float(motion.fps)).astype(np.float32)


def head_speed(motion: FaceMotion) -> float:
    """Mean degrees a second after a 0.2 s mean, as people were measured."""
    width = round(0.2 * float(motion.fps))
    smooth = [np.convolve(motion.pose[:, axis], np.ones(width) / width, "valid") for axis in range(3)]
    return float(np.sqrt(sum(np.diff(s) ** 2 for s in smooth)).mean() * motion.fps)


def lip_gap(motion: FaceMotion) -> Floats:
    return np.asarray(0.30 * (motion.shape("jawOpen") - motion.shape("mouthClose")), np.float32)


def wild() -> Performance:
    cues = [
        Cue(action=action, at=at, intensity=1.0, duration=1.5, direction=1.0)
        for at in np.arange(0.0, 12.0, 0.5)
        for action in ("nod", "shake", "tilt", "turn", "look", "brow_raise", "smile", "frown", "eyes_wide", "squint")
    ]
    segments = [Segment(start=i, end=i + 1, controls=RAGE if i % 2 else JOY) for i in range(12)]
    return Performance(controls=JOY, segments=tuple(segments), cues=tuple(cues))


@pytest.mark.parametrize("fps", [Fraction(1), Fraction(24000, 1001), Fraction(25), Fraction(60), Fraction(120)])
def test_every_value_stays_in_its_range_however_wild_the_performance(fps: Fraction) -> None:
    motion = motion_of(make_speech(12.0), wild(), fps=fps, mouthSmileLeft=0.9, eyeBlinkRight=0.4, jawOpen=0.7)

    assert motion.blendshapes.dtype == motion.pose.dtype == np.float32
    assert np.isfinite(motion.blendshapes).all()
    assert motion.blendshapes.min() >= 0.0
    assert motion.blendshapes.max() <= 1.0
    for axis, limit in POSE_LIMITS.items():
        assert np.abs(motion.pose[:, axis]).max() <= limit


def test_same_seed_gives_the_same_motion_and_another_seed_another() -> None:
    speech = make_speech(8.0)
    first, again, other = motion_of(speech), motion_of(speech), motion_of(speech, seed=2)

    np.testing.assert_array_equal(first.blendshapes, again.blendshapes)
    np.testing.assert_array_equal(first.pose, again.pose)
    assert np.abs(first.pose - other.pose).max() > 0.5


@pytest.mark.parametrize("seed", [0, 2**63, -7])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert len(motion_of(make_speech(1.0), seed=seed)) == 25


def test_default_motion_is_within_what_people_do() -> None:
    motion = motion_of(make_speech(120.0))
    blinks = blink_starts(motion)
    pitch, yaw, roll = motion.pose[:, :3].std(axis=0)

    assert 12 <= 60.0 * len(blinks) / 120.0 <= 35
    assert np.diff(blinks).std() / np.diff(blinks).mean() > 0.4
    assert 1.2 <= pitch <= 4.3
    assert 1.2 <= yaw <= 7.4
    assert 1.0 <= roll <= 6.9
    assert 9.0 <= head_speed(motion) <= 26.0


def test_lips_open_as_far_as_people_open_theirs() -> None:
    gap = lip_gap(motion_of(make_speech(120.0)))

    assert 0.055 <= gap.mean() <= 0.11
    assert 0.045 <= gap.std() <= 0.08
    assert 0.15 <= np.percentile(gap, 95) <= 0.22
    assert 0.09 <= (gap < 0.02).mean() <= 0.39


def test_head_does_not_swim_at_a_fixed_frequency() -> None:
    motion = motion_of(make_speech(600.0))
    speed = np.diff(motion.pose[:, :3], axis=0)
    power = np.mean([np.abs(np.fft.rfft(speed[i : i + 500], axis=0)) ** 2 for i in range(0, 14500, 250)], axis=0)
    band = power[4:60]  # 0.2 to 3 Hz

    neighbours = np.stack([np.median(band[max(i - 5, 0) : i + 6], axis=0) for i in range(len(band))])
    assert (band / neighbours).max() < 2.5


def test_nothing_jumps_where_segments_meet() -> None:
    segments = tuple(Segment(start=i, end=i + 1, controls=RAGE if i % 2 else JOY) for i in range(10))
    motion = motion_of(make_speech(10.0), Performance(controls=JOY, segments=segments))

    steps = np.abs(np.diff(np.stack([motion.shape(name) for name in SMOOTH]), axis=1))
    assert steps.max() < 0.25
    assert np.abs(np.diff(motion.pose[:, :3], axis=0)).max() < 3.0


def test_segment_holds_only_in_its_own_time() -> None:
    segment = Segment(start=4.0, end=6.0, controls=ControlParameters(smile=1.0))
    smile = motion_of(make_speech(10.0), Performance(segments=(segment,))).shape("mouthSmileLeft")

    assert smile[110:140].min() > 0.4
    assert smile[:90].max() < 0.35
    assert smile[160:].max() < 0.35


def test_of_overlapping_segments_the_later_holds() -> None:
    early = Segment(start=0.0, end=8.0, controls=ControlParameters(smile=-1.0))
    late = Segment(start=3.0, end=5.0, controls=ControlParameters(smile=1.0))
    smile = motion_of(make_silence(8.0), Performance(segments=(late, early))).shape("mouthSmileLeft")

    assert smile[85:115].min() > 0.5
    assert max(smile[:65].max(), smile[140:].max()) < 0.1


def test_silence_closes_the_lips_of_any_portrait_and_blinks() -> None:
    motion = motion_of(make_silence(30.0), jawOpen=0.4, mouthLowerDownLeft=0.5, mouthUpperUpRight=0.5)

    for name in ("jawOpen", "mouthLowerDownLeft", "mouthUpperUpRight", "mouthFunnel"):
        assert motion.shape(name).max() == 0.0
    assert len(blink_starts(motion)) >= 6


def test_head_is_calmer_in_silence() -> None:
    assert head_speed(motion_of(make_silence(60.0))) < 0.5 * head_speed(motion_of(make_speech(60.0)))


def test_expression_of_the_portrait_is_the_base() -> None:
    motion = motion_of(make_silence(20.0), mouthSmileLeft=0.5, mouthSmileRight=0.3, browDownLeft=0.4)

    assert motion.shape("mouthSmileLeft").mean() == pytest.approx(0.5, abs=0.05)
    assert motion.shape("mouthSmileRight").mean() == pytest.approx(0.3, abs=0.05)
    assert motion.shape("browDownLeft").mean() == pytest.approx(0.4, abs=0.05)


def test_closed_lips_keep_the_shape_they_have_in_the_portrait_until_they_open() -> None:
    motion = motion_of(make_speech(20.0), mouthPressLeft=0.5)
    press, jaw = motion.shape("mouthPressLeft"), motion.shape("jawOpen")

    assert press[jaw == 0.0].min() >= 0.45
    assert np.median(press[jaw > 0.3]) < 0.05


def test_eyes_keep_the_direction_they_have_in_the_portrait() -> None:
    still = Performance(controls=ControlParameters(head_motion=0.0, gaze_contact=1.0))
    motion = motion_of(make_silence(20.0), still, eyeLookInLeft=0.3, eyeLookOutRight=0.3)

    assert motion.gaze[:, 0].mean() == pytest.approx(-9.0, abs=1.0)


def test_motion_of_shorter_sound_than_frames_holds_to_the_end() -> None:
    speech = make_speech(1.0)
    motion = synthesise_motion(speech, Performance(), fps=FPS, frames=60, rest=np.zeros(52, np.float32), seed=1)

    assert len(motion) == 60
    assert motion.shape("jawOpen")[45:].max() == 0.0


def test_shortest_sound_gives_one_frame() -> None:
    empty = make_silence(0.0)
    assert len(synthesise_motion(empty, Performance(), fps=FPS, frames=1, rest=np.zeros(52, np.float32), seed=1)) == 1


def test_ten_minutes_need_little_memory() -> None:
    speech = make_speech(600.0)
    tracemalloc.start()
    motion = motion_of(speech)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(motion) == 15_000
    assert peak < 10 * motion.blendshapes.nbytes
