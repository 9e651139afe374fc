"""Event loops of which nothing is left."""

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.apart import run_apart


def open_sockets() -> int:
    """0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    links = (str(link.readlink()) for link in folder.iterdir() if link.is_symlink()) if folder.exists() else ()
    return sum(link.startswith("socket:") for link in links)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """In a loop of its own; afterwards no task, thread or socket of it is left."""
    threads, sockets = threading.active_count(), open_sockets()

    async def whole() -> None:
        await scenario()
        for _ in range(100):
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            if not left:
                break
            await asyncio.sleep(0.02)
        assert left == []

    run_apart(whole())
    if open_sockets() > sockets:
        gc.collect()
    for _ in range(100):
        if threading.active_count() <= threads:
            break
        time.sleep(0.02)
    assert threading.active_count() <= threads
    assert open_sockets() <= sockets
