"""The CSV is read and written as Live Link Face and the programs that play it do."""

import csv
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import InputError
from avatar.types import FaceMotion, neutral_motion
from tests.video_processor.motion_factory import FPS, NTSC, RATES, lively
from video_processor.motion.export import export_motion, import_motion


def posed(**changes: float) -> FaceMotion:
    """One frame, at rest but for the named blendshapes, `pitch`, `yaw` and `roll`."""
    motion = neutral_motion(1, FPS)
    for name, value in changes.items():
        if name in BLENDSHAPE_INDEX:
            motion.blendshapes[0, BLENDSHAPE_INDEX[name]] = value
        else:
            motion.pose[0, ("pitch", "yaw", "roll").index(name)] = value
    return motion


def csv_row(motion: FaceMotion, folder: Path) -> dict[str, str]:
    export_motion(motion, folder / "row.csv")
    with (folder / "row.csv").open(newline="") as file:
        return next(csv.DictReader(file))


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("frames", [2, 13, 400])
def test_csv_keeps_all_that_it_has_columns_for(tmp_path: Path, frames: int, fps: Fraction) -> None:
    motion, path = lively(frames, fps), tmp_path / "motion.csv"
    export_motion(motion, path)
    back = import_motion(path)
    assert back.fps == fps
    np.testing.assert_allclose(back.blendshapes, motion.blendshapes, atol=1e-5)
    np.testing.assert_allclose(back.pose[:, :3], motion.pose[:, :3], atol=1e-5)
    assert not back.pose[:, 3:].any()


def test_a_rate_that_is_given_wins(tmp_path: Path) -> None:
    export_motion(lively(30), tmp_path / "m.csv")
    assert import_motion(tmp_path / "m.csv", fps=NTSC).fps == NTSC
    export_motion(lively(1), tmp_path / "one.csv")
    assert import_motion(tmp_path / "one.csv").fps == 60
    assert import_motion(tmp_path / "one.csv", fps=FPS).fps == FPS


def test_the_csv_has_the_columns_of_the_app(tmp_path: Path) -> None:
    export_motion(lively(3), tmp_path / "m.csv")
    header, *rows = (tmp_path / "m.csv").read_bytes().decode("ascii").removesuffix("\n").split("\n")
    names = header.split(",")
    assert names[:6] == [
        "Timecode",
        "BlendShapeCount",
        "EyeBlinkLeft",
        "EyeLookDownLeft",
        "EyeLookInLeft",
        "EyeLookOutLeft",
    ]
    assert [name.lower() for name in names[2:54]] == [name.lower() for name in BLENDSHAPES]
    assert names[53:] == [
        *("TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"),
        *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
    ]
    assert {len(row.split(",")) for row in rows} == {63}
    assert {row.split(",")[1] for row in rows} == {"61"}


def test_time_codes_count_sixty_frames_a_second(tmp_path: Path) -> None:
    def codes(fps: Fraction, frames: int) -> list[str]:
        export_motion(neutral_motion(frames, fps), tmp_path / "m.csv")
        return [line.split(",")[0] for line in (tmp_path / "m.csv").read_text().splitlines()[1:]]

    assert codes(FPS, 27)[:2] == ["00:00:00:00.000", "00:00:00:02.400"]
    assert codes(FPS, 27)[24:] == ["00:00:00:57.600", "00:00:01:00.000", "00:00:01:02.400"]
    assert codes(NTSC, 31)[29:] == ["00:00:00:58.058", "00:00:01:00.060"]
    assert codes(Fraction(1), 3662)[-1] == "01:01:01:00.000"


def test_the_head_turns_the_way_the_app_records_it(tmp_path: Path) -> None:
    row = csv_row(posed(yaw=30.0, pitch=20.0, roll=10.0), tmp_path)
    assert float(row["HeadYaw"]) == pytest.approx(np.pi / 6)
    assert float(row["HeadPitch"]) == pytest.approx(np.pi / 9)
    assert float(row["HeadRoll"]) == pytest.approx(-np.pi / 18)


