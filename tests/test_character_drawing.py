"""Nova, the drawn character: the shipped picture is what the script draws, and it can be animated."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from PIL import Image as PillowImage

from avatar.types import Image, Portrait
from scripts.draw_character import SHIPPED, main
from scripts.drawing.canvas import VIEW, Points
from scripts.drawing.eyes import IRIS_RADIUS, Eye
from scripts.drawing.features import LIP_LINE
from scripts.drawing.figure import FACE
from scripts.drawing.nova import draw_nova
from tests.face_models import FACE_MODELS, face_store, face_tracker
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet import topology as topo

SMALL = 256
SIDES = {-1: (topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER, 468), 1: (topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER, 473)}


@cache
def shipped() -> Image:
    with PillowImage.open(SHIPPED) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


@cache
def portrait() -> Portrait:
    face_store(*FACE_MODELS)
    picture = load_picture(SHIPPED, max_megapixels=100, max_megabytes=16)
    return analyse_portrait(picture, face_tracker(), min_face_pixels=200)


def in_picture(points: ArrayLike) -> Points:
    """Design units to pixels of the shipped picture."""
    left, top, side = VIEW
    return np.asarray((np.asarray(points) - np.array([left, top])) * (len(shipped()) / side))


def landmarks(*indices: int) -> Points:
    return portrait().landmarks[list(indices), :2].astype(np.float64)


def distances(curve: Points, points: Points) -> Points:
    """From each of the points to the curve, pixels of the shipped picture."""
    return np.asarray(np.linalg.norm(points[:, None] - in_picture(curve)[None], axis=-1).min(axis=1))


def blurred(image: Image) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(image.astype(np.float64), (0, 0), 2.0))


def test_it_draws_the_same_picture_every_time() -> None:
    first, second = draw_nova(96), draw_nova(96)
    assert first.shape == (96, 96, 3)
    np.testing.assert_array_equal(first, second)


def test_the_script_writes_a_picture_of_the_size_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "nova.png"
    assert main(["--size", "64", "-o", str(path)]) == 0
    with PillowImage.open(path) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (64, 64), "RGB")
    assert capsys.readouterr().out.strip() == str(path)


def test_the_shipped_picture_is_what_the_script_draws() -> None:
    small = np.asarray(cv2.resize(shipped(), (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.uint8)
    difference = np.abs(blurred(small) - blurred(draw_nova(SMALL)))
    assert difference.mean() < 2
    assert difference.max() < 40


def test_the_shipped_picture_is_large_and_its_file_small() -> None:
    assert shipped().shape == (1024, 1024, 3)
    assert SHIPPED.stat().st_size < 1_000_000


def test_the_analysis_has_nothing_to_remark() -> None:
    found = portrait()
    assert found.notes == ()
    assert np.abs(found.pose).max() < 8
    assert found.inter_ocular > 200


def test_the_person_is_told_from_the_room() -> None:
    person = portrait().person
    head, shoulders, corners = person[90:660, 300:720], person[940:, 200:820], person[:60, [0, -1]]
    assert min(head[200:].mean(), shoulders.mean()) > 250
    assert corners.max() < 5


@pytest.mark.parametrize("side", SIDES)
def test_the_eyes_are_where_they_are_drawn(side: int) -> None:
    upper, lower, iris = SIDES[side]
    eye = Eye(side)
    assert distances(eye.upper, landmarks(*upper)).max() < 7
    assert distances(eye.lower, landmarks(*lower)).max() < 7
    centre = in_picture(eye.iris)
    assert np.linalg.norm(landmarks(iris)[0] - centre) < 0.3 * IRIS_RADIUS


def test_the_lip_line_lies_between_the_lips_that_are_found() -> None:
    inner = landmarks(*topo.UPPER_INNER), landmarks(*topo.LOWER_INNER)
    assert distances(LIP_LINE, (inner[0] + inner[1]) / 2).max() < 5


def test_the_jaw_follows_the_drawn_outline() -> None:
    jaw = landmarks(*[i for i in topo.OVAL if portrait().landmarks[i, 1] > in_picture([[512, 450]])[0, 1]])
    assert len(jaw) > 12
    assert distances(FACE, jaw).max() < 13
