"""Work that may block, each in a thread of its own: however much of it hangs, none of the rest waits for it."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

Value = TypeVar("Value")


async def in_own_thread(work: Callable[[], Value], name: str) -> Value:
    """What `work` returns or raises. Whoever is cancelled meanwhile leaves it to its end.

    The thread, called `name`, does not keep the process from ending. How many there are is for the caller to bound.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Value] = loop.create_future()
    threading.Thread(target=copy_context().run, args=(_run, work, outcome, loop), name=name, daemon=True).start()
    return await outcome


def _run(work: Callable[[], Value], outcome: "asyncio.Future[Value]", loop: asyncio.AbstractEventLoop) -> None:
    done: concurrent.futures.Future[Value] = concurrent.futures.Future()
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
    with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
        loop.call_soon_threadsafe(_settle, outcome, done)


def _settle(outcome: "asyncio.Future[Value]", done: "concurrent.futures.Future[Value]") -> None:
    if outcome.done():
        return
    if (error := done.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(done.result())
