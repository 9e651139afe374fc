"""The rehearsal before the first job."""

import tempfile
from pathlib import Path

import pytest

from avatar.errors import MissingExtraError, RenderError
from avatar.settings import load_settings
from orchestrator.jobs.warming import warm_up
from orchestrator.run import run_job
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store


def test_a_rehearsal_makes_a_video_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face_store(*FACE_MODELS, GRACE_HOPPER)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: list[str] = []

    monkeypatch.setattr("orchestrator.jobs.warming.run_job", lambda *given: made.append(run_job(*given).status))
    warm_up(load_settings(data_dir=tmp_path / "data"))
    assert made == ["finished"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [RenderError, RuntimeError, ImportError])
def test_a_rehearsal_that_fails_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: type[Exception]
) -> None:
    face_store(*FACE_MODELS, GRACE_HOPPER)

    def fail(*_: object) -> None:
        raise kind("no engine works")

    monkeypatch.setattr("orchestrator.jobs.warming.run_job", fail)
    warm_up(load_settings(data_dir=tmp_path / "data"))
    assert "no engine works" in caplog.text


def test_without_models_there_is_no_rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.jobs.warming.run_job", None)
    warm_up(load_settings(data_dir=tmp_path / "data", checkpoints_dir=tmp_path / "none"))


@pytest.mark.parametrize("kind", [MissingExtraError, ValueError])
def test_receivers_that_fail_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise kind("no receiver works")

    monkeypatch.setattr("orchestrator.jobs.warming.relays_for", fail)
    warm_up(load_settings(data_dir=tmp_path / "data", checkpoints_dir=tmp_path / "none"))
    assert "no receiver works" in caplog.text
