from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.types import Image, Portrait
from models.emotion.ferplus import SIDE
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker, picture_of
from video_processor.face_model import face_crop
from video_processor.portrait import analyse_portrait


def turned(image: Image, degrees: float) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)


def measured(image: Image) -> Portrait:
    return analyse_portrait(picture_of(image), face_tracker(), min_face_pixels=48)


def likeness(first: Image, second: Image) -> float:
    return float(np.corrcoef(first.ravel().astype(float), second.ravel().astype(float))[0, 1])


@pytest.mark.parametrize("degrees", [-25.0, 20.0])
def test_the_model_sees_the_face_upright_however_the_head_is_held(degrees: float) -> None:
    image = demo_picture(GRACE_HOPPER).image
    upright, tilted = face_crop(measured(image)), face_crop(measured(turned(image, degrees)))

    assert upright.shape == (SIDE, SIDE)
    assert likeness(upright, tilted) > 0.9


def test_the_face_fills_the_picture_whatever_its_size() -> None:
    image = demo_picture(GRACE_HOPPER).image
    double = np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)

    assert likeness(face_crop(measured(image)), face_crop(measured(double))) > 0.95


def test_a_face_at_the_edge_is_cropped_all_the_same() -> None:
    portrait = measured(demo_picture(GRACE_HOPPER).image)
    box = portrait.landmarks[:468, :2].min(axis=0).astype(int)
    cut = replace(
        portrait,
        image=np.ascontiguousarray(portrait.image[box[1] :, box[0] :]),
        landmarks=portrait.landmarks - np.array([*box, 0], np.float32),
    )

    assert likeness(face_crop(portrait), face_crop(cut)) > 0.8
