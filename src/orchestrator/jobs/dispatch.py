"""The interface between those who ask for videos and those who make them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from orchestrator.jobs.record import JobFailure, JobFilter, JobProgress, JobRecord, JobStatus, NewJob

Order = Literal["go_on", "step_back", "cancel", "let_go"]
"""What a worker is told when it renews a lease: go on, step back for those who wait, end because the user cancelled,
or let go because the job is another worker's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job's run ended. `result` is for `completed` and `waiting_review`, `failure` for `failed`."""

    status: Literal["completed", "waiting_review", "failed", "cancelled"]
    result: dict[str, Any] | None = None
    failure: JobFailure | None = None


class Dispatch(Protocol):
    """Hands jobs to workers. Every call is atomic and safe from many processes at once."""

    def submit(self, jobs: Sequence[NewJob]) -> list[JobRecord]:
        """All of them or none. Raises `QueueFullError`."""
        ...

    def claim(self, owner: str) -> JobRecord | None:
        """The job that has waited longest, now running under the owner's lease; None where none waits.

        Jobs whose lease has run out wait again; those that ran out of attempts fail.
        """
        ...

    def renew(self, job: str, owner: str, *, thread_id: str, progress: JobProgress | None = None) -> Order: ...

    def finish(self, job: str, owner: str, outcome: Outcome) -> bool:
        """False, and nothing changes, where the job is no longer the owner's."""
        ...

    def step_back(self, job: str, owner: str, *, keep_place: bool = False) -> None:
        """Back into the queue, behind those who wait unless it keeps its place, with no attempt counted."""
        ...

    def release(self, owner: str) -> list[str]:
        """The jobs of an owner who died wait again at once, at the front; their numbers."""
        ...


class JobBoard(Protocol):
    """Where everybody else looks at jobs and changes them."""

    def get(self, job: str) -> JobRecord:
        """Raises `NotFoundError`."""
        ...

    def look(self, jobs: Iterable[str]) -> dict[str, JobRecord]:
        """Those that exist, by their numbers."""
        ...

    def page(self, wanted: JobFilter, *, before: str | None = None, limit: int = 50) -> list[JobRecord]:
        """Newest first, those older than `before`. Numbers sort by the time of their making."""
        ...

    def every(self, wanted: JobFilter) -> Iterator[JobRecord]:
        """All of them, newest first, read page by page; those that are made meanwhile may be missing."""
        ...

    def counts(self) -> dict[JobStatus, int]:
        """Jobs of every status, zeros too."""
        ...

    def cancel(self, job: str) -> JobRecord:
        """A waiting job ends at once, a running one within a chunk. Raises `NotFoundError`, `ConflictError` (ended)."""
        ...

    def save_performance(self, job: str, performance: Mapping[str, Any], *, mark: str | None = None) -> JobRecord:
        """Replaces the performance of a job that waits for review, which goes on waiting.

        Raises `NotFoundError`, `ConflictError` (it waits for no review), and `ChangedError` where a `mark` is given
        that is not that of the performance that it has.
        """
        ...

    def resume(self, job: str, performance: Mapping[str, Any] | None = None, *, mark: str | None = None) -> JobRecord:
        """Puts a job that waits for review back in the queue, with another performance where one is given.

        Raises what `save_performance` raises, and `QueueFullError`.
        """
        ...

    def remove(self, job: str) -> JobRecord:
        """Forgets a job that has ended. Raises `NotFoundError`, `ConflictError` (it has not ended)."""
        ...
