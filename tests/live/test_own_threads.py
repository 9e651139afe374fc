"""Openings and closings of sessions do not wait for each other."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from avatar.settings import Settings
from live.conversation import opening
from live.conversation.opening import TalkingPartner, open_partner
from live.messages import Chosen, StartStream
from live.own_thread import in_own_thread
from live.plan import SessionPlan
from tests.live.loops import run

NOBODY = Chosen(name=None, why="a test")


class Hanging:
    """A conversation that does not close before it may."""

    def __init__(self, may_close: threading.Event) -> None:
        self.may_close = may_close

    def close(self) -> None:
        assert self.may_close.wait(20)


def test_sessions_open_while_many_close_and_close_while_many_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = SessionPlan(session="one", start=StartStream(image="-"), image="-", name="Grey")
    go_on, begun = threading.Event(), threading.Semaphore(0)
    quick = TalkingPartner(cast(Any, None), NOBODY, NOBODY, NOBODY)
    ready: list[Callable[[], TalkingPartner]] = []
    monkeypatch.setattr(opening, "open_conversation", lambda *_: ready.pop()())

    def slow() -> TalkingPartner:
        if len(ready) == 1:
            begun.release()
        assert go_on.wait(20)
        return quick

    async def scenario() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        hanging = TalkingPartner(cast(Any, Hanging(go_on)), NOBODY, NOBODY, NOBODY)
        going_on: list[asyncio.Task[Any]] = [asyncio.create_task(hanging.close()) for _ in range(20)]
        ready.extend([quick_one, *[slow] * 20])
        going_on += [asyncio.create_task(open_partner(plan, cast(Any, None), Settings())) for _ in range(20)]
        assert await in_own_thread(lambda: begun.acquire(timeout=20), "waits")
        assert await open_partner(plan, cast(Any, None), Settings()) is quick
        closed = threading.Event()
        closed.set()
        await TalkingPartner(cast(Any, Hanging(closed)), NOBODY, NOBODY, NOBODY).close()
        assert not any(task.done() for task in going_on)
        go_on.set()
        await asyncio.gather(*going_on)

    def quick_one() -> TalkingPartner:
        return quick

    run(scenario)


def test_what_fails_in_its_thread_is_raised_and_what_nobody_waits_for_goes_on() -> None:
    went_on, may_end = threading.Event(), threading.Event()

    def fail() -> None:
        raise ValueError("broken")

    def linger() -> None:
        assert may_end.wait(20)
        went_on.set()

    async def scenario() -> None:
        with pytest.raises(ValueError, match="broken"):
            await in_own_thread(fail, "fails")
        waiting = asyncio.create_task(in_own_thread(linger, "lingers"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        may_end.set()

    run(scenario)
    assert went_on.wait(20)
