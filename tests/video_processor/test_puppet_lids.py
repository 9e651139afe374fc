"""The puppet's lids: where their edges lie, how their skin moves, and what a closed eye looks like."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.types import Floats, Image
from tests.face_models import ASTRONAUT, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.eye_opening import DOWN, eye_opening
from video_processor.renderers.puppet.eyes import Eye, LidState, build_eyes
from video_processor.renderers.puppet.lid_skin import LidSkin

UNIT = 200.0
SKIN, IRIS = (225, 160, 120), (40, 90, 210)


def lid_state(upper: float, lower: float = 0.0) -> LidState:
    return LidState(upper=upper, lower=lower, iris_x=0.0, iris_y=0.0)


@pytest.fixture(scope="module")
def eyes() -> tuple[Eye, Eye]:
    return build_eyes(analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48))


@pytest.fixture(scope="module")
def grey_eyes() -> tuple[Eye, Eye]:
    portrait = analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)
    grey = cv2.cvtColor(np.ascontiguousarray(portrait.image[..., :3]), cv2.COLOR_RGB2GRAY)
    return build_eyes(replace(portrait, image=np.dstack([grey] * 3)))


def drawn_eye(ball: tuple[int, int, int]) -> Image:
    """A disc of eyeball, radii 40 and 24, in plain skin."""
    picture = np.full((200, 200, 3), SKIN, np.uint8)
    cv2.ellipse(picture, (100, 100), (40, 24), 0, 0, 360, ball, -1)
    return picture


def inset_lids() -> tuple[Floats, Floats]:
    """Lids' landmarks (9, 2) that lie well within that disc."""
    x = np.linspace(-1, 1, 9)
    arch = 12 * np.sqrt(1 - x**2)
    upper, lower = (np.stack([100 + 34 * x, 100 + side * arch], axis=1) for side in (-1, 1))
    return np.asarray(upper, np.float32), np.asarray(lower, np.float32)


def test_lids_reach_to_the_end_of_an_eyeball_that_landmarks_cut_short() -> None:
    opening = eye_opening(drawn_eye(IRIS), *inset_lids(), UNIT, outer_last=True)
    assert opening.lower[4, 1] == pytest.approx(124, abs=2.5)


def test_without_colour_to_tell_by_lids_are_widened_by_the_usual_share_alone() -> None:
    opening = eye_opening(drawn_eye(SKIN), *inset_lids(), UNIT, outer_last=True)
    assert opening.lower[4, 1] == pytest.approx(112 + DOWN * UNIT, abs=0.1)


def test_skin_moves_with_the_lid_below_the_lashes_and_not_above_the_fold() -> None:
    depth = np.linspace(0, 60, 121, dtype=np.float32)[:, None]
    nothing = np.zeros((121, 1, 3), np.uint8)
    stretch = np.full_like(depth, 20)
    lid = LidSkin(nothing, nothing, nothing, nothing, np.ones_like(depth), depth, stretch)
    shift = lid.shift(np.full_like(depth, 15), down=True)
    places = depth + shift
    assert shift[0] == 0
    assert (np.diff(places, axis=0) > 0).all()
    np.testing.assert_allclose(shift[depth >= 35], -15, atol=1e-4)


@pytest.mark.parametrize("side", [0, 1])
def test_a_lid_that_hardly_moves_leaves_the_picture(side: int, eyes: tuple[Eye, Eye]) -> None:
    eye = eyes[side]
    changes = [
        np.abs(eye.draw(lid_state(upper))[..., :3].astype(int) - eye.face).mean() for upper in (0.0, 0.002, 0.05, 0.5)
    ]
    assert changes[0] == 0
    assert changes[1] < 0.5
    assert changes == sorted(changes)


@pytest.mark.parametrize("side", [0, 1])
def test_a_closed_eye_shows_skin_over_a_dark_line(side: int, eyes: tuple[Eye, Eye]) -> None:
    """In the middle of the eye, from the middle of the opening up, there is skin; the lash line is darker by half."""
    eye = eyes[side]
    light = eye.draw(lid_state(1.0, 0.14))[..., :3].astype(np.float32).mean(axis=2)
    middle = (eye.upper - eye.lower) < 0.8 * (eye.upper - eye.lower).min()
    share = (eye.down - eye.upper) / np.maximum(eye.lower - eye.upper, 1)
    lid = light[middle & (share > -0.3) & (share < 0.5)]
    line = light[middle & (share > 0.8) & (share < 1.1)]
    assert lid.std() < 0.12 * lid.mean()
    assert np.percentile(line, 5) < 0.5 * lid.mean()


def test_lids_of_a_grey_picture_are_grey(grey_eyes: tuple[Eye, Eye]) -> None:
    closed = grey_eyes[0].draw(lid_state(1.0, 0.14))[..., :3].astype(int)
    assert np.ptp(closed, axis=2).max() <= 2
