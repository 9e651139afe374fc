"""An engine's trial on this machine, and what its command says of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from typer.testing import CliRunner

from api.cli.app import app
from avatar.errors import InputError
from avatar.settings import Settings
from evaluator.bounds import Bound, judge
from evaluator.making import Made, _values
from evaluator.runs import Run
from evaluator.scenarios import Scenario
from evaluator.selftest import trial
from evaluator.selftest.trial import Trial, try_engine
from models import memory
from models.devices import Device
from models.hardware import Hardware
from models.profiles import profile_for
from tests.face_models import CHECKPOINTS, FACE_MODELS, GRACE_HOPPER, face_store


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One short sentence; the files of this machine."""
    face_store(*FACE_MODELS, GRACE_HOPPER)
    monkeypatch.setattr(trial, "TEXTS", ("Good morning, my name is Grace.",))
    monkeypatch.setenv("CHECKPOINTS_DIR", str(CHECKPOINTS))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return Settings(checkpoints_dir=CHECKPOINTS, data_dir=tmp_path / "data")


def test_the_puppet_works_and_shows_it(settings: Settings, tmp_path: Path) -> None:
    found = try_engine("puppet", settings, tmp_path, size=192)
    assert found.passed, found.to_json()
    judged = {verdict.metric: verdict.met for verdict in found.run.verdicts}
    assert judged["lip_correlation"]
    assert judged["closed_in_silence"]
    assert judged["lse_c"] is None
    assert found.frames_per_second > 0
    if memory.peak_bytes() is not None:
        assert found.memory_mb is not None
        assert found.memory_mb > 50
    assert found.sheet is not None
    with Pillow.open(found.sheet) as sheet:
        assert sheet.width > sheet.height > 400
        assert len(sheet.getcolors(1 << 24) or ()) > 1000
    stiff = judge(found.run.values, {**trial.THRESHOLDS, "lip_correlation": Bound(at_least=0.999, at_most=None)})
    failed = replace(found, run=replace(found.run, verdicts=stiff))
    assert not failed.passed
    assert [verdict.metric for verdict in stiff if verdict.met is False] == ["lip_correlation"]
    assert not replace(found, took_over="still drew in its place").passed


def test_measures_of_another_engines_video_are_not_told_under_the_wanted_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(name="other", portrait="grace-hopper", text="Hello.")
    run = replace(Run(scenario, renderer="puppet"), seconds={"video_generation": 1.0})
    taken = trial.Trial("wav2lip", run, frames_per_second=25.0, took_over="puppet drew in its place: it lacks wav2lip")
    monkeypatch.setattr(trial, "try_engine", lambda *_, **__: taken)
    ended = CliRunner().invoke(app, ["models", "selftest", "wav2lip", "--folder", str(tmp_path / "report")])
    assert ended.exit_code == 1
    assert "puppet drew in its place: it lacks wav2lip. The video is the work of puppet." in ended.output
    assert "frames a second" not in ended.output
    verdict = json.loads((tmp_path / "report" / "verdict.json").read_text(encoding="utf-8"))
    assert (verdict["engine"], verdict["drawn_by"]) == ("wav2lip", "puppet")


def test_the_command_tells_what_an_engine_lacks(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    ended = CliRunner().invoke(app, ["models", "selftest", "sadtalker", "--folder", str(folder)])
    assert ended.exit_code == 1
    assert "models download" in ended.output
    assert "sadtalker FAILS here" in ended.output
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["passed"] is False
    assert "models download" in verdict["error"]


def test_an_unknown_engine_is_named_beside_those_there_are(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no engine 'hologram'.*puppet"):
        try_engine("hologram", settings, tmp_path)


def test_the_engine_alone_is_measured_and_its_memory_while_it_draws(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Device("cuda:1", "a card", 8 << 30, 16 << 30)
    told = {"process": 100_000_000, "cuda:1": 200_000_000}
    asked: dict[str, Any] = {}

    def make(scenario: Scenario, settings: Settings, folder: Path, on_progress: object) -> Made:
        asked.update(_values(scenario, settings, folder))
        told.update({"process": 300_000_000, "cuda:1": 400_000_000})
        return Made(tmp_path, None, None, None, None)  # type: ignore[arg-type]

    def measured(engine: str, scenario: Scenario, *_: object) -> Trial:
        told.update({"process": 900_000_000, "cuda:1": 900_000_000})
        return Trial(engine, Run(scenario))

    monkeypatch.setattr(trial, "hardware_of", lambda _: Hardware(card, *profile_for(card, "auto")))
    monkeypatch.setattr(trial, "peak_bytes", lambda: told["process"])
    monkeypatch.setattr(trial, "card_peak_bytes", lambda device: told[device])
    monkeypatch.setattr(trial, "make", make)
    monkeypatch.setattr(trial, "_measured", measured)
    found = try_engine("puppet", settings, tmp_path)
    assert asked["enhance"] == "none"
    assert (found.memory_mb, found.gpu_memory_mb) == (300, 400)
