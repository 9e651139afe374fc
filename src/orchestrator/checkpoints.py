"""The SQLite file that remembers how far each job is. Several processes may use it at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock
from langgraph.checkpoint.sqlite import SqliteSaver

from avatar.errors import AvatarError

BUSY_SECONDS: Final = 60.0


@contextmanager
def open_checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """A checkpointer on the file, which is made where it is missing.

    It survives the death of this process at any point; WAL with synchronous=NORMAL may lose the last step, never the
    file, when the machine itself loses power.

    Raises `AvatarError` where SQLite cannot use the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)) as connection:
            saver = SqliteSaver(connection)
            with FileLock(path.with_suffix(".lock")):
                saver.setup()
            connection.execute("PRAGMA synchronous=NORMAL")
            yield saver
    except sqlite3.Error as error:
        raise AvatarError(
            f"The checkpoints in {path} cannot be used: {error}.",
            cure="Free some disk space, or delete the file: jobs then start over and find their artifacts.",
        ) from error


def forget_history(saver: SqliteSaver, thread_id: str) -> None:
    """Keep a thread's newest checkpoint only: a job goes on from there and never goes back."""
    newest = "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
    with saver.cursor() as cursor:
        for table in ("checkpoints", "writes"):
            cursor.execute(
                f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < {newest}",  # noqa: S608 - two constants
                (thread_id, thread_id),
            )
