"""What remembers how far a job is, and what is said where it cannot be used."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from avatar.settings import load_settings
from orchestrator import checkpoints
from orchestrator.checkpoints import open_checkpoints
from orchestrator.database import DatabaseError


def test_a_file_that_is_locked_may_be_free_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `DatabaseError` makes a job step back, where another error would end it."""
    monkeypatch.setattr(checkpoints, "BUSY_SECONDS", 0.05)
    settings = load_settings(data_dir=tmp_path)
    with open_checkpoints(settings):
        pass
    with closing(sqlite3.connect(tmp_path / "checkpoints.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="locked") as caught, open_checkpoints(settings) as saver:
            saver.delete_thread("thread")
    assert caught.value.retryable
    with open_checkpoints(settings) as saver:
        saver.delete_thread("thread")
