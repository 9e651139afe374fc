"""One poller tells all watchers, ends with them, and survives what the database does."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from api.rest import feed as feed_module
from api.rest.feed import JobFeed
from avatar.errors import NotFoundError
from orchestrator.database import DatabaseError
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.record import JobRecord
from tests.apart import apart
from tests.api.rest.watched_service import PATIENCE_SECONDS, WatchedService, completed, open_watched, until

Value = TypeVar("Value")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path) as found:
        yield found


def run(work: Coroutine[Any, Any, Value]) -> Value:
    return apart(lambda: asyncio.run(asyncio.wait_for(work, PATIENCE_SECONDS)))


async def seen_by(feed: JobFeed, job: str, after: int = -1) -> list[JobRecord]:
    return [record async for record in feed.watch(job, after)]


async def moved(call: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(call, *arguments)


async def watchers(feed: JobFeed, count: int) -> None:
    await moved(until, lambda: feed.watchers == count)


def test_a_watcher_sees_the_job_to_its_end(watched: WatchedService) -> None:
    feed, job = watched.service.feed, watched.submit().id

    async def story() -> list[JobRecord]:
        seen = []
        async for record in feed.watch(job):
            seen.append(record)
            if record.status == "queued":
                await moved(watched.start)
            elif record.progress.done == 0:
                await moved(watched.advance, job, 1)
            elif record.status == "running":
                await moved(watched.end, job, completed())
        return seen

    seen = run(story())
    assert [record.status for record in seen] == ["queued", "running", "running", "completed"]
    revisions = [record.revision for record in seen]
    assert revisions == sorted(set(revisions))
    assert feed.watchers == 0


def test_what_the_watcher_knows_is_not_told_again(watched: WatchedService) -> None:
    record = watched.complete()
    assert run(seen_by(watched.service.feed, record.id, after=record.revision - 1)) == [record]


def test_a_watch_ends_where_the_job_waits_for_review(watched: WatchedService) -> None:
    job = watched.submit().id
    watched.start()
    watched.end(job, Outcome(status="waiting_review", result=completed().result))
    assert [record.status for record in run(seen_by(watched.service.feed, job))] == ["waiting_review"]


def test_one_poller_serves_all_watchers(watched: WatchedService, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = watched.service.feed
    asked: list[set[str]] = []
    jobs = [watched.submit().id for _ in range(3)]
    look = watched.jobs.look

    def counted(wanted: Iterable[str]) -> dict[str, JobRecord]:
        asked.append(set(wanted))
        return look(asked[-1])

    monkeypatch.setattr(watched.jobs, "look", counted)

    async def story() -> list[list[JobRecord]]:
        tasks = [asyncio.create_task(seen_by(feed, job)) for job in [*jobs, *jobs]]
        await watchers(feed, 6)
        await moved(until, lambda: set(jobs) in asked)
        before = len(asked)
        for job in jobs:
            await moved(watched.jobs.cancel, job)
        found = await asyncio.gather(*tasks)
        assert len(asked) > before
        quiet = len(asked)
        await asyncio.sleep(3 * feed_module.POLL_SECONDS)
        assert len(asked) == quiet, "nobody watches, and the table is still looked at"
        return found

    assert {record.status for seen in run(story()) for record in seen[-1:]} == {"cancelled"}


def test_a_watcher_that_goes_away_leaves_nothing(watched: WatchedService) -> None:
    feed, job = watched.service.feed, watched.submit().id

    async def story() -> None:
        task = asyncio.create_task(seen_by(feed, job))
        await watchers(feed, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert feed.watchers == 0
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    apart(lambda: asyncio.run(story()))


def test_a_database_that_fails_for_a_while_ends_no_watch(
    watched: WatchedService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    feed, job = watched.service.feed, watched.submit().id
    look = watched.jobs.look
    failures: list[Iterable[str]] = []

    def shaky(wanted: Iterable[str]) -> dict[str, JobRecord]:
        if len(failures) < 3:
            failures.append(wanted)
            raise DatabaseError("The database is away.")
        return look(wanted)

    monkeypatch.setattr(watched.jobs, "look", shaky)
    monkeypatch.setattr(feed_module, "PAUSE_SECONDS", 0.01)

    async def story() -> list[JobRecord]:
        task = asyncio.create_task(seen_by(feed, job))
        await moved(until, lambda: len(failures) == 3)
        await moved(watched.jobs.cancel, job)
        return await task

    assert run(story())[-1].status == "cancelled"
    assert "cannot be looked at" in caplog.text


def test_a_removed_job_ends_its_watches(watched: WatchedService) -> None:
    feed, job = watched.service.feed, watched.submit().id

    async def story() -> JobRecord:
        ended = asyncio.create_task(feed.ended(watched.jobs.get(job), PATIENCE_SECONDS))
        await watchers(feed, 1)
        await moved(remove, watched, job)
        return await ended

    assert run(story()).id == job


def remove(watched: WatchedService, job: str) -> None:
    watched.jobs.cancel(job)
    watched.jobs.remove(job)


def test_ended_comes_with_the_end_and_with_the_time(watched: WatchedService) -> None:
    feed, record = watched.service.feed, watched.submit()

    async def story() -> tuple[JobRecord, JobRecord]:
        first = await feed.ended(record, 0.0)
        await moved(watched.start)
        waiting = asyncio.create_task(feed.ended(record, PATIENCE_SECONDS))
        await watchers(feed, 1)
        await moved(watched.end, record.id, completed())
        return first, await waiting

    first, last = run(story())
    assert (first.status, last.status) == ("queued", "completed")


def test_closing_ends_every_watch_at_once(watched: WatchedService) -> None:
    feed, job = watched.service.feed, watched.submit().id

    async def story() -> None:
        streams = [asyncio.create_task(seen_by(feed, job)) for _ in range(2)]
        ended = asyncio.create_task(feed.ended(watched.jobs.get(job), 3600))
        await watchers(feed, 3)
        await moved(feed.close)
        assert [len(seen) for seen in await asyncio.gather(*streams)] == [1, 1]
        assert (await ended).status == "queued"
        assert (await feed.ended(watched.jobs.get(job), 3600)).status == "queued"

    run(story())


def test_an_unknown_job_is_an_error(watched: WatchedService) -> None:
    with pytest.raises(NotFoundError):
        run(seen_by(watched.service.feed, "0" * 22))
