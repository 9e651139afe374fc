"""Where a picture's lips end and meet, in which light its teeth stand, and how a mouth opens and shuts."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.types import Floats, Image, Portrait
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.lip_line import with_lip_edges
from video_processor.lip_seam import with_lip_seam
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.frame import head_frame
from video_processor.renderers.puppet.lip_corners import build_folds, flatness
from video_processor.renderers.puppet.lip_outline import round_opening
from video_processor.renderers.puppet.mouth import MouthPlace, build_mouth, draw_inside
from video_processor.renderers.puppet.mouth_depth import depth, inner_flesh
from video_processor.renderers.puppet.open_lips import open_lips
from video_processor.renderers.puppet.shapes import LAP, FaceShapes
from video_processor.renderers.puppet.tooth_light import tooth_white

SKIN, LIP, TEETH, SEAM = (205, 165, 145), (165, 85, 85), (232, 226, 215), (60, 30, 30)
LEFT, RIGHT, MIDDLE, THICK = 60.0, 140.0, 100.0, 16.0


@pytest.fixture(scope="module")
def grace() -> Portrait:
    return analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)


def lips(gap: float) -> tuple[Image, Floats]:
    """A painted mouth, its inner lips `gap` pixels apart in the middle, and the landmarks that fit it.

    The outer corners of the eyes are 160 pixels apart.
    """
    marks = np.zeros((478, 3), np.float32)
    marks[33, :2], marks[263, :2] = (20, 20), (180, 20)
    x = np.linspace(LEFT, RIGHT, 11)
    arch = 1 - np.linspace(-1, 1, 11) ** 2
    for rings, side in ((topo.UPPER_LIP_RINGS, -1), (topo.LOWER_LIP_RINGS, 1)):
        for place, ring in enumerate(rings):
            y = MIDDLE + side * arch * (gap / 2 + THICK * (1 - place / 3))
            marks[list(ring), :2] = np.stack([x, y], axis=1)
    image = np.full((200, 200, 3), SKIN, np.uint8)
    outer, inner = (
        np.vstack([marks[list(up), :2], marks[list(low), :2][::-1]]).round().astype(np.int32)
        for up, low in ((topo.UPPER_LIP_RINGS[i], topo.LOWER_LIP_RINGS[i]) for i in (0, 3))
    )
    cv2.fillPoly(image, [outer], LIP)
    if gap:
        cv2.fillPoly(image, [inner], TEETH)
    return image, marks


def test_edges_of_parted_lips_are_found_where_the_mesh_lays_them_on_teeth_or_on_lip() -> None:
    image, true = lips(30.0)
    strayed = true.copy()
    strayed[13, 1] -= 5
    strayed[[82, 81, 312, 311], 1] -= 4
    strayed[14, 1] -= 6
    strayed[[87, 178, 317, 402], 1] -= 5
    found = with_lip_edges(strayed, image)
    for mark in (13, 14):
        assert abs(found[mark, 1] - true[mark, 1]) < 0.45 * abs(strayed[mark, 1] - true[mark, 1])


def test_lips_that_look_like_teeth_are_left_to_the_mesh() -> None:
    image, marks = lips(30.0)
    image[:] = SKIN
    np.testing.assert_allclose(with_lip_edges(marks, image), marks, atol=1e-3)


def test_the_line_between_shut_lips_is_followed_through_its_bend() -> None:
    image, marks = lips(0.0)
    x = np.linspace(LEFT, RIGHT, 60)
    seam = np.stack([x, MIDDLE + 4 * np.cos((x - MIDDLE) / 40 * np.pi / 2)], axis=1)
    cv2.polylines(image, [seam.round().astype(np.int32)], False, SEAM, 2)
    found = with_lip_seam(marks, image)
    assert found[13, 1] - MIDDLE == pytest.approx(4, abs=1.2)
    assert found[14, 1] - found[13, 1] == pytest.approx(0, abs=1e-3)
    np.testing.assert_array_equal(found[[0, 17]], marks[[0, 17]])


def test_without_a_line_shut_lips_stay_and_so_do_parted_ones() -> None:
    image, marks = lips(0.0)
    np.testing.assert_allclose(with_lip_seam(marks, image), marks, atol=0.6)
    image, marks = lips(30.0)
    np.testing.assert_array_equal(with_lip_seam(marks, image), marks)


def test_teeth_take_the_tint_of_the_whites_of_the_eyes_and_none_in_a_grey_picture(grace: Portrait) -> None:
    skin = np.array([210.0, 160.0, 140.0], np.float32)
    yellow = np.rint(grace.image * np.array([1.0, 0.85, 0.5])).astype(np.uint8)
    own, varnished = (tooth_white(replace(grace, image=image), skin) for image in (grace.image, yellow))
    assert varnished[2] / varnished[0] < 0.75 * own[2] / own[0]
    assert np.ptp(tooth_white(grace, np.full(3, 170, np.float32))) == 0


def test_teeth_come_out_of_the_dark_as_the_lips_part(grace: Portrait) -> None:
    mouth = build_mouth(grace)

    def brightest(gap: float) -> float:
        ring = np.array([[10, 20], [90, 20], [90, 20 + 100 * gap], [10, 20 + 100 * gap]], np.float32)
        corners = np.array([[5, 12], [95, 12], [5, 26]], np.float32)
        place = MouthPlace((80, 100), ring, ring, corners, corners + 60, corners + 60, gap, 1.0, 0.0, 100.0)
        colours, cover = draw_inside(mouth, place)
        return float(colours[cover > 0.9].mean(axis=-1).max())

    dark = float(mouth.cavity.mean())
    assert brightest(0.02) <= dark + 1
    assert dark + 10 < brightest(0.07) < 0.75 * brightest(0.2)


def test_the_lips_keep_their_thickness_beside_a_wide_opening(grace: Portrait) -> None:
    points = head_frame(grace).points
    moved = points + open_lips(points, 0.32)
    for rings in (topo.UPPER_LIP_RINGS, topo.LOWER_LIP_RINGS):
        before, after = (np.linalg.norm(p[list(rings[0])] - p[list(rings[3])], axis=1) for p in (points, moved))
        np.testing.assert_allclose(after[1:-1], before[1:-1], rtol=0.1)
        assert (after[[0, -1]] < 0.75 * before[[0, -1]]).all()
    drop = moved[:, 1] - points[:, 1]
    assert drop[0] < 0.2 * drop[61] < 0.2 * drop[17]
    assert moved[291, 0] - moved[61, 0] < points[291, 0] - points[61, 0]


def test_shut_lips_lap_so_that_their_shadowed_edges_are_hidden() -> None:
    portrait = analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)
    shapes = FaceShapes(head_frame(portrait).points)
    moved = shapes.points + shapes.closing(lapping=True)
    assert moved[13, 1] - moved[14, 1] == pytest.approx(LAP, rel=0.05)
    assert moved[13, 1] - moved[0, 1] > 1.1 * (shapes.points[13, 1] - shapes.points[0, 1])


def test_a_stretched_lower_lip_ends_where_the_picture_turns_into_skin() -> None:
    image, marks = lips(60.0)
    inner, thick = marks[list(topo.LOWER_LIP_RINGS[3]), :2], THICK * (1 - np.linspace(-1, 1, 11) ** 2)
    deep = inner + np.stack([np.zeros(11), 2 * thick], axis=1)
    cv2.fillPoly(image, [np.vstack([inner, deep[::-1]]).round().astype(np.int32)], LIP)
    marks[152, :2] = (MIDDLE, MIDDLE + 90)
    found = with_lip_edges(marks, image)
    assert found[17, 1] == pytest.approx(deep[5, 1], abs=0.35 * THICK)
    assert found[17, 1] > marks[17, 1] + 0.6 * THICK
    np.testing.assert_allclose(found[14], marks[14], atol=2.0)


def test_the_inside_is_darkest_in_the_throat_and_red_where_the_tongue_is() -> None:
    skin, lip = np.array([210.0, 160.0, 140.0], np.float32), np.array([170.0, 90.0, 90.0], np.float32)
    inside = depth(inner_flesh(skin, lip))
    light = inside.mean(axis=-1)
    palate, throat, tongue = light[8, 48], light[40, 48], light[80, 40]
    assert throat < 0.6 * palate < 0.6 * tongue
    assert inside[80, 40, 0] > 1.5 * inside[80, 40, 1]
    grey = depth(inner_flesh(np.full(3, 170, np.float32), np.full(3, 90, np.float32)))
    assert np.ptp(grey, axis=-1).max() == 0


def test_a_wide_opening_is_round_and_a_narrow_one_keeps_its_line() -> None:
    x = np.linspace(-40, 40, 31, dtype=np.float32)
    upper, lower = (np.stack([x, side * 15 * (1 - np.abs(x / 40))], axis=1) for side in (-1, 1))
    down = np.array([0, 1], np.float32)
    ring = round_opening(upper, lower, down, 0.3, 100.0)
    assert ring is not None
    ellipse = np.hypot(ring[:, 0] / 40, ring[:, 1] / float(ring[:, 1].max()))
    wedge = np.abs(ring[:, 0] / 40) + np.abs(ring[:, 1]) / 15
    assert np.abs(ellipse - 1).max() < 0.2 < np.abs(wedge - 1).max()
    assert round_opening(upper, lower, down, 0.05, 100.0) is None


def test_folds_at_the_corners_lose_their_shadow_as_the_mouth_opens(grace: Portrait) -> None:
    image, marks = np.array(grace.image), grace.landmarks
    frame = head_frame(grace)
    corner = marks[61, :2]
    end = corner + 0.1 * frame.scale * (corner - marks[291, :2]) / np.linalg.norm(corner - marks[291, :2])
    image[:] = SKIN
    cv2.line(image, tuple(corner.astype(int)), tuple(end.astype(int)), SEAM, 2)
    fold = build_folds(replace(grace, image=image), frame)[0]
    rows, columns = np.mgrid[fold.y : fold.y + fold.lighter.shape[0], fold.x : fold.x + fold.lighter.shape[1]]
    face = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])[rows, columns]
    before = SKIN[0] - float(face[..., 0].mean())
    fold.lay_flat(face, np.stack([columns, rows], axis=-1).astype(np.float32), 1.0)
    assert SKIN[0] - float(face[..., 0].mean()) < 0.5 * before
    assert flatness(0.3, 0.0, 1.0) == 1
    assert flatness(0.0, 0.0, 1.0) == 0 < flatness(0.0, 0.0, 0.7)


def test_pursed_lips_bring_the_corners_of_a_smile_down() -> None:
    portrait = analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)
    shapes = FaceShapes(head_frame(portrait).points)
    moved = shapes.points + shapes.table()["mouthPucker"]
    before, after = (p[[61, 291], 1].mean() - shapes.mouth[1] for p in (shapes.points, moved))
    assert before < 0
    assert after > 0.4 * before
