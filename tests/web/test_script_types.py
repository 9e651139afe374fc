"""The page's modules are sound for the TypeScript compiler."""

import shutil
import subprocess

import pytest

from avatar.settings import PROJECT_ROOT

WEB = PROJECT_ROOT / "web"


def test_the_types_of_the_page_hold() -> None:
    compiler = WEB / "node_modules" / ".bin" / "tsc"
    if shutil.which("node") is None or not compiler.exists():
        pytest.skip("no TypeScript compiler here; `npm ci --prefix web` brings it")
    command = [str(compiler), "--project", str(WEB / "jsconfig.json")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert checked.returncode == 0, checked.stdout
