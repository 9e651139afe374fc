"""Numbers for jobs, batches and characters, and where a job's video lies."""

import re
import secrets
import time
from pathlib import Path
from typing import Final

from avatar.settings import Settings
from orchestrator.jobs.record import JobRecord

NUMBER_FORM: Final = re.compile(r"[0-9a-f]{22}")
UPLOAD_FORM: Final = re.compile(r"[0-9a-f]{64}\.[a-z0-9]+")
"""An upload is named after the SHA-256 of its content."""


def new_id() -> str:
    """22 hexadecimal digits that sort by time: 12 of milliseconds since the epoch, 10 by chance."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


def output_path(settings: Settings, job: str, suffix: str = ".mp4") -> Path:
    """Where the job's video lies, or will; `suffix` is its format's."""
    return settings.data_dir / "outputs" / f"{job}{suffix}"


def video_path(settings: Settings, record: JobRecord) -> Path:
    """Where the video of a job in the table lies, or will."""
    return output_path(settings, record.id, record.video_format.suffix)


def output_files(settings: Settings, job: str) -> list[Path]:
    """The job's video and what was made of it on demand: thumbnail, exported motion."""
    return sorted((settings.data_dir / "outputs").glob(f"{job}.*"))
