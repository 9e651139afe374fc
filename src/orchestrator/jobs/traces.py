"""What a job that is removed leaves behind: its video goes at once, its thread when no other job has the same one."""

from typing import Final

from avatar.settings import Settings
from orchestrator.jobs.names import output_files
from orchestrator.jobs.record import JobRecord

SPANS_FILE: Final = "spans.jsonl"
"""In a job's folder: its trace."""

FORGOTTEN_FILE: Final = "forgotten"
"""In a job's folder: the folder may go, with its checkpoints, where no job in the table has its thread."""


def mark_forgotten(settings: Settings, record: JobRecord) -> None:
    """Before the job leaves the table: whoever is killed in between leaves a folder that can still be found."""
    if record.thread_id and (folder := settings.data_dir / "jobs" / record.thread_id).is_dir():
        (folder / FORGOTTEN_FILE).touch()


def remove_outputs(settings: Settings, job: str) -> None:
    for path in output_files(settings, job):
        path.unlink(missing_ok=True)


def forgotten_threads(settings: Settings) -> list[str]:
    return [path.parent.name for path in (settings.data_dir / "jobs").glob(f"*/{FORGOTTEN_FILE}")]
