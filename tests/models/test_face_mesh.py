from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import WeightsError
from avatar.types import Floats, Image
from models.face_mesh.detector import OUTPUTS, Detection
from models.face_mesh.network import Network
from models.face_mesh.tracker import FaceTracker
from tests.face_models import ASTRONAUT, FACE_MODELS, GRACE_HOPPER, demo_picture, face_store, face_tracker


@pytest.fixture
def tracker() -> FaceTracker:
    return face_tracker()


@pytest.fixture
def grace() -> Image:
    return demo_picture(GRACE_HOPPER).image


def landmarks_of(tracker: FaceTracker, image: Image) -> Floats:
    return tracker.landmarks(image, tracker.detect(image)[0])[0]


def eye_width(landmarks: Floats) -> float:
    return float(np.linalg.norm(landmarks[33] - landmarks[263]))


def mean_shift(found: Floats, expected: Floats) -> float:
    """Mean distance in the picture's plane, as a share of the distance of the outer eye corners."""
    return float(np.linalg.norm(found[:, :2] - expected[:, :2], axis=1).mean()) / eye_width(expected)


def on_canvas(image: Image, width: int, height: int, x: int, y: int) -> Image:
    canvas = np.full((height, width, 3), 120, np.uint8)
    canvas[y : y + image.shape[0], x : x + image.shape[1]] = image
    return canvas


def test_a_face_is_found_with_its_key_points_in_order(tracker: FaceTracker, grace: Image) -> None:
    (face,) = tracker.detect(grace)
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.keypoints
    assert face.score > 0.8
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]
    x, y, width, height = face.box
    assert x < mouth[0] < x + width
    assert y < mouth[1] < y + height


