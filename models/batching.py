"""Batches that fit: halved where memory runs out, and kept so."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from avatar.errors import RenderError

if TYPE_CHECKING:
    from types import ModuleType

Result = TypeVar("Result")

MEMORY_WORDS: Final = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "could not allocate",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "unable to find an engine to execute",
)
"""How PyTorch says it where the error has no kind of its own: on the CPU, on MPS, in oneDNN, cuBLAS and cuDNN.

cuDNN finds no engine where none can have the room that it works in.
"""


_HALVINGS: Final[list[str]] = []


class BatchSize:
    """How many frames at once a network draws; safe for threads. `notes` tells of each time that it was halved."""

    def __init__(self, size: int, network: str) -> None:
        self._size = max(1, size)
        self._network = network
        self._notes: tuple[str, ...] = ()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        return self._size

    @property
    def notes(self) -> tuple[str, ...]:
        return self._notes

    def halve(self, tried: int) -> None:
        """After a batch of `tried` did not fit. Raises `RenderError` where that was one frame."""
        with self._lock:
            if tried <= 1:
                raise RenderError(
                    f"{self._network} ran out of memory with a single frame.",
                    cure="Close other programs, or choose a smaller engine or another device.",
                )
            if tried // 2 < self._size:
                self._size = tried // 2
                note = f"{self._network} ran out of memory with {tried} frames at once; it draws {self._size}"
                self._notes += (note,)
                _HALVINGS.append(note)


class Room:
    """Lets no more frames at once through to a network than its batch has; safe for threads."""

    def __init__(self, size: BatchSize) -> None:
        self._size = size
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, frames: int) -> Iterator[None]:
        """Waits until so many fit in. More than there is room for go alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken or self._taken + frames <= self._size.size)
            self._taken += frames
        try:
            yield
        finally:
            with self._changed:
                self._taken -= frames
                self._changed.notify_all()


def halvings() -> tuple[str, ...]:
    """The notes of every batch that was halved in this process, the newest last."""
    return tuple(_HALVINGS)


def in_batches(count: int, work: Callable[[slice], Result], size: BatchSize) -> list[Result]:
    """What `work` gives for each slice of `range(count)`, in order; of `size` frames, or as many as fit.

    Raises `RenderError` where not even one does.
    """
    results: list[Result] = []
    done = 0
    while done < count:
        piece = slice(done, min(done + size.size, count))
        try:
            results.append(work(piece))
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
        else:
            done = piece.stop
            continue
        # Outside the handler, whose traceback would keep the tensors of the failed batch.
        give_memory_back()
        size.halve(piece.stop - piece.start)
    return results


def out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that a device's memory, or this machine's, does not suffice."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in said for words in MEMORY_WORDS)


def give_memory_back() -> None:
    """What nothing holds any more goes back to the devices, where PyTorch is loaded."""
    import gc
    import sys

    gc.collect()
    torch: ModuleType | None = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
