"""What is kept of each turn of a session, and sent where the settings say: a turn is a trace, a session a session."""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from avatar import __version__
from avatar.settings import Settings
from avatar.telemetry import FileTracer, JobTrace, SpanRecord, open_tracer, relays_for, trace_id
from orchestrator.artifacts import code_version

FOLDER: Final = "live"
SPANS_FILE: Final = "spans.jsonl"
MOST_SESSIONS: Final = 200
"""Sessions whose traces are kept; the oldest go first."""

DAY_SECONDS: Final = 86_400.0
_log = logging.getLogger(__name__)


class TurnTrace:
    """One turn: spans between moments of `time.monotonic`, under one that began when the person was done."""

    def __init__(self, tracer: FileTracer, began: float, **attributes: Any) -> None:
        self._tracer = tracer
        self._epoch = time.time() - time.monotonic()
        self.root = tracer.begin("turn", started=began + self._epoch, **attributes)

    def between(self, name: str, began: float | None, ended: float | None, **attributes: Any) -> None:
        """A span that is over; none where one of its moments never came."""
        if began is None or ended is None:
            return
        record = self._tracer.begin(name, started=began + self._epoch, **attributes)
        self._tracer.end(record, ended=ended + self._epoch)

    @contextmanager
    def span(self, name: str, **attributes: Any) -> Iterator[SpanRecord]:
        with self._tracer.span(name, under=self.root, **attributes) as record:
            yield record

    @contextmanager
    def generation(self, name: str, **attributes: Any) -> Iterator[SpanRecord]:
        """A language model's answer."""
        with self._tracer.span(name, kind="generation", under=self.root, **attributes) as record:
            yield record

    def end(self) -> None:
        self._tracer.end(self.root)


class TurnTraces:
    """Of one session, in `DATA_DIR/live/<session>/spans.jsonl`. Raises `MissingExtraError` for a receiver not here."""

    def __init__(self, settings: Settings, session: str, *, user: str = "") -> None:
        relays_for(settings, code_version())
        self._settings, self._session, self._user = settings, session, user
        self._path = settings.data_dir / FOLDER / session / SPANS_FILE

    def begin(self, number: int, began: float, **attributes: Any) -> TurnTrace:
        """Turn `number`, whose person was done at `began` (seconds of `time.monotonic`)."""
        trace = JobTrace(
            id=trace_id(self._session, str(number)),
            session=self._session,
            user=self._user,
            tags=(FOLDER,),
            version=__version__,
            release=code_version(),
        )
        with open_tracer(self._settings, self._path, trace) as tracer:
            return TurnTrace(tracer, began, turn=number, **attributes)


def forget_old_sessions(settings: Settings, *, most: int = MOST_SESSIONS) -> None:
    """Removes traces that are older than RETENTION_DAYS, and the oldest of more than `most`."""
    oldest = time.time() - DAY_SECONDS * settings.retention_days
    changed = sorted(((_changed(path), path) for path in (settings.data_dir / FOLDER).glob("*/")), reverse=True)
    for place, (at, path) in enumerate(changed):
        if place >= most or at < oldest:
            shutil.rmtree(path, ignore_errors=True)


def _changed(folder: Path) -> float:
    """When something was last written there; 0 where it is gone."""
    times = [_written(file) for file in folder.glob("*.jsonl")]
    return max(times) if times else _written(folder)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
