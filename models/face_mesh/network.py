"""A .tflite network behind a lock."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.errors import WeightsError
from avatar.types import Floats, Image

_stderr_lock: Final = threading.Lock()


class Network:
    """A network with one image input (1, side, side, 3) float32. Safe to call from several threads.

    Raises `WeightsError` where the file is not a network that LiteRT can run.
    """

    def __init__(self, path: Path, outputs: Sequence[str]) -> None:
        self._interpreter = _load(path)
        self._lock = threading.Lock()
        shape = self._interpreter.get_input_details()[0]
        self._input = int(shape["index"])
        self.side = int(shape["shape"][1])
        indices = {detail["name"]: int(detail["index"]) for detail in self._interpreter.get_output_details()}
        missing = [name for name in outputs if name not in indices]
        if missing:
            raise WeightsError(f"{path.name} has no output {missing[0]}.", cure=_CURE)
        self._outputs = [indices[name] for name in outputs]

    def __call__(self, image: Image, low: float = 0.0) -> list[Floats]:
        """The named outputs for an RGB picture of the network's side, its values scaled to `low`..1."""
        batch = (image[None].astype(np.float32) * ((1.0 - low) / 255.0)) + np.float32(low)
        with self._lock:
            self._interpreter.set_tensor(self._input, batch)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


_CURE: Final = "Fetch it again with `python main.py models download`."


def _load(path: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with _quiet_stderr():
            interpreter = Interpreter(str(path), num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as error:
        raise WeightsError(f"{path.name} cannot be loaded: {error}.", cure=_CURE) from None
    return interpreter


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keeps the line that LiteRT's native code prints about its CPU delegate off the terminal."""
    with _stderr_lock:
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        with open(os.devnull, "wb") as sink:  # noqa: PTH123 - a descriptor is needed
            os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
