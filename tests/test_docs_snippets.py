"""What docs/api.md shows works: its snippets run in their order against a real service."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli.bench.serving import running_service
from avatar.settings import PROJECT_ROOT, load_settings
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_sound

PAGE = PROJECT_ROOT / "docs" / "api.md"
ADDRESS = "http://127.0.0.1:8005"
MARKED = re.compile(r"<!-- snippet -->\n```(\w+)\n(.*?)```", re.DOTALL)
SHELL_SECONDS = 60


class Snippet(NamedTuple):
    line: int
    language: str
    code: str


def snippets() -> list[Snippet]:
    page = PAGE.read_text(encoding="utf-8")
    return [Snippet(page.count("\n", 0, at.start(2)), at[1], at[2]) for at in MARKED.finditer(page)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snippets")
    shutil.copy(face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER), folder / "me.jpg")
    write_sound(folder / "speech.wav", 1.0)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    checkpoints = load_settings().checkpoints_dir
    small = {"default_resolution": 128, "video_preset": "ultrafast", "live_workers": 1, "checkpoints_dir": checkpoints}
    with running_service(folder / "data", **small) as url:
        yield url


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the Python snippets before have left."""
    return {}


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: f"line-{snippet.line}")
def test_a_snippet_runs(
    snippet: Snippet, url: str, folder: Path, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    code = snippet.code.replace(ADDRESS, url)
    if snippet.language == "python":
        exec(compile("\n" * snippet.line + code, str(PAGE), "exec"), names)
    else:
        assert snippet.language == "sh"
        run_shell(code)


def run_shell(code: str) -> None:
    """Errors that the service tells fail the snippet, as a failed command does."""
    if not (shutil.which("bash") and shutil.which("curl")):
        pytest.skip("bash and curl are needed")
    strict = code.replace("curl -s", "curl -s --fail-with-body")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", strict], check=False, capture_output=True, text=True, timeout=SHELL_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_capability_has_a_snippet() -> None:
    code = "\n".join(snippet.code for snippet in snippets())
    calls = ("generate", "events", "upload", "batch", "create_character", "speak", "live")
    for shown in (*(f".{call}(" for call in calls), "text/csv", "review", "stream_url"):
        assert shown in code
    assert {snippet.language for snippet in snippets()} == {"python", "sh"}
