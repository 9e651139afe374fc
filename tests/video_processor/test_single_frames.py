"""A single frame of the motion, worked out in numbers, is that frame of the whole clip."""

from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike

from avatar.blendshapes import BLENDSHAPES
from avatar.types import Floats
from video_processor.motion.blinks import Lids, lid_company
from video_processor.motion.composition import Layers, composed, laid_over
from video_processor.motion.curves import (
    Clock,
    minimum_jerk,
    minimum_jerk_at,
    smoothed,
    smoothed_at,
    soft_limit,
    stroke,
    stroke_at,
)
from video_processor.motion.gaze import Gaze, eye_looks, in_head, lid_follow
from video_processor.motion.head import HeadDrives, driven
from video_processor.motion.lips import Articulation, Heard, articulated, mouth
from video_processor.motion.live.heard import COLUMNS
from video_processor.motion.live.rows import LiveRows

FRAMES = 40


def assert_close(found: ArrayLike, wanted: ArrayLike, atol: float = 2e-6) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=0.0, atol=atol)


def random() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(5))


def drawn(draws: np.random.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Floats:
    return draws.uniform(low, high, (*shape, FRAMES)).astype(np.float32)


def test_a_face_is_laid_over_like_the_frame_of_a_clip() -> None:
    draws = random()
    rest = drawn(draws, 52)[:, 0] * np.float32(0.6)
    held = drawn(draws, 52).T.copy()
    living, changes = (drawn(draws, 52, low=-1.0).T.copy() for _ in range(2))
    gaze = Gaze(drawn(draws, low=-20.0, high=20.0), drawn(draws, low=-14.0, high=14.0))
    jaw, spread, left, right = drawn(draws, 4)
    whole = composed(Layers(held, jaw, spread, living, changes, Lids(left, right), eye_looks(gaze, rest)), rest)
    for i in range(FRAMES):
        closed = Lids(float(left[i]), float(right[i]))
        looks = eye_looks(Gaze(float(gaze.yaw[i]), float(gaze.pitch[i])), rest)
        one = laid_over(Layers(held[i], float(jaw[i]), float(spread[i]), living[i], changes[i], closed, looks), rest)
        assert_close(one, whole[i])


@pytest.mark.parametrize("size", [0.5, 3.0])
def test_a_head_is_driven_like_the_frame_of_a_clip(size: float) -> None:
    draws = random()
    amount, energy, tilt, melody, gaze_yaw, depth, breath = drawn(draws, 7, low=-1.0)
    slow, fast, strokes, sway = (size * drawn(draws, 3, low=-2.0, high=2.0) for _ in range(4))
    cued = drawn(draws, 6, low=-size).T.copy()
    whole = driven(
        HeadDrives(
            amount, energy, tilt, melody, gaze_yaw, list(slow), list(fast), list(strokes), list(sway), depth, breath
        ),
        cued,
    )
    assert whole.shape == (FRAMES, 6)
    for i in range(FRAMES):
        single: HeadDrives[float] = HeadDrives(
            amount=float(amount[i]),
            energy=float(energy[i]),
            tilt=float(tilt[i]),
            melody=float(melody[i]),
            gaze_yaw=float(gaze_yaw[i]),
            slow=slow[:, i].tolist(),
            fast=fast[:, i].tolist(),
            strokes=strokes[:, i].tolist(),
            sway=sway[:, i].tolist(),
            depth=float(depth[i]),
            breath=float(breath[i]),
        )
        one = driven(single, cued[i])
        assert_close(one, whole[i], atol=1e-5)


def test_lips_speak_like_in_the_frame_of_a_clip() -> None:
    draws = random()
    heard = Heard(*drawn(draws, len(fields(Heard))))
    closed, gap, slow_gap = drawn(draws, 3)
    whole = mouth(articulated(heard, closed, gap, slow_gap), heard, 0.03)
    for i in range(FRAMES):
        numbers = Heard(*(float(getattr(heard, f.name)[i]) for f in fields(Heard)))
        one: Articulation[float] = articulated(numbers, float(closed[i]), float(gap[i]), float(slow_gap[i]))
        spoken = mouth(one, numbers, 0.03)
        assert spoken.keys() == whole.keys() <= set(BLENDSHAPES)
        assert_close(list(spoken.values()), [curve[i] for curve in whole.values()])


def test_what_is_heard_has_the_columns_of_the_rows_in_their_order() -> None:
    assert [*(name for name in COLUMNS if name != "active"), "gate", "gain"] == [f.name for f in fields(Heard)]


def test_eyes_and_lids_move_like_in_the_frame_of_a_clip() -> None:
    draws = random()
    yaw, pitch, head_yaw, head_pitch = drawn(draws, 4, low=-30.0, high=30.0)
    left, right = drawn(draws, 2)
    lids = Lids(left, right)
    gaze = in_head(Gaze(yaw, pitch), Gaze(head_yaw, head_pitch), lids.both)
    whole = {**lid_follow(gaze), **lid_company(lids)}
    for i in range(FRAMES):
        one_lids = Lids(float(left[i]), float(right[i]))
        targets, head = Gaze(float(yaw[i]), float(pitch[i])), Gaze(float(head_yaw[i]), float(head_pitch[i]))
        one = in_head(targets, head, one_lids.both)
        assert_close((one.yaw, one.pitch), (gaze.yaw[i], gaze.pitch[i]), atol=1e-5)
        for name, value in {**lid_follow(one), **lid_company(one_lids)}.items():
            assert value == pytest.approx(float(whole[name][i]), abs=2e-6)


def test_curves_have_the_same_values_one_by_one() -> None:
    x = np.linspace(-1.5, 1.5, 61)
    assert_close([minimum_jerk_at(v) for v in x.tolist()], minimum_jerk(x), atol=1e-12)
    assert_close([stroke_at(v, 0.2, 0.5) for v in x.tolist()], stroke(x, 0.2, 0.5), atol=1e-12)
    single = x.astype(np.float32)
    assert_close([soft_limit(v, 1.0) for v in single.tolist()], soft_limit(single, 1.0))


@pytest.mark.parametrize("place", [0, 3, 20, 39])
def test_smoothing_is_the_same_in_a_single_frame(place: int) -> None:
    curve, clock = drawn(random()), Clock(Fraction(25), FRAMES)

    assert smoothed_at(place, curve, clock, 0.08) == pytest.approx(float(smoothed(curve, clock, 0.08)[place]), abs=2e-6)


def test_rows_are_the_same_whatever_the_window() -> None:
    rows = LiveRows(np.zeros(2, np.float32), fade_in=4, fade_out=6, fade_cut=2)
    draws = random()
    for first in (10, 35, 60):
        rows.add(first, draws.random((20, 2)).astype(np.float32))
    whole = rows.window(0, 100)
    for first in range(90):
        np.testing.assert_array_equal(rows.window(first, first + 9), whole[first : first + 9])
