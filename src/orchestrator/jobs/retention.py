"""What the service forgets: old jobs with their files, videos beyond the limit, uploads that nobody used."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from avatar.settings import Settings
from orchestrator.artifacts import usable_folder
from orchestrator.checkpoints import open_checkpoints
from orchestrator.jobs.names import NUMBER_FORM, UPLOAD_FORM, output_path
from orchestrator.jobs.record import ENDED, JobFilter, JobRecord
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.traces import forgotten_threads
from orchestrator.run import BYTES_PER_GIGABYTE, LOCK_FILE

SECONDS_PER_DAY: Final = 86_400.0
UNUSED_UPLOAD_SECONDS: Final = SECONDS_PER_DAY
JOBS_PER_PAGE: Final = 500

_log = logging.getLogger(__name__)


def tidy(jobs: SqlJobs, settings: Settings) -> None:
    """Removes what is due. One process at a time does so; another one leaves at once."""
    lock = FileLock(usable_folder(settings.data_dir / "workers") / "tidy")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    try:
        records = list(_all_jobs(jobs))
        gone = _due(records, settings)
        for record in gone:
            jobs.remove(record.id)
            _log.info("removed the job %s", record.id)
        _remove_files(settings, [record for record in records if record not in gone])
        for thread_id in forgotten_threads(settings):
            if not jobs.has_thread(thread_id):
                _remove_thread(settings, thread_id)
    finally:
        lock.release()


def _due(records: list[JobRecord], settings: Settings) -> list[JobRecord]:
    """Ended jobs that are too old, and the oldest of those whose videos take too much room."""
    oldest = time.time() - settings.retention_days * SECONDS_PER_DAY
    room = settings.max_output_gigabytes * BYTES_PER_GIGABYTE
    due = []
    ended = [record for record in records if record.status in ENDED]
    for record in sorted(ended, key=lambda record: record.finished_at or 0.0, reverse=True):
        size = _size(output_path(settings, record.id))
        room -= size
        if (record.finished_at or 0.0) < oldest or (size and room < 0):
            due.append(record)
    return due


def _all_jobs(jobs: SqlJobs) -> Iterator[JobRecord]:
    page = jobs.page(JobFilter(), limit=JOBS_PER_PAGE)
    while page:
        yield from page
        page = jobs.page(JobFilter(), before=page[-1].id, limit=JOBS_PER_PAGE)


def _remove_thread(settings: Settings, thread_id: str) -> None:
    """The job's folder and its checkpoints; left alone where a call has the job in hand."""
    folder = settings.data_dir / "jobs" / thread_id
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    try:
        with open_checkpoints(settings) as saver:
            saver.delete_thread(thread_id)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


def _remove_files(settings: Settings, records: list[JobRecord]) -> None:
    """Uploads that no job names, videos whose job is gone, and old logs; never what a person put there."""
    now = time.time()
    named = {str(record.request.get(what)) for record in records for what in ("image", "audio")}
    numbers = {record.id for record in records}

    def is_unused_upload(path: Path) -> bool:
        return bool(UPLOAD_FORM.fullmatch(path.name)) and str(path) not in named

    def is_orphan(path: Path) -> bool:
        return bool(NUMBER_FORM.fullmatch(path.stem)) and path.stem not in numbers

    _remove_older(settings.data_dir / "inputs", now - UNUSED_UPLOAD_SECONDS, is_unused_upload)
    _remove_older(settings.data_dir / "outputs", now - UNUSED_UPLOAD_SECONDS, is_orphan)
    _remove_older(settings.data_dir / "logs", now - settings.retention_days * SECONDS_PER_DAY, lambda _path: True)


def _remove_older(folder: Path, before: float, may_go: Callable[[Path], bool]) -> None:
    """Files in the folder and below that were written before then; a use counts as writing."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and _written(path) < before and may_go(path):
            path.unlink(missing_ok=True)
            _log.info("removed %s", path)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
