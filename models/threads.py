"""How many cores a network takes in a thread."""

from concurrent.futures import Executor, ThreadPoolExecutor

from threadpoolctl import threadpool_limits

from avatar.settings import core_count


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
