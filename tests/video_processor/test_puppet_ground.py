"""What travels with a person, and what is drawn where they were."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.types import Image
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.background import continued, fill_behind, separated
from video_processor.renderers.puppet.matte import matte
from video_processor.renderers.puppet.rim import likeness

UNIT = 60.0
SIDE = 240
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE]
DISC = np.hypot(ROWS - 120, COLUMNS - 120) < 70


def striped(wide: int) -> Image:
    """Grey stripes across the picture, so many pixels wide."""
    stripes = np.where(ROWS // wide % 2 == 0, 60, 200).astype(np.uint8)
    return np.repeat(stripes[..., None], 3, axis=2)


def test_grain_goes_on_behind_the_person_and_shapes_do_not() -> None:
    ring = DISC & (np.hypot(ROWS - 120, COLUMNS - 120) > 64)
    smooth, share = {}, {}
    for wide in (2, 24):
        picture = striped(wide)
        hidden = picture.copy()
        hidden[DISC] = (250, 10, 10)
        filled = continued(hidden, DISC, UNIT)
        np.testing.assert_array_equal(filled[~DISC], picture[~DISC])
        smooth[wide] = fill_behind(hidden, DISC, (slice(0, SIDE), slice(0, SIDE)))
        share[wide] = np.abs(filled[ring].astype(int) - smooth[wide][ring]).mean() / picture[ring].std()
    assert share[2] > 0.5
    assert share[24] < 0.5 * share[2]


def test_ground_between_two_colours_runs_evenly_from_one_to_the_other() -> None:
    picture = np.where(COLUMNS < 120, 60, 200)[..., None].repeat(3, axis=2).astype(np.uint8)
    band = np.abs(COLUMNS - 120) < 60
    filled = continued(picture, band, UNIT)[120, 60:180, 0].astype(int)
    assert np.abs(filled - np.linspace(60, 200, 120)).max() < 20


def test_what_the_ground_explains_is_left_to_it() -> None:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=32)
    plain = np.full_like(portrait.image, (120, 140, 160))
    person = portrait.person > 127
    plain[person] = portrait.image[person]
    cover = matte(replace(portrait, image=plain))
    assert cover is not None
    away = cv2.distanceTransform((~person).astype(np.uint8), cv2.DIST_L2, 5) / portrait.inter_ocular
    assert cover[person].min() == 255
    assert (cover[away > 0.04] == 0).mean() > 0.97


def test_where_all_is_hidden_there_is_nothing_to_mirror() -> None:
    everywhere = np.ones((SIDE, SIDE), bool)
    assert np.ptp(continued(striped(12), everywhere, UNIT)) == 0


def test_a_strand_outside_the_outline_is_the_persons_and_the_ground_beside_it_is_not() -> None:
    picture = np.full((SIDE, SIDE, 3), (90, 120, 200), np.uint8)
    picture[DISC] = (70, 40, 30)
    picture[100:140, 190:196] = (70, 40, 30)
    picture += np.random.default_rng(5).integers(0, 6, picture.shape, np.uint8)
    alike = likeness(picture, DISC, UNIT)
    assert alike[110:130, 192:194].min() > 0.6
    assert alike[30:40, 120].max() < 0.1


@pytest.mark.parametrize("seed", [1, 2])
def test_layers_give_the_picture_whatever_the_cover(seed: int) -> None:
    noise = np.random.default_rng(seed)
    picture = noise.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    cover = np.where(DISC, 255, noise.integers(0, 256, DISC.shape) * (ROWS > 30)).astype(np.uint8)
    own, cover, behind = separated(picture, cover, UNIT)
    share = cover[..., None].astype(np.float32) / 255
    again = np.rint(behind + (own.astype(np.float32) - behind) * share)
    assert np.abs(again - picture).max() <= 1


def test_plain_ground_close_to_a_person_stays_where_it_is() -> None:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=32)
    cover = matte(portrait)
    assert cover is not None
    person = portrait.person > 127
    assert cover[person].min() == 255
    away = cv2.distanceTransform((~person).astype(np.uint8), cv2.DIST_L2, 5) / portrait.inter_ocular
    sky = portrait.image[..., 2].astype(int) - portrait.image[..., 0] > 60
    right = np.arange(person.shape[1])[None] > portrait.landmarks[4, 0] + portrait.inter_ocular
    near = (away > 0.05) & (away < 0.1) & sky & right
    assert (cover[near] == 0).mean() > 0.8
