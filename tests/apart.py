"""Work in a thread of its own, since the one of the tests may have the event loop of a browser."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Value = TypeVar("Value")


def apart(work: Callable[[], Value]) -> Value:
    """What it returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
