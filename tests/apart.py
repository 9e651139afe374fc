"""Work in a thread of its own, since the one of the tests may have the event loop of a browser."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Value = TypeVar("Value")


def apart(work: Callable[[], Value]) -> Value:
    """What it returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def run_apart(work: Coroutine[Any, Any, Value]) -> Value:
    """What it returns, in an event loop of its own."""
    return apart(lambda: asyncio.run(work))
