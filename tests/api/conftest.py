from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from models.sources import load_registry
from tests.api.cli_fakes import Cli, Recorder, finished


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a data folder and model files in their right size, which nobody reads; no gigabytes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHECKPOINTS_DIR", str(tmp_path / "checkpoints"))
    (tmp_path / "checkpoints").mkdir()
    for entry in (file for file in load_registry().files if not file.key.startswith("whisper-")):
        with (tmp_path / "checkpoints" / entry.file).open("wb") as file:
            file.truncate(entry.size)
    (tmp_path / "me.png").write_bytes(b"picture")
    (tmp_path / "me.wav").write_bytes(b"sound")
    return tmp_path


@pytest.fixture
def cli() -> Cli:
    """Runs the command line with the given arguments."""

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def recorder(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    from api.cli import making

    found = Recorder(finished())
    monkeypatch.setattr(making, "run_job", found)
    return found
