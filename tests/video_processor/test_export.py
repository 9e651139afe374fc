"""Motion written to a file comes back, and what is no motion is told."""

import json
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import InputError
from avatar.types import neutral_motion
from tests.video_processor.motion_factory import FPS, NTSC, RATES, lively
from video_processor.motion.export import export_motion, import_motion, load_motion, save_motion


@pytest.mark.parametrize("suffix", [".json", ".npz", ".NPZ"])
@pytest.mark.parametrize("fps", RATES)
def test_json_and_npz_keep_every_bit(tmp_path: Path, suffix: str, fps: Fraction) -> None:
    motion, path = lively(40, fps), tmp_path / f"motion{suffix}"
    motion.blendshapes[3] = np.float32(1e-30)
    motion.blendshapes[4] = np.nextafter(np.float32(1), np.float32(0))
    export_motion(motion, path)
    back = import_motion(path)
    assert back.fps == fps
    assert back.blendshapes.dtype == back.pose.dtype == np.float32
    np.testing.assert_array_equal(back.blendshapes, motion.blendshapes)
    np.testing.assert_array_equal(back.pose, motion.pose)
    assert list(tmp_path.iterdir()) == [path]


def test_json_can_be_read_and_edited_by_people(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    export_motion(lively(4, NTSC), path)
    written = json.loads(path.read_text())
    assert written["fps"] == "30000/1001"
    assert written["names"] == list(BLENDSHAPES)
    assert len(path.read_text().splitlines()) == 4 + 2
    written["names"].reverse()
    for frame in written["frames"]:
        frame["blendshapes"].reverse()
    path.write_text(json.dumps(written, indent=1))
    np.testing.assert_array_equal(import_motion(path).blendshapes, lively(4).blendshapes)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1, width=32), st.floats(-1e4, 1e4, width=32))
def test_any_number_survives_json(tmp_path_factory: pytest.TempPathFactory, shape: float, angle: float) -> None:
    path = tmp_path_factory.mktemp("json") / "m.json"
    motion = neutral_motion(1, FPS)
    motion.blendshapes[0, 5], motion.pose[0, 1] = shape, angle
    export_motion(motion, path)
    back = import_motion(path)
    assert (back.blendshapes[0, 5], back.pose[0, 1]) == (np.float32(shape), np.float32(angle))


def test_another_suffix_is_refused_with_the_three_that_work(tmp_path: Path) -> None:
    for use in (lambda path: export_motion(lively(2), path), import_motion):
        with pytest.raises(InputError, match=r"m\.fbx.*\.json, \.csv, \.npz"):
            use(tmp_path / "m.fbx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"25/1"', '"25/0"', r"fps: .*divided by 0"),
        ('"25/1"', "25", r"fps: .*25/1"),
        ('"25/1"', '"-25/1"', "not a frame rate"),
        ('"version": 1', '"version": 9', "version"),
        ('"jawOpen"', '"jawOpened"', "jawOpen, jawOpened"),
        ('"jawOpen"', '"jawLeft"', "jawOpen"),
        ('"pose": [', '"pose": [1.0, ', r"frames\.0\.pose"),
        ('"blendshapes": [', '"blendshapes": [1.5, ', r"frames\.0\.blendshapes"),
        ('"pose": [', '"poses": [', r"frames\.0\.pose"),
        ("\n]}", "\n]", r"line 5"),
        ("}\n]}", ",\n]}", r"line 4"),
    ],
)
def test_malformed_json_is_told_by_file_and_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "m.json"
    export_motion(lively(2), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"m\.json.*{told}"):
        import_motion(path)


def test_json_values_out_of_range_are_told_by_frame(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    motion = lively(5)
    motion.blendshapes[3, 7] = 1.2
    export_motion(motion, path)
    with pytest.raises(InputError, match=r"m\.json: frame 3 "):
        import_motion(path)


def test_artifacts_come_back_and_damaged_ones_are_named(tmp_path: Path) -> None:
    path = tmp_path / "motion.npz"
    save_motion(path, lively(10, NTSC))
    np.testing.assert_array_equal(load_motion(path).pose, lively(10).pose)
    whole = path.read_bytes()
    for damaged in (b"", b"junk" * 50, whole[:200], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"motion\.npz"):
            load_motion(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"fps": np.array([25, 0])},
        {"fps": np.array([25, 1, 1])},
        {"pose": np.zeros((3, 6), np.float32)},
        {"blendshapes": np.zeros((2, 51), np.float32)},
        {"blendshapes": np.full((2, 52), np.nan, np.float32)},
        {"blendshapes": np.array([{}], object)},
    ],
)
def test_an_npz_of_something_else_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "motion.npz"
    right = {"version": 1, "fps": np.array([25, 1]), "blendshapes": lively(2).blendshapes, "pose": lively(2).pose}
    np.savez(path, allow_pickle=True, **{**right, **wrong})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"motion\.npz"):
        load_motion(path)
    del right["pose"]
    np.savez(path, allow_pickle=True, **right)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"motion\.npz"):
        load_motion(path)


def test_no_program_hides_in_an_npz(tmp_path: Path) -> None:
    path = tmp_path / "motion.npz"
    export_motion(lively(2), path)
    with zipfile.ZipFile(path) as archive:
        assert {name.removesuffix(".npy") for name in archive.namelist()} == {"version", "fps", "blendshapes", "pose"}
        assert all(archive.read(name).startswith(b"\x93NUMPY") for name in archive.namelist())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("m.json", "m.csv", "m.npz"):
        with pytest.raises(InputError, match=rf"{name} cannot be read"):
            import_motion(tmp_path / name)
    with pytest.raises(InputError, match=r"m\.npz"):
        load_motion(tmp_path / "m.npz")
