"""A portrait's head and its motion as glTF: by Khronos' validator, and read back number by number."""

import json
import shutil
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import InputError
from avatar.settings import PROJECT_ROOT
from avatar.types import FaceMotion, Portrait, neutral_motion
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.glb_reader import Glb, read_glb
from tests.video_processor.motion_factory import FPS, NTSC, lively
from video_processor.backgrounds import set_background
from video_processor.face_checks import EYES_HIDDEN
from video_processor.gltf.animation import METRES_PER_DISTANCE
from video_processor.motion.export import export_motion, export_saved, import_motion, save_motion
from video_processor.portrait import analyse_portrait, save_portrait
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.frame import head_frame, rotation

VALIDATOR = PROJECT_ROOT / "web" / "node_modules" / "gltf-validator"
VALIDATE = """
const validator = require(process.argv[1]);
validator.validateBytes(new Uint8Array(require("fs").readFileSync(process.argv[2])))
  .then((report) => console.log(JSON.stringify(report.issues)));
"""
DEMO_PORTRAITS = (GRACE_HOPPER, ASTRONAUT)
LEFT, UP, FORWARD = np.eye(3)


@cache
def portrait(key: str = GRACE_HOPPER) -> Portrait:
    return analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)


def exported(folder: Path, motion: FaceMotion, shown: Portrait | None = None) -> Glb:
    path = folder / "head.glb"
    export_motion(motion, path, portrait() if shown is None else shown)
    return read_glb(path)


def posed(**pose: float) -> FaceMotion:
    """One frame with the head as told."""
    motion = neutral_motion(1, FPS)
    for name, value in pose.items():
        motion.pose[0, ("pitch", "yaw", "roll", "x", "y", "z").index(name)] = value
    return motion