def test_several_faces_come_largest_first(tracker: FaceTracker, grace: Image) -> None:
    small = np.asarray(cv2.resize(grace, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    both = on_canvas(grace, 1000, 600, 450, 0)
    both[100:400, 60:316] = small
    faces = tracker.detect(both)
    assert len(faces) == 2
    assert faces[0].side > 1.6 * faces[1].side
    assert faces[0].keypoints[0, 0] > 450 > faces[1].keypoints[0, 0]


def test_a_face_of_a_fiftieth_of_the_picture_is_found_by_tiles(tracker: FaceTracker) -> None:
    astronaut = demo_picture(ASTRONAUT).image
    (alone,) = tracker.detect(astronaut)
    wide = on_canvas(astronaut, 4000, 2600, 2900, 1700)
    found = tracker.detect(wide)[0]
    assert found.side / 4000 < 0.03
    assert found.keypoints == pytest.approx(alone.keypoints + np.array([2900, 1700]), abs=0.1 * alone.side)


@pytest.mark.parametrize("height", [40, 512])
def test_there_is_no_face_in_noise_or_plain_colour(tracker: FaceTracker, height: int) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (height, 300, 3)).astype(np.uint8)
    assert tracker.detect(noise) == []
    assert tracker.detect(np.full((height, 300, 3), 180, np.uint8)) == []


def test_presence_tells_a_face_from_none(tracker: FaceTracker, grace: Image) -> None:
    face = tracker.detect(grace)[0]
    noise = np.random.default_rng(3).integers(0, 256, grace.shape).astype(np.uint8)
    assert tracker.landmarks(grace, face)[1] > 0.95
    assert tracker.landmarks(noise, face)[1] < 0.05


def test_landmarks_lie_where_the_detector_sees_the_features(tracker: FaceTracker, grace: Image) -> None:
    face = tracker.detect(grace)[0]
    landmarks, _ = tracker.landmarks(grace, face)
    assert landmarks.shape == (478, 3)
    assert landmarks.dtype == np.float32
    mouth = (landmarks[13, :2] + landmarks[14, :2]) / 2
    seen = np.stack([landmarks[468, :2], landmarks[473, :2], landmarks[1, :2], mouth])
    assert np.linalg.norm(seen - face.keypoints[:4], axis=1).max() < 0.2 * eye_width(landmarks)


def test_a_rough_box_leads_to_the_same_landmarks(tracker: FaceTracker, grace: Image) -> None:
    face = tracker.detect(grace)[0]
    x, y, width, height = face.box
    rough = replace(face, box=(x + 0.1 * width, y - 0.08 * height, 1.2 * width, 1.2 * height))
    assert mean_shift(tracker.landmarks(grace, rough)[0], tracker.landmarks(grace, face)[0]) < 0.015


def test_landmarks_grow_with_the_picture_depth_too(tracker: FaceTracker, grace: Image) -> None:
    small = landmarks_of(tracker, grace)
    large = landmarks_of(tracker, np.asarray(cv2.resize(grace, None, fx=3, fy=3), np.uint8))
    assert mean_shift(large, small * 3) < 0.02
    assert np.abs(large[:, 2] - small[:, 2] * 3).mean() < 0.05 * eye_width(large)


@pytest.mark.parametrize("degrees", [-35, 35])
def test_landmarks_turn_with_the_picture(tracker: FaceTracker, grace: Image, degrees: int) -> None:
    upright = landmarks_of(tracker, grace)
    matrix = cv2.getRotationMatrix2D((256, 300), degrees, 1.0)
    turned = cv2.warpAffine(grace, matrix, (512, 600), borderMode=cv2.BORDER_REPLICATE)
    expected = upright.copy()
    expected[:, :2] = upright[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert mean_shift(landmarks_of(tracker, np.asarray(turned, np.uint8)), expected) < 0.05


def test_irises_lie_between_their_lids_and_their_rims_around_them(tracker: FaceTracker, grace: Image) -> None:
    points = landmarks_of(tracker, grace)
    for centre, inner, outer in ((468, 133, 33), (473, 362, 263)):
        low, high = sorted((points[inner, 0], points[outer, 0]))
        assert low < points[centre, 0] < high
        right, upper, left, lower = points[centre + 1 : centre + 5] - points[centre]
        assert left[0] < 0 < right[0]
        assert upper[1] < 0 < lower[1]
        radii = np.linalg.norm([right, upper, left, lower], axis=1) / eye_width(points)
        assert (radii > 0.04).all()
        assert (radii < 0.09).all()


def test_a_mirrored_picture_has_the_mirrored_irises(tracker: FaceTracker, grace: Image) -> None:
    points = landmarks_of(tracker, grace)
    mirrored = landmarks_of(tracker, np.ascontiguousarray(grace[:, ::-1]))
    for centre, other in ((468, 473), (473, 468)):
        there = np.array([grace.shape[1] - points[centre, 0], points[centre, 1]])
        assert np.linalg.norm(mirrored[other, :2] - there) < 0.02 * eye_width(points)


def test_the_mask_holds_the_face_and_not_the_ground(tracker: FaceTracker, grace: Image) -> None:
    mask = tracker.person_mask(grace)
    assert mask.shape == grace.shape[:2]
    assert mask.dtype == np.uint8
    nose = landmarks_of(tracker, grace)[4].astype(int)
    assert mask[nose[1], nose[0]] > 250
    assert mask[5:60, -60:-5].max() < 20


def test_many_threads_get_what_one_gets(tracker: FaceTracker, grace: Image) -> None:
    astronaut = demo_picture(ASTRONAUT).image
    pictures = [grace, astronaut] * 8
    alone = [landmarks_of(tracker, image) for image in (grace, astronaut)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda image: landmarks_of(tracker, image), pictures))
    assert all(np.array_equal(points, alone[i % 2]) for i, points in enumerate(found))


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "face_landmark.tflite"
    path.write_bytes(b"TFL3 but nothing else")
    with pytest.raises(WeightsError, match=r"face_landmark\.tflite cannot be loaded.*models download"):
        Network(path, OUTPUTS)


def test_the_wrong_network_is_named() -> None:
    path = face_store(*FACE_MODELS).path("iris")
    with pytest.raises(WeightsError, match="has no output regressors"):
        Network(path, OUTPUTS)


def test_a_detection_knows_its_longer_side() -> None:
    assert Detection((0.0, 0.0, 30.0, 40.0), 1.0, np.zeros((6, 2), np.float32)).side == 40.0
