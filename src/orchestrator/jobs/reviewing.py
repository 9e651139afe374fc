"""The performance of a job while it waits and afterwards, and a mark by which two who edit it notice each other."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from avatar.errors import ChangedError
from orchestrator.jobs.record import JobRecord

MARK_DIGITS: Final = 16


def performance_of(record: JobRecord) -> dict[str, Any] | None:
    """What a job has played; before that what was handed in for it, or else what waits; None where there is none."""
    written: dict[str, Any] | None = (record.result or {}).get("performance")
    if record.status == "completed":
        return written
    handed_in: dict[str, Any] | None = record.request.get("performance")
    return handed_in or written


def mark_of(performance: Mapping[str, Any]) -> str:
    """The same for equal content, in hexadecimal digits."""
    text = json.dumps(performance, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:MARK_DIGITS]


def require_mark(record: JobRecord, mark: str | None) -> None:
    """Raises `ChangedError` where a mark is given that is not that of the job's performance."""
    performance = performance_of(record)
    if mark is None or (performance is not None and mark_of(performance) == mark):
        return
    raise ChangedError(
        f"The performance of the job {record.id} was changed by somebody else since it was read.",
        cure="Read it again, and make the change anew; or leave out If-Match, and replace what the other one wrote.",
    )
