import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from api.cli.models import app
from avatar.settings import PROJECT_ROOT

CONTENT = b"the mesh" * 5000
LIGHT = "import sys, api.cli.models; print(*sorted(sys.modules))"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files go: `mesh`, required, comes from a wheel; `toy`, not for commerce, from a server that is gone."""
    write_wheel(tmp_path)
    (tmp_path / "weights.yaml").write_text(yaml.safe_dump(registry()), encoding="utf-8")
    monkeypatch.setattr("models.weights.REGISTRY_FILE", tmp_path / "weights.yaml")
    monkeypatch.setenv("CHECKPOINTS_DIR", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path / "checkpoints"


def registry() -> dict[str, Any]:
    wheel = {"name": "faces", "package": "faces", "version": "1.0", "python": "3.11", "platform": "any", "size": 50_000}
    shared = {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    mesh = {"key": "mesh", "purpose": "The mesh.", "group": "face", "file": "mesh.bin", "required": True}
    toy = {"key": "toy", "purpose": "A toy.", "group": "fun", "file": "toy.bin", "required": False}
    return {
        "wheels": [wheel],
        "files": [
            {
                **mesh,
                **shared,
                "licence": "MIT",
                "commercial": True,
                "source": {"wheel": "faces", "member": "mesh.bin"},
            },
            {
                **toy,
                **shared,
                "licence": "CC-BY-NC-4.0",
                "commercial": False,
                "source": {"url": "http://127.0.0.1:9/t"},
            },
        ],
    }


def write_wheel(shelf: Path) -> None:
    with zipfile.ZipFile(shelf / "faces-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mesh.bin", CONTENT)
        archive.writestr("faces-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: faces\nVersion: 1.0\n")
        archive.writestr("faces-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n")
        archive.writestr("faces-1.0.dist-info/RECORD", "")


def models(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_list_shows_states_and_flags_licences_without_commerce(folder: Path) -> None:
    folder.mkdir()
    (folder / "mesh.bin").write_bytes(b"short")
    result = models("list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert any("mesh *" in line and "damaged" in line and "MIT" in line for line in lines)
    assert any("toy" in line and "missing" in line and "CC-BY-NC-4.0" in line for line in lines)
    assert "NOT FOR COMMERCIAL USE" in " ".join(result.stdout.split())


def test_list_as_json_says_all_that_is_known(folder: Path) -> None:
    told = json.loads(models("list", "--json").stdout)
    assert told["folder"] == str(folder)
    mesh, toy = told["files"]
    assert mesh["source"] == {"wheel": "faces", "member": "mesh.bin"}
    assert (mesh["state"], mesh["required"], mesh["commercial"]) == ("missing", True, True)
    assert (toy["key"], toy["commercial"], toy["path"]) == ("toy", False, str(folder / "toy.bin"))


def test_download_brings_the_required_files_and_shows_how_far(folder: Path) -> None:
    result = models("download")
    assert result.exit_code == 0
    assert (folder / "mesh.bin").read_bytes() == CONTENT
    assert not (folder / "toy.bin").exists()
    assert result.stdout == f"1 brought, 0 were there, in {folder}.\n"
    assert "faces 1.0" in result.stderr
    assert models("download").stdout == f"0 brought, 1 were there, in {folder}.\n"


def test_download_as_json_prints_one_object_and_no_bar(folder: Path) -> None:
    result = models("download", "face", "--json")
    assert result.stderr == ""
    path = str(folder / "mesh.bin")
    assert json.loads(result.stdout) == {
        "folder": str(folder),
        "files": [{"key": "mesh", "path": path, "brought": True}],
    }


def test_everything_leaves_out_what_is_not_for_commercial_use_and_says_so(folder: Path) -> None:
    result = models("download", "all")
    assert result.exit_code == 0
    assert (folder / "mesh.bin").exists()
    assert "Note: toy is left out; it comes with ALLOW_NONCOMMERCIAL_WEIGHTS=true." in result.stderr
    assert result.stdout == f"1 brought, 0 were there, in {folder}.\n"


def test_what_is_not_for_commercial_use_is_refused_by_name(folder: Path) -> None:
    result = models("download", "toy")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert errors == [
        "Error: The model file toy.bin (toy) is not for commercial use. Its licence: CC-BY-NC-4.0. "
        "If your use is not commercial, put ALLOW_NONCOMMERCIAL_WEIGHTS=true into .env "
        "(restart the service if it runs)."
    ]
    assert not (folder / "toy.bin").exists()


def test_download_without_network_gives_one_message_and_what_to_run_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_NONCOMMERCIAL_WEIGHTS", "true")
    result = models("download", "all")
    assert result.exit_code == 1
    assert (folder / "mesh.bin").exists()
    assert "Note: toy is under CC-BY-NC-4.0, NOT FOR COMMERCIAL USE." in result.stderr
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("Error: toy.bin (toy) cannot be downloaded: 127.0.0.1 cannot be reached")
    assert errors[0].endswith("When you are online, run `python main.py models download toy`.")


def test_a_failure_as_json_is_one_object_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_NONCOMMERCIAL_WEIGHTS", "true")
    result = models("download", "toy", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["message"].startswith("toy.bin (toy) cannot be downloaded")
    assert error["cure"] == "When you are online, run `python main.py models download toy`."


@pytest.mark.parametrize("command", ["download", "verify"])
def test_an_unknown_key_is_bad_input_and_lists_the_valid_ones(command: str, folder: Path) -> None:
    result = models(command, "mesh", "nose")
    assert result.exit_code == 2
    assert "There is no model file 'nose'. There are mesh, toy; groups face, fun; and all." in result.stderr
    assert not folder.exists()


def test_verify_finds_a_tampered_file(folder: Path) -> None:
    models("download")
    assert models("verify").stdout == "mesh: ok\n"
    (folder / "mesh.bin").write_bytes(b"!" + CONTENT[1:])
    result = models("verify")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"mesh: {folder / 'mesh.bin'} is damaged: its SHA-256 is ")


def test_verify_asks_for_what_is_required_or_named(folder: Path) -> None:
    missing = models("verify")
    assert missing.exit_code == 1
    assert "mesh.bin (mesh) is missing. Run `python main.py models download mesh`." in missing.stdout
    told = json.loads(models("verify", "all", "--json").stdout)
    assert not told["ok"]
    assert [(file["key"], file["ok"]) for file in told["files"]] == [("mesh", False), ("toy", False)]
    models("download")
    assert json.loads(models("verify", "mesh", "--json").stdout)["files"] == [
        {"key": "mesh", "ok": True, "problem": None}
    ]


def test_a_wrong_registry_is_told_without_a_traceback(folder: Path) -> None:
    wrong = registry()
    wrong["files"][0]["size"] = "large"
    (folder.parent / "weights.yaml").write_text(yaml.safe_dump(wrong), encoding="utf-8")
    result = models("list")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: weights.yaml: entry 'mesh', key 'size': ")


def test_importing_the_commands_brings_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "yaml", "numpy", "filelock", "urllib.request", "rich.progress", "models.weights"}
    assert not heavy & set(done.stdout.split())


def test_the_script_is_the_download_command(tmp_path: Path) -> None:
    script = [sys.executable, str(PROJECT_ROOT / "scripts" / "download_models.py")]
    options: dict[str, Any] = {"capture_output": True, "text": True, "cwd": tmp_path}
    helped = subprocess.run([*script, "--help"], check=False, **options)
    assert helped.returncode == 0
    assert "Bring model files" in helped.stdout
    refused = subprocess.run([*script, "nose"], check=False, **options)
    assert refused.returncode == 2
    assert "face-detector" in refused.stderr
