"""What remembers how far each job is: an SQLite file, or PostgreSQL where DATABASE_URL names one.

Several processes may use it at once.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from filelock import FileLock
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from sqlalchemy import URL

from avatar.errors import AvatarError
from avatar.files import held_file
from avatar.settings import Settings
from orchestrator.database import (
    CONNECT_SECONDS,
    DatabaseError,
    enter_wal,
    missing_driver,
    place_of,
    postgres_url,
    reason_of,
)

BUSY_SECONDS: Final = 60.0
BUSY_FORM: Final = re.compile(r"\b(locked|busy)\b")
UUID_EPOCH: Final = 0x01B21DD213814000
"""Stretches of 100 ns from the beginning of the Gregorian calendar to 1970 (RFC 9562)."""

THREAD_LOCKS: Final = "thread-locks"
"""Folder in DATA_DIR."""

SETUP_LOCK: Final = 0x43484B50
"""PostgreSQL's advisory lock while the tables are made."""


def open_checkpoints(settings: Settings) -> AbstractContextManager[BaseCheckpointSaver[Any]]:
    """A checkpointer on `checkpoints.sqlite` in DATA_DIR, which is made where it is missing, or on PostgreSQL.

    It survives the death of this process at any point; the file, in WAL with synchronous=NORMAL, may lose the last
    step, never itself, when the machine loses power.

    Raises `AvatarError` where SQLite cannot use the file, `DatabaseError` where another program keeps it locked or
    PostgreSQL does not answer, and
    `MissingExtraError` where its checkpointer is not installed.
    """
    url = postgres_url(settings)
    return _sqlite(settings.data_dir / "checkpoints.sqlite") if url is None else _postgres(url)


@contextmanager
def _sqlite(path: Path) -> Iterator[BaseCheckpointSaver[Any]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)) as connection:
            saver = SqliteSaver(connection)
            with FileLock(path.with_suffix(".lock")):
                enter_wal(connection)
                saver.setup()
            connection.execute("PRAGMA synchronous=NORMAL")
            yield saver
    except sqlite3.Error as error:
        message = f"The checkpoints in {path} cannot be used: {error}."
        if isinstance(error, sqlite3.OperationalError) and BUSY_FORM.search(str(error)):
            raise DatabaseError(message, cure="End the program that keeps the file locked.") from error
        raise AvatarError(
            message, cure="Free some disk space, or delete the file: jobs then start over and find their artifacts."
        ) from error


@contextmanager
def _postgres(url: URL) -> Iterator[BaseCheckpointSaver[Any]]:
    try:
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg import Connection, Error, InterfaceError, OperationalError
        from psycopg.rows import dict_row
    except ImportError:
        raise missing_driver() from None
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with Connection.connect(
            address, autocommit=True, prepare_threshold=0, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        ) as connection:
            saver = PostgresSaver(connection)
            connection.execute("SELECT pg_advisory_lock(%s)", (SETUP_LOCK,))
            try:
                saver.setup()
            finally:
                connection.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))
            yield saver
    except Error as error:
        kind = DatabaseError if isinstance(error, (OperationalError, InterfaceError)) else AvatarError
        raise kind(
            f"DATABASE_URL: the checkpoints in {place_of(url)} cannot be used: {reason_of(error, url)}.",
            cure="Start that server, or correct DATABASE_URL.",
        ) from error


@contextmanager
def held_thread(saver: BaseCheckpointSaver[Any], settings: Settings, thread_id: str) -> Iterator[bool]:
    """Whether nobody else holds the thread; then it is held inside the block, against all who use these checkpoints.

    It is free again when the block ends, or this process. `saver` is an open one of these settings.
    """
    if isinstance(saver, SqliteSaver):
        with held_file(_lock_file(settings, thread_id)) as held:
            yield held
        return
    connection, number = cast(Any, saver).conn, _lock_number(thread_id)
    row = connection.execute("SELECT pg_try_advisory_lock(%s) AS held", (number,)).fetchone()
    try:
        yield bool(row["held"])
    finally:
        if row["held"] and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (number,))


def _lock_file(settings: Settings, thread_id: str) -> Path:
    """A file for each thread; its time is that of the last hold."""
    path = settings.data_dir / THREAD_LOCKS / f"{sha256(thread_id.encode()).hexdigest()[:32]}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def _lock_number(thread_id: str) -> int:
    """64 bits with a sign, as PostgreSQL numbers its advisory locks."""
    return int.from_bytes(sha256(thread_id.encode()).digest()[:8], "big", signed=True)


def forget_locks(settings: Settings, before: float) -> None:
    """Removes the files of threads that nobody has held since `before`, in seconds since the epoch."""
    for path in (settings.data_dir / THREAD_LOCKS).glob("*.lock"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()


def forget_threads(saver: BaseCheckpointSaver[Any], beginning: str, before: float) -> None:
    """Forgets threads whose names begin so and that have not changed since `before`, in seconds since the epoch.

    Checkpoints are numbered by the time of their making (UUID version 6).
    """
    oldest = _number_at(before)
    mark = "?" if isinstance(saver, SqliteSaver) else "%s"
    found = (
        f"SELECT thread_id AS name FROM checkpoints WHERE substr(thread_id, 1, {len(beginning)}) = {mark} "  # noqa: S608 - a number and a mark
        f"GROUP BY thread_id HAVING MAX(checkpoint_id) < {mark}"
    )
    rows = cast(Any, saver).conn.execute(found, (beginning, oldest)).fetchall()
    for row in rows:
        saver.delete_thread(row["name"] if isinstance(row, dict) else row[0])


def _number_at(seconds: float) -> str:
    """How the numbers of checkpoints begin that are made then."""
    ticks = int(seconds * 10_000_000) + UUID_EPOCH
    return f"{ticks >> 28:08x}-{ticks >> 12 & 0xFFFF:04x}-6{ticks & 0xFFF:03x}"


def forget_history(saver: BaseCheckpointSaver[Any], thread_id: str) -> None:
    """Keep a thread's newest checkpoint only: a job goes on from there and never goes back."""
    if not isinstance(saver, SqliteSaver):
        saver.prune([thread_id], strategy="keep_latest")
        return
    newest = "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
    with saver.cursor() as cursor:
        for table in ("checkpoints", "writes"):
            cursor.execute(
                f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < {newest}",  # noqa: S608 - two constants
                (thread_id, thread_id),
            )