def turned(quaternion: NDArray[np.float32], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    u, w = quaternion[:3].astype(np.float64), float(quaternion[3])
    return np.asarray(vector + 2 * np.cross(u, np.cross(u, vector) + w * vector))


def test_another_background_does_not_colour_the_skin(tmp_path: Path) -> None:
    green = set_background(portrait(), "#00ff00", max_megapixels=50, max_megabytes=50)
    assert green.cutout is not None
    export_motion(neutral_motion(1, FPS), tmp_path / "head.glb", green)
    shown = read_glb(tmp_path / "head.glb").picture().astype(int)
    assert green_pixels(green.image.astype(int)) > 0.2
    assert green_pixels(shown) < 1e-3


def green_pixels(image: NDArray[np.int_]) -> float:
    """The share of pixels that no skin, hair or cloth of these pictures has."""
    return float((image[..., 1] > np.maximum(image[..., 0], image[..., 2]) + 60).mean())


@pytest.mark.parametrize("key", DEMO_PORTRAITS)
@pytest.mark.parametrize("frames", [1, 40])
def test_the_validator_of_khronos_finds_nothing(tmp_path: Path, key: str, frames: int) -> None:
    if shutil.which("node") is None or not VALIDATOR.exists():
        pytest.skip("no glTF validator here; `npm ci --prefix web` brings it")
    exported(tmp_path, lively(frames, NTSC), portrait(key))
    command = ["node", "-e", VALIDATE, str(VALIDATOR), str(tmp_path / "head.glb")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(checked.stdout)["messages"] == []


def test_weights_are_the_curves_of_the_motion(tmp_path: Path) -> None:
    motion = lively(40)
    found = exported(tmp_path, motion)
    assert found.mesh["extras"]["targetNames"] == list(BLENDSHAPES)
    assert len(found.primitive["targets"]) == 52
    _, weights = found.curve("weights")
    np.testing.assert_array_equal(weights.reshape(40, 52), motion.blendshapes)


@pytest.mark.parametrize("fps", [NTSC, FPS, Fraction(60000, 1001)])
def test_times_are_those_of_the_frames(tmp_path: Path, fps: Fraction) -> None:
    found = exported(tmp_path, neutral_motion(3000, fps))
    exact = np.array([float(i / fps) for i in range(3000)]).astype(np.float32)
    for path in ("rotation", "translation", "weights"):
        times, _ = found.curve(path)
        np.testing.assert_array_equal(times, exact)


@pytest.mark.parametrize(
    ("pose", "of", "goes"),
    [
        ({"yaw": 30.0}, FORWARD, LEFT),
        ({"pitch": 30.0}, FORWARD, UP),
        ({"roll": 30.0}, UP, LEFT),
    ],
)
def test_the_head_turns_as_the_motion_says(
    tmp_path: Path, pose: dict[str, float], of: NDArray[np.float64], goes: NDArray[np.float64]
) -> None:
    _, (quaternion,) = exported(tmp_path, posed(**pose)).curve("rotation")
    np.testing.assert_allclose(turned(quaternion, of), np.cos(np.pi / 6) * of + 0.5 * goes, atol=1e-6)


def test_three_angles_turn_as_in_the_puppet(tmp_path: Path) -> None:
    _, (quaternion,) = exported(tmp_path, posed(pitch=12.0, yaw=-31.0, roll=9.0)).curve("rotation")
    flip = np.diag([1.0, -1.0, -1.0])
    ours = flip @ rotation(12.0, -31.0, 9.0) @ flip
    np.testing.assert_allclose([turned(quaternion, axis) for axis in np.eye(3)], ours.T, atol=1e-6)


def test_neighbouring_rotations_take_the_short_way(tmp_path: Path) -> None:
    motion = neutral_motion(80, FPS)
    motion.pose[:, 2] = np.linspace(0, 790, 80)
    _, turns = exported(tmp_path, motion).curve("rotation")
    assert ((turns[1:] * turns[:-1]).sum(axis=1) > 0.99).all()


def test_the_head_moves_in_metres(tmp_path: Path) -> None:
    _, moved = exported(tmp_path, posed(x=1.0, y=0.5, z=-0.25)).curve("translation")
    np.testing.assert_allclose(moved, METRES_PER_DISTANCE * np.array([[1.0, 0.5, -0.25]]), rtol=1e-6)


@pytest.mark.parametrize("key", DEMO_PORTRAITS)
def test_every_blendshape_moves_something(tmp_path: Path, key: str) -> None:
    for name, move in exported(tmp_path, lively(1), portrait(key)).moves().items():
        assert np.linalg.norm(move, axis=1).max() > 1e-3, name


@pytest.mark.parametrize(
    ("name", "mark", "goes"),
    [
        ("jawOpen", topo.CHIN, -UP),
        ("jawLeft", topo.CHIN, LEFT),
        ("jawForward", topo.CHIN, FORWARD),
        ("mouthSmileLeft", 291, UP + LEFT),
        ("browInnerUp", 107, UP),
        ("eyeBlinkRight", topo.RIGHT_EYE_UPPER[4], -UP),
        ("eyeWideLeft", topo.LEFT_EYE_UPPER[4], UP),
        ("cheekPuff", 212, FORWARD),
    ],
)
def test_a_landmark_goes_where_its_blendshape_says(
    tmp_path: Path, name: str, mark: int, goes: NDArray[np.float64]
) -> None:
    assert exported(tmp_path, lively(1)).moves()[name][mark] @ goes > 1e-3


@pytest.mark.parametrize(
    ("names", "goes"),
    [
        (("eyeLookOutLeft", "eyeLookInRight"), LEFT),
        (("eyeLookInLeft", "eyeLookOutRight"), -LEFT),
        (("eyeLookUpLeft", "eyeLookUpRight"), UP),
        (("eyeLookDownLeft", "eyeLookDownRight"), -UP),
    ],
)
def test_irises_go_where_the_eyes_look(tmp_path: Path, names: tuple[str, ...], goes: NDArray[np.float64]) -> None:
    moves = exported(tmp_path, lively(1)).moves()
    for name in names:
        beyond_skin = moves[name][np.linalg.norm(moves[name], axis=1).argmax()]
        assert beyond_skin @ goes > 3e-3


@pytest.mark.parametrize("key", DEMO_PORTRAITS)
def test_weights_of_the_picture_give_back_its_face(tmp_path: Path, key: str) -> None:
    found, shown = exported(tmp_path, lively(1), portrait(key)), portrait(key)
    weighted = found.points() + sum(
        value * move for value, move in zip(shown.rest, found.moves().values(), strict=True)
    )
    own = head_frame(shown).points * [1, -1, -1] * METRES_PER_DISTANCE
    nose = topo.NOSE_TIP
    away = (weighted[:468] - weighted[nose]) - (own - own[nose])
    assert np.linalg.norm(away, axis=1).max() < 6e-3


@pytest.mark.parametrize("key", DEMO_PORTRAITS)
def test_shut_lids_meet_and_shut_lips_touch(tmp_path: Path, key: str) -> None:
    found = exported(tmp_path, lively(1), portrait(key))
    points, moves = found.points(), found.moves()
    for side, upper, lower in (
        ("Right", topo.RIGHT_EYE_UPPER, topo.RIGHT_EYE_LOWER),
        ("Left", topo.LEFT_EYE_UPPER, topo.LEFT_EYE_LOWER),
    ):
        shut = points + moves["eyeBlink" + side]
        assert np.abs(shut[list(upper), 1] - shut[list(lower), 1]).max() < 1e-3
    assert np.abs(points[list(topo.UPPER_INNER), 1] - points[list(topo.LOWER_INNER), 1]).max() < 1.5e-3


@pytest.mark.parametrize("key", DEMO_PORTRAITS)
def test_the_surface_is_whole_but_for_mouth_and_eyes(tmp_path: Path, key: str) -> None:
    """Landmarks' triangles have four borders: the lips, both lids, and the outline."""
    triangles = exported(tmp_path, lively(1), portrait(key)).triangles().astype(int)
    own = triangles[(triangles < 468).all(axis=1)]
    edges, count = np.unique(np.sort(own[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0, return_counts=True)
    assert count.max() == 2
    border = set(edges[count == 1].ravel().tolist())
    lids = {*topo.RIGHT_EYE_UPPER, *topo.RIGHT_EYE_LOWER, *topo.LEFT_EYE_UPPER, *topo.LEFT_EYE_LOWER}
    assert border == lids | {*topo.UPPER_INNER, *topo.LOWER_INNER} | set(topo.OVAL)
    assert set(own.ravel().tolist()) == set(range(468))


def test_the_texture_shows_the_portrait_where_its_landmarks_lie(tmp_path: Path) -> None:
    found, shown = exported(tmp_path, lively(1)), portrait()
    places, picture = found.accessor(found.primitive["attributes"]["TEXCOORD_0"]), found.picture()
    side = np.array(picture.shape[1::-1])
    for mark in (topo.NOSE_TIP, topo.CHIN, 50, 280, 10):
        x, y = (places[mark] * side).astype(int)
        column, row = np.rint(shown.landmarks[mark, :2]).astype(int)
        drawn = picture[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3).mean(axis=0)
        original = shown.image[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3).mean(axis=0)
        np.testing.assert_allclose(drawn, original, atol=25)


def test_hidden_eyes_stay_as_the_picture_shows_them(tmp_path: Path) -> None:
    whole = portrait()
    hidden = Portrait(
        whole.image, whole.landmarks, whole.person, whole.pose, whole.rest, whole.inter_ocular, whole.digest,
        notes=(EYES_HIDDEN,),
    )  # fmt: skip
    moves = exported(tmp_path, lively(1), hidden).moves()
    still = {name for name, move in moves.items() if not move.any()}
    assert still == {name for name in BLENDSHAPES if name.startswith("eye")}


def test_a_file_needs_a_portrait(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m\.glb.*portrait"):
        export_motion(lively(2), tmp_path / "m.glb")
    assert not list(tmp_path.iterdir())


def test_saved_motion_and_portrait_make_the_same_file(tmp_path: Path) -> None:
    save_motion(tmp_path / "motion.npz", lively(5))
    save_portrait(tmp_path / "portrait.npz", portrait())
    export_saved(tmp_path / "motion.npz", tmp_path / "portrait.npz", tmp_path / "saved.GLB")
    exported(tmp_path, lively(5))
    assert (tmp_path / "saved.GLB").read_bytes() == (tmp_path / "head.glb").read_bytes()


def test_motion_is_not_read_from_it(tmp_path: Path) -> None:
    exported(tmp_path, lively(2))
    with pytest.raises(InputError, match=r"\.json, \.csv, \.npz"):
        import_motion(tmp_path / "head.glb")
