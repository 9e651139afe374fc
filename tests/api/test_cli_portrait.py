"""`portrait check`: real pictures, real face models."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.types import Image
from orchestrator import portraits
from tests.api.cli_fakes import Cli
from tests.face_models import ASTRONAUT, FACE_MODELS, GRACE_HOPPER, demo_picture, face_store


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two people, a wall, a broken file, and what is no picture."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHECKPOINTS_DIR", str(face_store(*FACE_MODELS).folder))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, key in (("grace.png", GRACE_HOPPER), ("eileen.png", ASTRONAUT)):
        write(folder / name, demo_picture(key).image)
    write(folder / "wall.png", np.full((200, 200, 3), 120, np.uint8))
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "list.csv").write_text("a,b")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def write(path: Path, image: Image) -> None:
    cv2.imwrite(str(path), image[..., ::-1])


def pair() -> Image:
    grace = demo_picture(GRACE_HOPPER).image
    small = np.asarray(cv2.resize(grace, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)
    both = np.full((600, 900, 3), 110, np.uint8)
    both[:360, :307], both[:, 388:] = small, grace
    return both


def test_a_picture_becomes_a_table(cli: Cli, pictures: Path) -> None:
    done = cli("portrait", "check", pictures / "grace.png")
    assert done.exit_code == 0, done.output
    assert "grace.png, 512 x 600:" in done.stdout
    for check in ("face_size", "sharpness", "glasses", "There are glasses"):
        assert check in done.stdout


def test_json_has_the_whole_report(cli: Cli, pictures: Path) -> None:
    done = cli("portrait", "check", pictures / "eileen.png", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["picture"] == str(pictures / "eileen.png")
    assert report["verdict"] in ("good", "fair")
    assert {"name", "value", "unit", "verdict", "sentence", "cure", "loss"} == set(report["checks"][0])
    assert report["measures"]["forehead_covered"] is True
    assert report["overlay"] is None


def test_a_folder_gives_a_line_each_and_names_what_is_refused(cli: Cli, pictures: Path) -> None:
    done = cli("portrait", "check", pictures, "--json")
    assert done.exit_code == 2
    reports = json.loads(done.stdout)["reports"]
    assert [report["name"] for report in reports] == ["broken.jpg", "eileen.png", "grace.png", "wall.png"]
    assert [report["verdict"] == "refused" for report in reports] == [True, False, False, True]
    assert "broken.jpg is not a picture that can be read." in done.stderr
    assert "No human face was found in wall.png." in done.stderr


def test_a_folder_without_refusals_ends_well(cli: Cli, pictures: Path) -> None:
    for name in ("wall.png", "broken.jpg"):
        (pictures / name).unlink()
    done = cli("portrait", "check", pictures)
    assert done.exit_code == 0
    assert "grace.png" in done.stdout
    assert "eileen.png" in done.stdout


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("wall.png", "No human face was found in wall.png."),
        ("broken.jpg", "broken.jpg is not a picture that can be read."),
        ("none.png", "There is no picture at"),
    ],
)
def test_a_picture_that_cannot_be_used_ends_with_2(source: str, said: str, cli: Cli, pictures: Path) -> None:
    done = cli("portrait", "check", pictures / source, "--json")
    assert done.exit_code == 2
    assert said in done.stderr
    assert json.loads(done.stdout)["refusal"]["message"] in done.stderr


def test_another_face_is_chosen(cli: Cli, pictures: Path) -> None:
    write(pictures / "pair.png", pair())
    found = [json.loads(cli("portrait", "check", pictures / "pair.png", "--face", f, "--json").stdout) for f in "012"]
    assert [report["measures"] and report["measures"]["face"] for report in found] == [0, 1, None]
    assert found[0]["measures"]["face_pixels"] > 1.5 * found[1]["measures"]["face_pixels"]
    assert found[2]["refusal"]["message"] == "There are 2 faces in pair.png; it has no face 2."


def test_the_overlay_is_written(cli: Cli, pictures: Path, tmp_path: Path) -> None:
    one = cli("portrait", "check", pictures / "grace.png", "--overlay", tmp_path / "seen.png", "--json")
    assert json.loads(one.stdout)["overlay"] == str(tmp_path / "seen.png")
    every = cli("portrait", "check", pictures, "--overlay", tmp_path / "seen")
    assert every.exit_code == 2
    names = sorted(path.name for path in (tmp_path / "seen").iterdir())
    assert names == ["eileen.png.check.png", "grace.png.check.png"]
    assert (tmp_path / "seen" / "grace.png.check.png").read_bytes() == (tmp_path / "seen.png").read_bytes()
    assert np.asarray(cv2.imread(str(tmp_path / "seen.png"))).shape[0] > 600


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["grace.png", "--overlay", "seen.jpg"], "--overlay"),
        (["grace.png", "--overlay", "grace.png"], "is the same file as"),
        (["grace.png", "--face", "-1"], "There is no face -1."),
        (["empty"], "holds no pictures"),
        (["grace.png", "--overlay", "list.csv/in"], "cannot be a folder"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    options: list[str], said: str, cli: Cli, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "empty").mkdir()
    monkeypatch.chdir(pictures)
    done = cli("portrait", "check", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_a_second_look_measures_nothing(cli: Cli, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cli("portrait", "check", pictures / "grace.png", "--json")
    (pictures / "grace.png").rename(pictures / "other.png")

    def again(*_: object, **__: object) -> None:
        raise AssertionError("was looked at again")

    monkeypatch.setattr(portraits, "analyse_portrait", again)
    monkeypatch.setattr(portraits, "report_on", again)
    second = cli("portrait", "check", pictures / "other.png", "--json")
    assert json.loads(second.stdout)["checks"] == json.loads(first.stdout)["checks"]
    assert json.loads(second.stdout)["name"] == "other.png"
