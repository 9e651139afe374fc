"""Faces are cut and aligned as SadTalker's training data were."""

import numpy as np
import pytest

from avatar.types import Portrait
from tests.face_models import ASTRONAUT, GRACE_HOPPER
from tests.video_processor.sadtalker_factory import framed
from video_processor.framing import Framing
from video_processor.renderers.sadtalker.alignment import (
    TEMPLATE,
    aligned,
    face_square,
    face_width,
    five_points,
)
from video_processor.renderers.sadtalker.view import View, view_of

SIDE = 256


@pytest.mark.parametrize(("scale", "x", "y"), [(100.0, 128.0, 120.0), (150.0, 100.0, 140.0), (60.0, 160.0, 90.0)])
def test_the_template_is_found_where_it_lies(scale: float, x: float, y: float) -> None:
    """`y` counts from below, as in the 3D face model's own pictures."""
    points = np.stack([x + scale * TEMPLATE[:, 0], SIDE - 1 - (y + scale * TEMPLATE[:, 1])], axis=1)
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[round(SIDE - y) - 2 : round(SIDE - y) + 2, round(x) - 2 : round(x) + 2] = 255
    found = aligned(picture, points)
    assert found.place == pytest.approx([102 / scale, x, y], rel=1e-4)
    rows, columns = np.nonzero(found.face[..., 0] > 128)
    assert (columns.mean(), rows.mean()) == pytest.approx((112, 112), abs=1.5)


def test_a_face_near_the_edge_is_black_beyond_it() -> None:
    points = np.stack([20 + 100 * TEMPLATE[:, 0], 128 - 100 * TEMPLATE[:, 1]], axis=1)
    found = aligned(np.full((SIDE, SIDE, 3), 200, np.uint8), points)
    assert not found.face[:, :80].any()
    assert (found.face[:, 120:] == 200).all()


@pytest.fixture(params=[GRACE_HOPPER, ASTRONAUT])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    return framed(request.param, 320, 320)


def test_an_aligned_face_lies_like_the_mean_face(portrait: Portrait) -> None:
    view = view_of(portrait)
    points = view.square.holding(five_points(portrait.landmarks), SIDE)
    scale, x, y = aligned(view.cut(portrait.image, SIDE), points).place
    seen = np.stack([(points[:, 0] - x) * scale, (SIDE - y - points[:, 1]) * scale], axis=1)
    assert np.abs(seen - 102 * TEMPLATE[:, :2]).mean() < 10


def test_the_square_holds_the_face_with_its_eyes_a_little_above_the_middle(portrait: Portrait) -> None:
    square, points = face_square(portrait.landmarks), portrait.landmarks[:468, :2]
    inside = square.holding(points, 1)
    assert inside.min() > 0.05
    assert inside.max() < 1
    assert 0.35 < float(square.holding(portrait.landmarks[[33, 263], :2], 1)[:, 1].mean()) < 0.5


def test_a_face_that_leans_has_a_larger_upright_square_and_the_same_own_one(portrait: Portrait) -> None:
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]], np.float32)
    leaning = portrait.landmarks.copy()
    middle = leaning[:, :2].mean(axis=0)
    leaning[:, :2] = (leaning[:, :2] - middle) @ turn.T + middle
    assert face_width(leaning) == pytest.approx(face_width(portrait.landmarks), rel=1e-4)
    assert face_square(leaning).side > 1.1 * face_square(portrait.landmarks).side


@pytest.mark.parametrize(
    ("width", "height", "framing", "mode"),
    [
        (320, 320, "close", "crop"),
        (320, 320, "portrait", "full"),
        (400, 224, "close", "full"),
        (180, 320, "auto", "full"),
    ],
)
def test_a_square_frame_that_a_face_fills_is_drawn_whole(width: int, height: int, framing: Framing, mode: str) -> None:
    portrait = framed(GRACE_HOPPER, width, height, framing)
    view = view_of(portrait)
    assert view.mode == mode
    rows, columns = view.inside
    face = portrait.landmarks[:468, :2]
    low, high = face.min(axis=0), face.max(axis=0)
    assert columns.start <= max(low[0], 0)
    assert rows.start <= max(low[1], 0)
    assert min(high[0], width) <= columns.stop
    assert min(high[1], height) <= rows.stop


def test_a_square_beyond_the_frame_is_cut_and_fitted_back(portrait: Portrait) -> None:
    view = View("full", face_square(portrait.landmarks)._replace(x=-40, y=-60, side=400), portrait.size)
    fitted = view.fitted(view.cut(portrait.image, 400))
    assert np.array_equal(fitted, portrait.image[view.inside])
