"""The database of the service: an SQLite file in DATA_DIR, or PostgreSQL where DATABASE_URL names one."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.schema import CreateColumn

from avatar.errors import AvatarError, ConfigurationError, MissingExtraError
from avatar.settings import Settings
from orchestrator.artifacts import usable_folder

BUSY_MILLISECONDS: Final = 30_000
WAL_RETRY_SECONDS: Final = 0.01
CONNECT_SECONDS: Final = 10
POOLED_CONNECTIONS: Final = 5
MORE_CONNECTIONS: Final = 40
"""So many more than the pooled ones may be open for a moment: one for each thread of the API."""

POSTGRES_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
TABLES_LOCK: Final = 0x41564154
"""PostgreSQL's advisory lock while tables are made."""

READS_ONLY: Final = "reads_only"


class DatabaseError(AvatarError):
    """The database cannot be reached or used just now."""

    retryable = True


def open_database(settings: Settings) -> Engine:
    """An engine whose transactions on SQLite take the write lock at their start, unless `reading` opens them.

    Raises `ConfigurationError` where DATABASE_URL is wrong or nothing answers there, `MissingExtraError` where
    PostgreSQL's driver is not installed, `DatabaseError` where the SQLite file cannot be used.
    """
    url = postgres_url(settings)
    if url is None:
        return _open_sqlite(settings)
    engine = _postgres_engine(url)
    try:
        with engine.connect():
            return engine
    except DBAPIError as error:
        engine.dispose()
        raise ConfigurationError(
            f"DATABASE_URL: {place_of(url)} cannot be used: {reason_of(error, url)}.",
            cure="Start that server, or correct DATABASE_URL; without it the jobs lie in a file in DATA_DIR.",
        ) from None


def postgres_url(settings: Settings) -> URL | None:
    """The server that DATABASE_URL names; None where it is empty. Raises `ConfigurationError`."""
    if settings.database_url is None or not (written := settings.database_url.get_secret_value().strip()):
        return None
    form = "Write postgresql://user:password@host:5432/name, or leave it empty for a file in DATA_DIR."
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise ConfigurationError("DATABASE_URL is not the address of a database.", cure=form) from None
    if url.drivername not in POSTGRES_SCHEMES:
        raise ConfigurationError(f"DATABASE_URL names {url.drivername}, not PostgreSQL.", cure=form)
    return url.set(drivername="postgresql+psycopg")


def place_of(url: URL) -> str:
    """The address without its password and options, for messages."""
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def reason_of(error: Exception, url: URL | None = None) -> str:
    """One line of what the driver said, without the password."""
    said = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
    return said.replace(url.password, "***") if url is not None and url.password else said


def create_tables(engine: Engine, tables: MetaData) -> None:
    """Makes the tables that are missing, and the columns with a default; several processes may do so at once."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TABLES_LOCK})
        tables.create_all(connection)
        for table in tables.sorted_tables:
            _add_columns(connection, table)


def _add_columns(connection: Connection, table: Table) -> None:
    """Those that a table which an older version made does not have."""
    known = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in known and column.server_default is not None:
            described = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {described}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that changes something. Raises `DatabaseError` where the database cannot be used."""
    with _translated(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only looks; on SQLite it waits for no writer. Raises `DatabaseError`."""
    with _translated(engine), engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        if engine.dialect.name == "sqlite":
            raise _unusable_file(engine, error) from error
        raise DatabaseError(
            f"DATABASE_URL: {place_of(engine.url)} does not answer: {reason_of(error, engine.url)}.",
            cure="Start that server, or correct DATABASE_URL.",
        ) from error


def _unusable_file(engine: Engine, error: Exception) -> DatabaseError:
    return DatabaseError(
        f"The database {Path(engine.url.database or '').name} in DATA_DIR cannot be used: {reason_of(error)}.",
        cure="Free some disk space, or end the program that keeps it locked; DATABASE_URL can name a PostgreSQL.",
    )


def _open_sqlite(settings: Settings) -> Engine:
    path = usable_folder(settings.data_dir) / "jobs.sqlite"
    engine = create_engine(
        URL.create("sqlite", database=str(path)), pool_size=POOLED_CONNECTIONS, max_overflow=MORE_CONNECTIONS
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.connect():
            return engine
    except DBAPIError as error:
        engine.dispose()
        raise _unusable_file(engine, error) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Every commit reaches the disk: a job that was accepted is not lost with the machine's power."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}").close()
    enter_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def enter_wal(connection: sqlite3.Connection) -> None:
    """Turns on the write-ahead log; waits where another connection is just entering or leaving it.

    SQLite then answers "locked" at once, whatever its busy timeout (sqlite.org/wal.html, "Sometimes queries return
    SQLITE_BUSY in WAL mode"). Raises `sqlite3.OperationalError` where the file stays locked.
    """
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(WAL_RETRY_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get(READS_ONLY)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _postgres_engine(url: URL) -> Engine:
    try:
        return create_engine(
            url.update_query_dict({"connect_timeout": url.query.get("connect_timeout", str(CONNECT_SECONDS))}),
            pool_size=POOLED_CONNECTIONS,
            max_overflow=MORE_CONNECTIONS // 4,
            pool_pre_ping=True,
        )
    except ImportError:
        raise missing_driver() from None


def missing_driver() -> MissingExtraError:
    return MissingExtraError(
        "DATABASE_URL names PostgreSQL, but its driver is not installed.",
        cure=f'Run: {sys.executable} -m pip install -e ".[postgres]"',
    )
