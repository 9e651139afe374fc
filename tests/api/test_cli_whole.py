"""The command line as people use it: a process, real models, a real video."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from avatar.settings import PROJECT_ROOT
from models.weights import WeightStore
from orchestrator.run import RUNNING_FILE
from video_processor.encoding import video_info

MAIN = PROJECT_ROOT / "main.py"
CHECKPOINTS = PROJECT_ROOT / "models" / "checkpoints"
PORTRAIT = "portrait-grace-hopper"
LONG_TEXT = "Peter Piper picked a peck of pickled peppers. " * 10
"""Drawing it takes long enough to be interrupted."""


@pytest.fixture
def portrait() -> Path:
    store = WeightStore(CHECKPOINTS)
    needed = [file.key for file in store.files if file.required or file.key == PORTRAIT]
    if not all(store.is_present(key) for key in needed):
        pytest.skip("the models are not here: python main.py models download face demo")
    return store.path(PORTRAIT)


def command(portrait: Path, *arguments: str) -> list[str]:
    options = ["--image", str(portrait), "-o", "out.mp4", "--json"]
    return [sys.executable, str(MAIN), "generate", *options, *arguments]


def environment(folder: Path) -> dict[str, str]:
    """Short chunks, so that there are many."""
    folders = {"DATA_DIR": str(folder / "data"), "CHECKPOINTS_DIR": str(CHECKPOINTS)}
    return {**os.environ, **folders, "CHUNK_SECONDS": "0.4"}


def run(folder: Path, arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, cwd=folder, env=environment(folder))
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def run_again(folder: Path, arguments: list[str], patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The same command in this process, which need not start."""
    patch.chdir(folder)
    for name, value in environment(folder).items():
        patch.setenv(name, value)
    done = CliRunner().invoke(app, arguments[2:])
    assert done.exit_code == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def test_a_picture_and_a_text_become_a_video_once(
    portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = command(portrait, "--text", "Hello there.", "--resolution", "160x128", "--export-motion", "m.csv")
    facts = run(tmp_path, arguments)
    info = video_info(tmp_path / "out.mp4")
    assert facts["video"] == str(tmp_path / "out.mp4")
    assert (info.frames, tuple(info.size)) == (facts["frames"], (160, 128))
    assert abs(info.duration - facts["duration"]) <= 1 / 25
    assert (facts["renderer"]["name"], facts["director"]["name"]) == ("puppet", "rules")
    assert facts["renderer"]["why"]
    assert facts["director"]["why"]
    assert {"audio_processing", "render", "encode", "assemble", "total"} <= facts["seconds"].keys()
    assert len((tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()) == facts["frames"] + 1
    assert not facts["served"]
    assert run_again(tmp_path, arguments, monkeypatch)["served"]


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(
    portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = command(portrait, "--text", LONG_TEXT, "--size", "256")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
    process = subprocess.Popen(
        arguments, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    artifacts = tmp_path / "data" / "artifacts"
    while process.poll() is None and not list(artifacts.glob("segment-*")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert json.loads(stdout)["error"]["kind"] == "Interrupted"
    assert "The same command goes on" in stderr
    assert "Traceback" not in stderr
    assert list((tmp_path / "data" / "jobs").glob(f"*/{RUNNING_FILE}"))

    written = {path.name: path.stat().st_ino for path in artifacts.glob("segment-*")}
    facts = run_again(tmp_path, [*arguments, "--resume"], monkeypatch)
    assert written
    assert video_info(tmp_path / "out.mp4").frames == facts["frames"]
    assert {name: (artifacts / name).stat().st_ino for name in written} == written
