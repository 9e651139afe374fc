"""How the head turns: as a camera would see it, and with no point further off than it can have moved."""

from dataclasses import replace

import numpy as np
import pytest

from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import build_session
from video_processor.renderers.puppet.frame import rotation
from video_processor.renderers.puppet.head import LIMIT_DEGREES, SLOPES, HeadMotion, PosedHead

CAMERA = 800.0
PIVOT = np.array([250.0, 260.0, 90.0])
SHIFT = np.array([4.0, -7.0, 12.0])


@pytest.fixture(scope="module")
def motion() -> HeadMotion:
    """The head of a photograph."""
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=32)
    return build_session(portrait).stage.head


def seen(space: np.ndarray) -> np.ndarray:
    """Where the camera sees points (n, 3) that are given from the pivot."""
    return PIVOT[:2] + space[:, :2] * (CAMERA / (CAMERA + space[:, 2:]))


@pytest.mark.parametrize("angles", [(0.0, 18.0, 0.0), (12.0, 0.0, 0.0), (-9.0, -14.0, 11.0)])
def test_a_turn_keeps_the_cameras_perspective(angles: tuple[float, float, float]) -> None:
    turn = rotation(*angles)
    x, y, z = PIVOT.tolist()
    head = PosedHead(turn, (x, y, z), tuple(SHIFT.tolist()), CAMERA, np.ones(len(SLOPES), np.float32), is_at_rest=False)
    space = np.random.default_rng(3).uniform(-120, 120, (50, 3))
    placed = head.move(np.column_stack([seen(space), space[:, 2] + z]))
    np.testing.assert_allclose(placed, seen(space @ turn.T + SHIFT), atol=1e-9)


def test_a_small_turn_is_inverted_to_a_fraction_of_a_pixel(motion: HeadMotion) -> None:
    head = motion.posed(np.array([5, 6, 4, 0, 0, 0], np.float32))
    offsets = motion.offsets(head)
    found = motion.nodes + offsets
    shift = (head.place(motion.nodes, head.relief(motion.reliefs)) - motion.nodes) * motion.reach
    assert np.abs(offsets + motion.grid.sample(shift, found)).max() < 0.6


@pytest.mark.parametrize("angles", [(0, 20, 0), (15, 20, 20), (-15, -20, -20)])
def test_even_where_the_map_folds_no_point_is_sought_further_than_any_moves(
    angles: tuple[int, int, int], motion: HeadMotion
) -> None:
    head = motion.posed(np.array([*angles, 0, 0, 0], np.float32))
    shift = (head.place(motion.nodes, head.relief(motion.reliefs)) - motion.nodes) * motion.reach
    offsets = motion.offsets(head)
    for axis in (0, 1):
        assert np.all(offsets[..., axis] >= -shift[..., axis].max() - 1e-3)
        assert np.all(offsets[..., axis] <= -shift[..., axis].min() + 1e-3)


def drawn(motion: HeadMotion, yaw: float) -> float:
    """Degrees that a yaw takes a point far in front of the pivot to the side."""
    head = motion.posed(np.array([0, yaw, 0, 0, 0, 0], np.float32))
    return float(np.degrees(np.arctan2(-head.turn[0, 2], head.turn[2, 2])))


@pytest.mark.parametrize("own", [0.0, -19.0, 14.0])
def test_turns_bend_into_a_limit_and_never_back(own: float, motion: HeadMotion) -> None:
    turned = replace(motion, pose=(0.0, own, 0.0))
    turns = [drawn(turned, yaw) for yaw in np.linspace(-40, 40, 81)]
    assert np.all(np.diff(turns) > 0)
    assert np.abs(turns).max() < LIMIT_DEGREES
    assert abs(drawn(turned, 0.0)) < 1e-3


def test_a_face_that_is_turned_turns_less_than_one_that_is_not(motion: HeadMotion) -> None:
    ahead, turned = replace(motion, pose=(0.0, 0.0, 0.0)), replace(motion, pose=(0.0, -19.0, 0.0))
    assert 17 < drawn(ahead, 18) < 19
    assert -19 + drawn(turned, -18) > -26
    assert drawn(turned, 18) < drawn(ahead, 18)


def test_a_line_across_the_brows_stays_nearly_level_when_the_head_looks_down(motion: HeadMotion) -> None:
    """It bends less than the head's relief would have it, about as much as a rigid pair of spectacles does."""
    ahead = replace(motion, pose=(0.0, 0.0, 0.0))
    head = ahead.posed(np.array([-10, 0, 0, 0, 0, 0], np.float32))
    x, y, _ = motion.pivot
    sides = np.array([(x + share * motion.scale, y - motion.scale) for share in (-0.6, 0.0, 0.6)])
    own, drawn_as = motion.depths(sides)[len(SLOPES) // 2], head.relief(motion.depths(sides))
    bends = [right / 2 + left / 2 - middle for left, middle, right in (own, drawn_as)]
    assert 0 < bends[1] < 0.8 * bends[0]


def test_a_head_that_looks_down_is_seen_from_further_away_but_nears_alike(motion: HeadMotion) -> None:
    up, down = (motion.posed(np.array([pitch, 0, 0, 0, 0, 1], np.float32)) for pitch in (10, -10))
    assert down.camera > 1.3 * up.camera
    assert down.shift[2] / down.camera == pytest.approx(up.shift[2] / up.camera)


def test_a_picture_cut_at_the_hair_shows_nothing_from_above_it(motion: HeadMotion) -> None:
    """What lies at the upper edge of the picture moves along it only."""
    head = motion.posed(np.array([10, 12, 8, 0, 0, 0], np.float32))
    at_edge = motion.nodes[..., 1] <= 0
    assert np.all(motion.reach[at_edge][:, 1] == 0)
    assert np.abs(motion.offsets(head)[at_edge][:, 1]).max() < 1