def test_the_eyes_turn_the_way_the_app_records_them(tmp_path: Path) -> None:
    left = csv_row(posed(eyeLookOutLeft=0.5, eyeLookInRight=0.5), tmp_path)
    assert float(left["LeftEyeYaw"]) == float(left["RightEyeYaw"]) == pytest.approx(-np.radians(15), abs=1e-6)
    crossed = csv_row(posed(eyeLookInLeft=0.2, eyeLookInRight=0.2), tmp_path)
    assert float(crossed["LeftEyeYaw"]) == -float(crossed["RightEyeYaw"]) == pytest.approx(np.radians(6), abs=1e-6)
    up = csv_row(posed(eyeLookUpLeft=0.4, eyeLookUpRight=0.4), tmp_path)
    assert float(up["LeftEyePitch"]) == float(up["RightEyePitch"]) == pytest.approx(-np.radians(10), abs=1e-6)
    assert {float(up[f"{side}Eye{axis}"]) for side in ("Left", "Right") for axis in ("Yaw", "Roll")} == {0.0}


def recording(stamps: list[str], **cells: str) -> str:
    """As the app writes it, but for the case of a name, a byte-order mark, calibrated and missing columns."""
    names = ["Timecode", "BlendshapeCount", *(name[0].upper() + name[1:] for name in BLENDSHAPES), "HeadYaw"]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for stamp in stamps:
        writer.writerow([stamp, "61", *(cells.get(name, "0.25") for name in names[2:])])
    return "\ufeff" + text.getvalue()


def test_a_recording_of_the_app_is_read(tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    stamps = [f"11:54:{29 + (19 + i) // 60}:{(19 + i) % 60:02}.{804 + i % 40:03}" for i in range(140)]
    path.write_text(recording(stamps, JawOpen="-0.02", MouthClose="1.01", HeadYaw="0.1"), encoding="utf-8")
    motion = import_motion(path)
    assert len(motion) == 140
    assert motion.fps == 60
    assert (motion.shape("jawOpen") == 0).all()
    assert (motion.shape("mouthClose") == 1).all()
    assert motion.pose[0] == pytest.approx([0, np.degrees(0.1), 0, 0, 0, 0])


@pytest.mark.parametrize("step", [1, 2])
def test_the_rate_is_read_from_the_time_codes(tmp_path: Path, step: int) -> None:
    stamps = [f"23:59:{58 + i * step // 60}:{i * step % 60:02}.500" for i in range(120 // step)]
    stamps += [f"00:00:0{i * step // 60}:{i * step % 60:02}.500" for i in range(120 // step)]
    (tmp_path / "take.csv").write_text(recording(stamps), encoding="utf-8")
    assert import_motion(tmp_path / "take.csv").fps == 60 // step


def test_a_program_that_counts_at_the_recordings_own_rate_is_understood(tmp_path: Path) -> None:
    stamps = [f"00:00:{i // 30:02}:{i % 30:02}" for i in range(100)]
    (tmp_path / "take.csv").write_text(recording(stamps), encoding="utf-8")
    assert import_motion(tmp_path / "take.csv").fps == 30


@pytest.mark.parametrize(
    ("line", "text", "told"),
    [
        (0, "Timecode,BlendShapeCount,EyeBlinkLeft", "line 1: there is no column EyeLookDownLeft, .* and others"),
        (2, "00:00:00:02.400,61,0.1", "line 3: there are only 3 columns"),
        (3, None, "line 4: could not convert"),
        (2, "soon" + ",0.5" * 62, "line 3: 'soon' is not a time code"),
        (1, "00:00:00:00.000" + ",nan" * 62, "line 2: a value is not finite"),
    ],
)
def test_malformed_csv_is_told_by_file_and_line(tmp_path: Path, line: int, text: str | None, told: str) -> None:
    path = tmp_path / "m.csv"
    export_motion(lively(4), path)
    lines = path.read_text().splitlines()
    lines[line] = text if text is not None else lines[line].replace(",0.", ",zero", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=rf"m\.csv, {told}"):
        import_motion(path)


def test_a_csv_without_frames_or_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(recording([]), encoding="utf-8")
    with pytest.raises(InputError, match=r"m\.csv holds no frames"):
        import_motion(path)
    path.write_text("")
    with pytest.raises(InputError, match=r"m\.csv, line 1"):
        import_motion(path)
    path.write_bytes(b"\xff\xfe\x00" * 100)
    with pytest.raises(InputError, match=r"m\.csv"):
        import_motion(path)
    path.write_text(recording(["01:00:00:00"] * 3), encoding="utf-8")
    with pytest.raises(InputError, match="time codes are the same"):
        import_motion(path)
    assert import_motion(path, fps=FPS).fps == FPS
