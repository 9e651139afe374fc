"""Head pose and rest values on faces built from numbers, where the right answer is known."""

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats
from models.face_mesh.tracker import Face
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor import head_pose
from video_processor.face_checks import is_cut_off, is_human
from video_processor.head_pose import head_angles, head_rotation, in_head_frame, template_error
from video_processor.portrait import analyse_portrait
from video_processor.rest_values import rest_blendshapes

EYES_APART = 120.0


def turned_head(pitch: float, yaw: float, roll: float) -> Floats:
    """Landmarks of the mean head, turned by known degrees and seen from five eye distances away."""
    x, y, z = (np.radians(angle) for angle in (-pitch, -yaw, roll))
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    points = head_pose._TEMPLATE @ (about_z @ about_y @ about_x).T
    flat = points[:, :2] * (5 / (5 + points[:, 2:]))
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[list(head_pose.RIGID)] = np.column_stack([flat, points[:, 2]]) * EYES_APART + [300, 200, 0]
    return landmarks


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (12, 0, 0), (-15, 0, 0), (0, 25, 0), (0, -30, 0), (0, 0, 20), (8, 15, -10), (-6, -20, 35)]
)
def test_a_known_turn_is_measured(angles: tuple[float, float, float]) -> None:
    assert head_angles(head_rotation(turned_head(*angles))) == pytest.approx(angles, abs=2.5)


def test_signs_are_the_subjects_own() -> None:
    """To the own left is to the right in the picture; a head on its left shoulder has the left eye lower."""
    left, up, tilted, straight = (turned_head(*a) for a in ((0, 20, 0), (20, 0, 0), (0, 0, 20), (0, 0, 0)))
    assert left[4, 0] > straight[4, 0] + 10
    assert up[4, 1] < straight[4, 1] - 10
    assert tilted[263, 1] > tilted[33, 1] + 10


def test_the_mean_head_is_near_itself_and_a_stretched_one_is_not() -> None:
    head = turned_head(5, 10, 0)
    stretched = head.copy()
    stretched[:, 1] = (head[:, 1] - 200) * 1.6 + 200
    assert template_error(head, head_rotation(head)) < 0.05
    assert template_error(stretched, head_rotation(stretched)) > 0.1


@pytest.fixture(scope="module")
def face() -> Floats:
    """Grace Hopper's landmarks, which are near neutral."""
    return analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48).landmarks


def moved(landmarks: Floats, indices: tuple[int, ...], right: float, down: float) -> Floats:
    """Landmarks moved in the head's own axes (to its left, and down), in eye distances."""
    rotation = head_rotation(landmarks)
    scale = np.linalg.norm(landmarks[33] - landmarks[263])
    out = landmarks.copy()
    out[list(indices)] += (rotation @ np.array([right, down, 0.0]) * scale).astype(np.float32)
    return out


def value(landmarks: Floats, name: str) -> float:
    return float(rest_blendshapes(landmarks)[BLENDSHAPE_INDEX[name]])


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 0.0), (0.1, 0.33), (0.2, 0.67), (0.32, 1.0), (0.5, 1.0)])
def test_the_jaw_opens_with_the_gap_of_the_lips(face: Floats, gap: float, expected: float) -> None:
    shut = face.copy()
    shut[14] = shut[13]
    assert value(moved(shut, (14,), 0.0, gap), "jawOpen") == pytest.approx(expected, abs=0.05)


def test_raised_corners_smile_and_lowered_ones_frown(face: Floats) -> None:
    raised = moved(moved(face, (61,), -0.08, -0.09), (291,), 0.08, -0.09)
    lowered = moved(face, (61, 291), 0.0, 0.08)
    for side in ("Left", "Right"):
        assert value(raised, f"mouthSmile{side}") > value(face, f"mouthSmile{side}") + 0.4
        assert value(raised, f"mouthFrown{side}") == 0
        assert value(lowered, f"mouthSmile{side}") == 0
        assert value(lowered, f"mouthFrown{side}") > 0.4


