"""Shared fixtures. The network is closed but for loopback; real samples are found or their tests skip."""

import os
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from avatar.settings import PROJECT_ROOT
from tests.forks import METHOD, forks
from tests.turns import UnitScheduling, turn

hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> UnitScheduling | None:
    """Under `--dist loadfile`, what `tests/turns.py` says."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return UnitScheduling(config, log)


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that leaves this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else address
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the project alone, whatever this machine's environment or `.env` holds."""
    from avatar import settings

    for field in settings.Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    monkeypatch.setattr(settings, "DOTENV_FILE", PROJECT_ROOT / "no.env")


@pytest.fixture
def forked_side_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a desk starts is forked, and need not import the pipeline."""
    forks()
    monkeypatch.setattr("orchestrator.side_process.START_METHOD", METHOD)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real portraits and recordings: the folder in AVATAR_SAMPLES, or a `samples` folder near the checkout."""
    given = os.environ.get("AVATAR_SAMPLES")
    found = [Path(given)] if given else sorted(PROJECT_ROOT.parent.glob("*/samples"))
    for folder in found:
        if (folder / "portraits" / "manifest.csv").exists():
            return folder
    pytest.skip("no folder of real samples; name one in AVATAR_SAMPLES")
