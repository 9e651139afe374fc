"""A clock that goes on only when the client waits."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited; the clock goes on by as much."""
    waited: list[float] = []
    clock = SimpleNamespace(sleep=waited.append, monotonic=lambda: float(sum(waited)))
    monkeypatch.setattr("client.connection.time", clock)
    monkeypatch.setattr("client.events.time", clock)
    monkeypatch.setattr("client.client.time", clock)
    return waited
