"""How many cores a network takes in a thread."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from threadpoolctl import threadpool_limits

from avatar.settings import core_count


@dataclass
class _Limit:
    """Of this process; 0 is none."""

    threads: int = 0


_limit: Final = _Limit()


def speech_threads() -> int:
    """Threads that a network may take which speaks or recognises speech: as many as there are cores, or the limit."""
    return min(core_count(), _limit.threads or core_count())


def limit_speech_threads(count: int) -> None:
    """For networks of this process that are loaded from here on: others here have to be in time."""
    _limit.threads = count


def network_threads(name: str, device: str, count: int | None = None) -> Executor:
    """Threads in which a network runs, apart from those that make its inputs.

    On a processor `count`, or as many as there are cores, each of which computes alone: batches side by side take less
    of the cores than one batch on all of them, whose parts wait for each other. On a card one.
    """
    if device == "cpu":
        return ThreadPoolExecutor(count or core_count(), thread_name_prefix=name, initializer=compute_alone)
    return ThreadPoolExecutor(1, thread_name_prefix=name)


def compute_alone() -> None:
    """From here on networks of this thread, and of no other, take one core."""
    import torch

    torch.get_num_threads()  # sets the thread up; later it would undo the limit
    threadpool_limits(1, user_api="openmp")
