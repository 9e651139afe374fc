"""Whether the service can do its work, and if not, why."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from anyio import fail_after
from anyio.to_thread import run_sync

from api.rest import machine
from api.rest.service import Service
from avatar.errors import AvatarError
from orchestrator.jobs.presence import living_workers
from orchestrator.jobs.statistics import oldest_wait

LITTLE_DISK_BYTES: Final = 1_000_000_000
NO_WORKER_SECONDS: Final = 30.0
"""So long none may be alive: one that died is started again within seconds."""

DATABASE_SECONDS: Final = 5.0
"""So long a look at the database may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`reasons` says what is wrong; without the database nothing works at all."""

    reasons: tuple[str, ...]
    has_database: bool


class WorkerAbsence:
    """Since when no worker has been seen on this machine."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    def seconds(self, alive: int) -> float:
        """How long none has been alive, where `alive` are now."""
        if alive:
            self._since = None
            return 0.0
        if self._since is None:
            self._since = self._clock()
        return self._clock() - self._since


async def look(service: Service, absence: WorkerAbsence) -> Health:
    settings = service.settings
    try:
        with fail_after(DATABASE_SECONDS):
            waited = await run_sync(oldest_wait, service.engine, time.time(), abandon_on_cancel=True)
            counts = await run_sync(service.board.counts, abandon_on_cancel=True)
    except AvatarError as error:
        return Health(reasons=(error.message,), has_database=False)
    except TimeoutError:
        reason = f"The database did not answer within {DATABASE_SECONDS:g} s."
        return Health(reasons=(reason,), has_database=False)
    alive = len(await run_sync(living_workers, settings))
    absent = absence.seconds(alive)
    reasons = []
    if settings.job_workers and absent > NO_WORKER_SECONDS:
        reasons.append(f"No worker has been alive for {absent:.0f} s.")
    elif not alive and not counts["running"] and waited > NO_WORKER_SECONDS:
        reasons.append(f"Jobs wait for {waited:.0f} s, and no worker takes them.")
    free = (await run_sync(machine.disk, settings.data_dir)).free
    if free < LITTLE_DISK_BYTES:
        reasons.append(f"The disk of DATA_DIR has only {free / 1e6:,.0f} MB free.")
    return Health(reasons=tuple(reasons), has_database=True)