def test_one_raised_corner_smiles_on_its_own_side(face: Floats) -> None:
    raised = moved(face, (291,), 0.06, -0.1)
    assert value(raised, "mouthSmileLeft") > value(raised, "mouthSmileRight") + 0.3


def test_closed_lids_blink_on_their_own_side(face: Floats) -> None:
    closed = face.copy()
    closed[[387, 385]] = closed[[373, 380]]
    assert value(closed, "eyeBlinkLeft") > 0.95
    assert value(closed, "eyeBlinkRight") == 0


def test_brows_rise_and_fall_beyond_what_faces_differ_by(face: Floats) -> None:
    left = (300, 293, 334, 296, 336)
    assert value(face, "browOuterUpLeft") == value(face, "browDownLeft") == 0
    assert value(moved(face, left, 0.0, -0.15), "browOuterUpLeft") > 0.5
    assert value(moved(face, left, 0.0, -0.15), "browInnerUp") == 0
    assert value(moved(face, left, 0.0, 0.12), "browDownLeft") > 0.5


@pytest.mark.parametrize(
    ("right", "down", "names"),
    [
        (0.04, 0.0, ("eyeLookOutLeft", "eyeLookInRight")),
        (-0.04, 0.0, ("eyeLookInLeft", "eyeLookOutRight")),
        (0.0, -0.04, ("eyeLookUpLeft", "eyeLookUpRight")),
        (0.0, 0.04, ("eyeLookDownLeft", "eyeLookDownRight")),
    ],
)
def test_irises_tell_where_both_eyes_look(face: Floats, right: float, down: float, names: tuple[str, str]) -> None:
    rest = rest_blendshapes(moved(face, tuple(range(468, 478)), right, down))
    looks = {name: float(rest[i]) for name, i in BLENDSHAPE_INDEX.items() if name.startswith("eyeLook")}
    assert all(looks[name] > 0.3 for name in names)
    assert all(looks[name] < 0.2 for name in looks if name not in names)


def test_an_impossible_gaze_counts_as_none(face: Floats) -> None:
    rest = rest_blendshapes(moved(face, tuple(range(468, 478)), 0.0, 0.12))
    assert all(rest[i] == 0 for name, i in BLENDSHAPE_INDEX.items() if name.startswith("eyeLook"))


def test_a_turned_head_keeps_its_rest_values(face: Floats) -> None:
    flat = in_head_frame(face, head_rotation(face)) * 150
    angle = np.radians(25)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    rolled = (flat @ turn.T + [400, 300, 0]).astype(np.float32)
    assert rest_blendshapes(rolled) == pytest.approx(rest_blendshapes(face), abs=0.12)


@pytest.mark.parametrize(("presence", "lid_shift", "human"), [(0.99, 0.02, True), (0.05, 0.02, False)])
def test_presence_decides_on_a_face_of_human_shape(
    face: Floats, presence: float, lid_shift: float, human: bool
) -> None:
    assert is_human(Face(face, presence, lid_shift)) is human


def test_odd_proportions_need_odd_eyes_too_to_be_an_animals(face: Floats) -> None:
    odd = face.copy()
    odd[:, 1] = (odd[:, 1] - odd[168, 1]) * 1.5 + odd[168, 1]
    assert is_human(Face(odd, 0.99, 0.02))
    assert is_human(Face(face, 0.99, 0.06))
    assert not is_human(Face(odd, 0.99, 0.06))


def test_a_feature_or_much_of_the_face_beyond_the_edge_is_a_cut(face: Floats) -> None:
    image = np.zeros((600, 512, 3), np.uint8)
    shift = np.zeros(3, np.float32)
    shift[0] = -face[33, 0] - 10
    assert not is_cut_off(face, image)
    assert is_cut_off(face + shift, image)
