"""What a closed lid is made of: the skin round the eye, and a line of lashes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet.eye_opening import EyeAxes
from video_processor.renderers.puppet.lash_line import lash_line
from video_processor.renderers.puppet.lid_colour import Lids, closed_lid

UNIT = 200.0
SIZE = 120
LENGTH, HALF_HEIGHT = 70.0, 14.0
SKIN = np.array([215, 165, 135], np.float32)


def axes() -> EyeAxes:
    x, y = np.meshgrid(*(np.arange(SIZE, dtype=np.float32),) * 2)
    along = np.asarray((x - SIZE / 2) / LENGTH + 0.5, np.float32)
    return EyeAxes(np.dstack([x, y]), np.array([0, 1], np.float32), along, along, y - SIZE / 2, UNIT)


@pytest.fixture(scope="module")
def eye() -> EyeAxes:
    return axes()


@pytest.fixture(scope="module")
def lids(eye: EyeAxes) -> Lids:
    arch = HALF_HEIGHT * np.sqrt(np.maximum(1 - np.square(2 * eye.along - 1), 0))
    upper = np.asarray(-arch, np.float32)
    return Lids(upper, -upper, upper - np.float32(24), np.full_like(upper, -48))


def lit_skin(eye: EyeAxes) -> Floats:
    """Skin whose light falls by a third from the patch's left to its right."""
    light = 1.1 - eye.grid[..., :1] / SIZE / 3
    return np.asarray(SKIN * light, np.float32)


def open_eye(eye: EyeAxes, lids: Lids, ink: tuple[int, int, int] = (20, 15, 12)) -> Image:
    """A blue eye with liner of the colour `ink` and single lashes that rise from it."""
    picture = lit_skin(eye).astype(np.uint8)
    within = (eye.down > lids.upper) & (eye.down < lids.lower)
    picture[within] = (40, 90, 210)
    picture[(np.abs(eye.down - lids.upper) < 2) & (eye.along > 0) & (eye.along < 1)] = ink
    for x in range(32, 90, 4):
        top = SIZE // 2 + int(lids.upper[0, x])
        cv2.line(picture, (x, top), (x + 2, top - 9), ink, 1, cv2.LINE_AA)
    return picture


def on_lid(eye: EyeAxes, lids: Lids) -> NDArray[np.bool_]:
    shown = (eye.down > lids.upper - 12) & (eye.down < lids.lower - 4) & (eye.along > 0.1) & (eye.along < 0.9)
    return np.asarray(shown, np.bool_)


def everywhere(value: float = 1.0) -> Floats:
    return np.full((SIZE, SIZE), value, np.float32)


def test_a_closed_lid_goes_on_as_the_skin_round_it_without_lashes_and_liner(eye: EyeAxes, lids: Lids) -> None:
    picture = open_eye(eye, lids)
    closed = closed_lid(picture, picture, eye, lids, everywhere())
    ratio = (closed / lit_skin(eye))[on_lid(eye, lids)]
    assert ratio.min() > 0.78
    assert ratio.max() < 1.12
    left, right = (closed[on_lid(eye, lids) & side].mean() for side in (eye.along < 0.4, eye.along > 0.6))
    assert 1.07 < left / right < 1.25


def test_a_closed_lid_joins_the_skin_without_an_edge(eye: EyeAxes, lids: Lids) -> None:
    picture = open_eye(eye, lids)
    closed = closed_lid(picture, picture, eye, lids, everywhere())
    before, after = (steepest(image) for image in (picture, closed))
    assert after < 0.2 * before


def steepest(image: Image) -> float:
    light = image.astype(np.float32).mean(axis=2)[8:-8, 8:-8]
    return float(np.max([np.abs(step).max() for step in np.gradient(light)]))


def test_what_lies_over_the_skin_stays(eye: EyeAxes, lids: Lids) -> None:
    picture = open_eye(eye, lids)
    bare = everywhere()
    bare[:40] = 0
    picture[:40] = (30, 30, 40)
    closed = closed_lid(picture, picture, eye, lids, bare)
    np.testing.assert_array_equal(closed[:40], picture[:40])


def test_a_grey_eye_closes_in_grey(eye: EyeAxes, lids: Lids) -> None:
    grey = cv2.cvtColor(open_eye(eye, lids), cv2.COLOR_RGB2GRAY)
    picture = np.asarray(np.dstack([grey] * 3), np.uint8)
    assert np.ptp(closed_lid(picture, picture, eye, lids, everywhere()).astype(int), axis=2).max() <= 1


def test_lashes_have_their_own_colour_and_end_at_the_corners(eye: EyeAxes, lids: Lids) -> None:
    red = open_eye(eye, lids, (110, 30, 12))
    closed = closed_lid(red, red, eye, lids, everywhere())
    alone, met = lash_line(red, closed, eye, lids.upper)
    edge = np.abs(eye.down - lids.upper) < 1.5
    middle, corner = (met[edge & part] for part in (np.abs(eye.along - 0.6) < 0.1, eye.along > 1.1))
    assert middle[:, 0].mean() > middle[:, 1].mean() + 15
    assert middle.mean() < 110
    assert corner.min() > 240
    assert (met <= alone).all()


def test_fair_lashes_leave_a_fainter_line(eye: EyeAxes, lids: Lids) -> None:
    edge = (np.abs(eye.down - lids.upper) < 1.5) & (np.abs(eye.along - 0.6) < 0.1)

    def light(lashes: tuple[int, int, int]) -> float:
        picture = open_eye(eye, lids, lashes)
        closed = closed_lid(picture, picture, eye, lids, everywhere())
        return float(lash_line(picture, closed, eye, lids.upper)[0][edge].mean())

    assert light((120, 90, 70)) > light((30, 22, 18)) + 30


def test_a_closed_lid_is_pinker_where_skin_near_it_is(eye: EyeAxes, lids: Lids) -> None:
    picture = open_eye(eye, lids)
    flushed = picture.copy()
    beside = (eye.along < -0.06) | (eye.along > 1.06)
    flushed[beside] = np.clip(flushed[beside] * [1.08, 0.92, 1.0], 0, 255)
    part = on_lid(eye, lids) & (np.abs(eye.along - 0.5) < 0.1)
    plain, pinker = (
        closed_lid(image, image, eye, lids, everywhere())[part].astype(np.float32).mean(axis=0)
        for image in (picture, flushed)
    )
    assert pinker[0] / pinker[1] > plain[0] / plain[1] + 0.12
