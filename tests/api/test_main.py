import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from avatar.settings import PROJECT_ROOT

MAIN = PROJECT_ROOT / "main.py"
HEAVY = {"numpy", "cv2", "av", "langgraph", "ai_edge_litert", "pydantic", "yaml", "torch"}


def run(*arguments: str, folder: Path, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *options, str(MAIN), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)


def test_help_works_from_any_folder_and_imports_nothing_heavy(tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path, options=("-X", "importtime"))
    assert done.returncode == 0
    for command in ("demo", "generate", "doctor", "bench", "models", "serve"):
        assert command in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert not imported & HEAVY


def test_without_its_environment_it_says_what_to_use_instead(tmp_path: Path) -> None:
    done = run("demo", folder=tmp_path, options=("-S",))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "./run.sh" in line
    assert "make demo" in line


def test_bad_input_ends_with_2_and_one_line(tmp_path: Path) -> None:
    done = run("generate", "--image", "no.png", "--text", "Hi", "-o", "out.mp4", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "no.png" in line


@pytest.mark.parametrize("version", [(2, 7), (3, 9), (3, 14)])
def test_other_pythons_are_told_which_are_needed(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 1, "final", 0))
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(MAIN), run_name="__main__")
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Python 3.10 to 3.13 is needed" in line
    assert f"{version[0]}.{version[1]}" in line


@pytest.mark.parametrize("script", ["check_setup.py", "benchmark.py"])
def test_the_scripts_are_the_commands(script: str, tmp_path: Path) -> None:
    path = PROJECT_ROOT / "scripts" / script
    done = subprocess.run(
        [sys.executable, str(path), "--help"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert {"check_setup.py": "doctor", "benchmark.py": "bench"}[script] in done.stdout
