"""What the service forgets: old jobs with their files, videos beyond the limit, uploads that nobody used."""

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from avatar.errors import ConflictError, NotFoundError
from avatar.files import PARTIAL_PREFIX, held_file
from avatar.settings import Settings
from orchestrator.artifacts import usable_folder
from orchestrator.checkpoints import open_checkpoints
from orchestrator.jobs.names import NUMBER_FORM, UPLOAD_FORM
from orchestrator.jobs.record import ENDED, Holding
from orchestrator.jobs.table import SqlJobs
from orchestrator.jobs.traces import forgotten_threads
from orchestrator.run import BYTES_PER_GIGABYTE, LOCK_FILE, RUNNING_FILE, SECONDS_PER_DAY

UNUSED_UPLOAD_SECONDS: Final = SECONDS_PER_DAY

_log = logging.getLogger(__name__)


def tidy(jobs: SqlJobs, settings: Settings) -> None:
    """Removes what is due. One process at a time does so; another one leaves at once."""
    with held_file(usable_folder(settings.data_dir / "workers") / "tidy") as is_free:
        if not is_free:
            return
        held = jobs.holdings()
        gone = {job for job in _due(held, settings) if _is_removed(jobs, job)}
        _remove_files(settings, [holding for holding in held if holding.id not in gone])
        for thread_id in forgotten_threads(settings):
            if not jobs.thread_statuses(thread_id):
                _remove_thread(settings, thread_id)
        _remove_signs_of_running(jobs, settings)


def _is_removed(jobs: SqlJobs, job: str) -> bool:
    """False where somebody else removes it at the same time."""
    try:
        jobs.remove(job)
    except (NotFoundError, ConflictError) as error:
        _log.info("not removed: %s", error)
        return False
    _log.info("removed the job %s", job)
    return True


def _due(held: list[Holding], settings: Settings) -> list[str]:
    """Ended jobs that are too old, and the oldest of those whose videos take too much room."""
    sizes = _sizes(settings.data_dir / "outputs")
    oldest = time.time() - settings.retention_days * SECONDS_PER_DAY
    room = settings.max_output_gigabytes * BYTES_PER_GIGABYTE
    due = []
    ended = [holding for holding in held if holding.status in ENDED]
    for holding in sorted(ended, key=lambda holding: holding.finished_at or 0.0, reverse=True):
        size = sizes[holding.id]
        room -= size
        if (holding.finished_at or 0.0) < oldest or (size and room < 0):
            due.append(holding.id)
    return due


def _sizes(outputs: Path) -> Counter[str]:
    """Bytes of each job's video and of what was made of it."""
    sizes: Counter[str] = Counter()
    for path in outputs.glob("*.*"):
        sizes[path.name.partition(".")[0]] += _size(path)
    return sizes


def _remove_thread(settings: Settings, thread_id: str) -> None:
    """The job's folder and its checkpoints; left alone where a call has the job in hand."""
    folder = settings.data_dir / "jobs" / thread_id
    with held_file(folder / LOCK_FILE) as is_free:
        if is_free:
            with open_checkpoints(settings) as saver:
                saver.delete_thread(thread_id)
            shutil.rmtree(folder, ignore_errors=True)


def _remove_signs_of_running(jobs: SqlJobs, settings: Settings) -> None:
    """Of jobs that ended while no worker had them, which would keep all artifacts for a day.

    What no job of the service has is a command's, which may be made to go on.
    """
    for running in (settings.data_dir / "jobs").glob(f"*/{RUNNING_FILE}"):
        with held_file(running.parent / LOCK_FILE) as is_free:
            statuses = jobs.thread_statuses(running.parent.name)
            if is_free and statuses and statuses <= ENDED:
                running.unlink(missing_ok=True)


def _remove_files(settings: Settings, held: list[Holding]) -> None:
    """Uploads that no job names, videos whose job is gone, and old logs; never what a person put there."""
    now = time.time()
    named = {Path(place).name for holding in held for place in _files_of(holding) if place}
    numbers = {holding.id for holding in held}

    def is_unused_upload(path: Path) -> bool:
        return _is_partial(path) or (bool(UPLOAD_FORM.fullmatch(path.name)) and path.name not in named)

    def is_orphan(path: Path) -> bool:
        job = path.name.partition(".")[0]
        return _is_partial(path) or (bool(NUMBER_FORM.fullmatch(job)) and job not in numbers)

    _remove_older(settings.data_dir / "inputs", now - UNUSED_UPLOAD_SECONDS, is_unused_upload)
    _remove_older(settings.data_dir / "outputs", now - UNUSED_UPLOAD_SECONDS, is_orphan)
    _remove_older(settings.data_dir / "logs", now - settings.retention_days * SECONDS_PER_DAY, _is_traceback)


def _files_of(holding: Holding) -> tuple[str | None, ...]:
    return holding.image, holding.audio, holding.background, holding.film


def _is_partial(path: Path) -> bool:
    return path.name.startswith(PARTIAL_PREFIX)


def _is_traceback(path: Path) -> bool:
    """A `.log` is in some process's hand, and is cut by whoever writes it."""
    return path.suffix == ".txt"


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
