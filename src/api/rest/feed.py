"""News of jobs for everybody who watches: one look at the table for all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from orchestrator.jobs.dispatch import JobBoard
from orchestrator.jobs.record import JobRecord

POLL_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 1.0
"""After a look at the table that failed."""

LOG: Final = logging.getLogger(__name__)


def is_at_rest(record: JobRecord) -> bool:
    """Whether nothing more comes by itself: the job has ended, or waits for a review."""
    return record.has_ended or record.status == "waiting_review"


class Watch:
    """One watcher's view of a job: its newest `record`, and `is_over` once no more news comes."""

    def __init__(self, record: JobRecord) -> None:
        self.record = record
        self.is_over = False
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def newer(self, after: int, seconds: float | None = None) -> JobRecord | None:
        """The record, once its revision is beyond `after`; None when the time is up or the watch is over."""
        try:
            await asyncio.wait_for(self._newer(after), seconds)
        except asyncio.TimeoutError:
            return None
        return self.record if self.record.revision > after else None

    async def _newer(self, after: int) -> None:
        while self.record.revision <= after and not self.is_over:
            self._changed.clear()
            await self._changed.wait()

    def tell(self, record: JobRecord | None) -> None:
        """What a look at the table found; None where the job has been removed."""
        if record is None:
            self._end()
        elif record.revision > self.record.revision:
            self.record = record
            self._changed.set()

    def end(self) -> None:
        """May be called from any thread and from a signal handler."""
        self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self.is_over = True
        self._changed.set()


class JobFeed:
    """Looks at the watched jobs about every 100 ms, in a thread, and only while somebody watches."""

    def __init__(self, board: JobBoard) -> None:
        self._board = board
        self._watches: dict[Watch, str] = {}
        self._poller: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def watchers(self) -> int:
        return len(self._watches)

    async def watch(self, job: str, after: int = -1) -> AsyncIterator[JobRecord]:
        """The job's record whenever its revision is beyond `after`, up to the one at rest.

        Ends early when the job is removed or the feed is closed. Raises `NotFoundError`.
        """
        with self.watching(await self._get(job)) as watch:
            while (record := await watch.newer(after)) is not None:
                yield record
                after = record.revision
                if is_at_rest(record):
                    return

    async def ended(self, record: JobRecord, seconds: float) -> JobRecord:
        """The job's newest record: at rest, or when the time is up, the job removed or the feed closed.

        It is the one given as long as the board tells nothing newer, as where it fails.
        """
        with self.watching(record) as watch:
            try:
                await asyncio.wait_for(_rest(watch), seconds)
            except asyncio.TimeoutError:
                LOG.debug("job %s is not at rest after %s s", record.id, seconds)
            return watch.record

    @contextmanager
    def watching(self, record: JobRecord) -> Iterator[Watch]:
        """Keeps the record of a job up to date inside the block."""
        watch = Watch(record)
        self._watches[watch] = record.id
        watch.is_over = self._is_closed
        self._start()
        try:
            yield watch
        finally:
            del self._watches[watch]
            if not self._watches and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    def close(self) -> None:
        """Ends every watch at once, and those that are still to come. Safe from any thread and from signal handlers."""
        self._is_closed = True
        for watch in list(self._watches):
            watch.end()

    async def _get(self, job: str) -> JobRecord:
        return await asyncio.to_thread(self._board.get, job)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._poller is None or self._poller.done() or self._poller.get_loop() is not loop:
            self._poller = loop.create_task(self._poll())

    async def _poll(self) -> None:
        while not self._is_closed:
            try:
                await self._look()
            except Exception:
                LOG.exception("the jobs cannot be looked at; trying again in %s s", PAUSE_SECONDS)
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        asked = dict(self._watches)
        found = await asyncio.to_thread(self._board.look, set(asked.values()))
        for watch, job in asked.items():
            watch.tell(found.get(job))


async def _rest(watch: Watch) -> None:
    while not (watch.is_over or is_at_rest(watch.record)):
        await watch.newer(watch.record.revision)
