"""Wrong addresses, servers that are away, files that cannot be used: a plain message, and no password in it."""

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from avatar.errors import AvatarError, ConfigurationError, MissingExtraError
from avatar.settings import Settings, load_settings
from orchestrator import database
from orchestrator.checkpoints import open_checkpoints
from orchestrator.database import DatabaseError, enter_wal, open_database, postgres_url
from orchestrator.jobs.table import SqlJobs
from tests.orchestrator.jobs.databases import private_postgres

AWAY = "postgresql://avatar:hidden@127.0.0.1:9/name?connect_timeout=2"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("written", ["nonsense", "mysql://me:hidden@host/name", "postgresql://me:hidden@host:port/x"])
def test_a_wrong_address_is_named_without_its_password(written: str, data: Path) -> None:
    settings = load_settings(data_dir=data, database_url=written)
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        open_database(settings)
    assert "hidden" not in str(caught.value)
    assert "postgresql://user:password@host" in caught.value.cure


def test_a_server_that_is_away_is_named_without_its_password(data: Path) -> None:
    settings = load_settings(data_dir=data, database_url=AWAY)
    with pytest.raises(ConfigurationError, match=r"DATABASE_URL: postgresql://avatar:\*\*\*@127\.0\.0\.1:9/name") as no:
        open_database(settings)
    assert "hidden" not in str(no.value)
    with pytest.raises(DatabaseError, match="DATABASE_URL") as nowhere, open_checkpoints(settings):
        pass
    assert "hidden" not in str(nowhere.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_forms_are_understood(scheme: str, data: Path) -> None:
    url = postgres_url(load_settings(data_dir=data, database_url=f"{scheme}://me@host/name"))
    assert url is not None
    assert url.drivername == "postgresql+psycopg"


def test_an_empty_address_means_a_file(data: Path) -> None:
    assert postgres_url(load_settings(data_dir=data, database_url="")) is None
    open_database(load_settings(data_dir=data)).dispose()
    assert (data / "jobs.sqlite").exists()


def test_a_missing_driver_has_a_command_that_installs_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=data, database_url=AWAY)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e") as caught:
        open_database(settings)
    assert "[postgres]" in caught.value.cure
    with pytest.raises(MissingExtraError, match=r"pip install -e"), open_checkpoints(settings):
        pass


def test_a_locked_file_says_so(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    settings = load_settings(data_dir=data)
    engine = open_database(settings)
    jobs = SqlJobs(engine, settings)
    other = sqlite3.connect(data / "jobs.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert jobs.counts()["queued"] == 0
    with pytest.raises(DatabaseError, match=r"jobs\.sqlite in DATA_DIR cannot be used: database is locked"):
        jobs.release("one")
    other.close()
    assert jobs.release("one") == []
    engine.dispose()


def test_a_file_that_another_connection_takes_into_wal_is_waited_for(tmp_path: Path) -> None:
    """SQLite's own busy timeout does not cover this; a connection without one stands for that."""
    path = tmp_path / "jobs.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.3, other.execute, ("COMMIT",))
        release.start()
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            enter_wal(connection)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        release.join()


def test_a_file_that_stays_locked_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    path = tmp_path / "jobs.sqlite"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(sqlite3.connect(path, timeout=0)) as mine,
    ):
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            enter_wal(mine)


def test_a_file_that_is_no_database_says_so(data: Path) -> None:
    data.mkdir()
    (data / "jobs.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(AvatarError, match=r"jobs\.sqlite"):
        open_database(load_settings(data_dir=data))


def test_a_folder_that_cannot_be_made_says_so(data: Path) -> None:
    data.write_text("a file")
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        open_database(load_settings(data_dir=data))


def test_a_server_that_goes_away_is_told_from_other_failures(data: Path) -> None:
    with private_postgres() as url:
        settings = load_settings(data_dir=data, database_url=url)
        engine = open_database(settings)
        jobs = SqlJobs(engine, settings)
        assert jobs.claim("one") is None
    with pytest.raises(DatabaseError, match="DATABASE_URL") as caught:
        jobs.claim("one")
    assert "hidden" not in str(caught.value)
    assert caught.value.retryable
    engine.dispose()


def test_settings_do_not_show_the_address(data: Path) -> None:
    settings: Settings = load_settings(data_dir=data, database_url=AWAY)
    assert "hidden" not in repr(settings)
