"""Faces given their detail back: GFPGAN from its file, over pictures as the project holds them."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.errors import RenderError
from avatar.settings import core_count
from avatar.types import Image
from models.acceleration import dtype_of, made_ready
from models.batching import BatchSize, Room, in_batches
from models.computing import Computing
from models.convolution import has_winograd
from models.memory import machine_memory
from models.states import fill, read_state, unfilled
from models.threads import network_threads

NETWORK: Final = "GFPGAN"
WRAPPED_AS: Final = ("params_ema", "params")
SIDE: Final = 512
HALF_WHITE: Final = 127.5

BYTES_PER_FACE: Final = 700_000_000
"""What a face takes while it is restored in fp32; half of that stays with the thread that did it."""

MOST_FACES: Final = 8
"""At once, on a processor."""


def load_restorer(path: Path, computing: Computing) -> "FaceRestorer":
    """The network in the file at `path`: v1.2, v1.3 or v1.4, clean. Raises `WeightsError`, `MissingExtraError`."""
    state = read_state(path, under=WRAPPED_AS)
    from models.gfpgan.network import Gfpgan

    network = unfilled(Gfpgan)
    fill(network, state, path)
    return restorer_of(network, computing)


def restorer_of(network: Any, computing: Computing) -> "FaceRestorer":
    """`network`, a `Gfpgan` that holds its weights, made ready for the device; it is changed in place."""
    from models.gfpgan.network import lay_channels_last, use_winograd

    ready: Any = made_ready(network, computing)
    if computing.device == "cpu" and computing.precision == "fp32" and has_winograd():
        use_winograd(ready)
    else:
        lay_channels_last(ready)
    if computing.compiled:
        import torch

        ready = torch.compile(ready)
    return FaceRestorer(ready, computing)


def threads_for(computing: Computing) -> int:
    """How many threads may restore faces side by side: as many as cores and half of the free memory allow."""
    if computing.device != "cpu":
        return 1
    memory = machine_memory()
    room = MOST_FACES if memory is None else min(MOST_FACES, memory.free // 2 // BYTES_PER_FACE)
    return max(1, min(core_count(), room // computing.batch))


class FaceRestorer:
    """Restores faces that are aligned as FFHQ's. Safe for threads.

    `network` maps faces (n, 3, 512, 512) in -1..1, RGB, to the same, and may be called by `threads` at once. On a
    processor each thread has a core to itself and `computing.batch` faces; on a card there is one thread.
    """

    def __init__(self, network: Any, computing: Computing, threads: int | None = None) -> None:
        self._network = network
        self._computing = computing
        self._dtype = dtype_of(computing.precision)
        self._threads = threads or threads_for(computing)
        self._workers = network_threads(NETWORK, computing.device, self._threads)
        self._batch = BatchSize(computing.batch * self._threads, NETWORK)
        self._room = Room(self._batch)

    @property
    def batch(self) -> int:
        """Faces at once, in all threads together."""
        return self._batch.size

    @property
    def notes(self) -> tuple[str, ...]:
        """Each time that memory ran out and the batch was halved, in words."""
        return self._batch.notes

    def restore(self, faces: Image) -> Image:
        """(n, 512, 512, 3) uint8 RGB of `faces`, which are the same. A face gives the same face always.

        Raises `RenderError` where the network gives no numbers, or memory does not suffice for one face.
        """
        pieces = in_batches(len(faces), lambda part: self._restored(faces[part]), self._batch)
        return np.concatenate([np.zeros((0, SIDE, SIDE, 3), np.uint8), *pieces])

    def _restored(self, faces: Image) -> Image:
        each = -(-len(faces) // self._threads)
        shares = [faces[first : first + each] for first in range(0, len(faces), each)]
        return np.concatenate(list(self._workers.map(self._share_restored, shares)))

    def _share_restored(self, faces: Image) -> Image:
        import torch

        with self._room.taken(len(faces)), torch.inference_mode():
            shown = torch.from_numpy(np.ascontiguousarray(faces)).to(self._computing.device)
            shown = shown.permute(0, 3, 1, 2).to(self._dtype).div_(HALF_WHITE).sub_(1.0)
            drawn = self._network(shown).float()
            if not bool(torch.isfinite(drawn).all()):
                raise RenderError(
                    f"{NETWORK} drew faces that are no numbers (NaN), in {self._computing.precision}.",
                    cure="Compute in fp32, or download its file again: `python main.py models verify`.",
                )
            pixels = drawn.add_(1.0).mul_(HALF_WHITE).round_().clamp_(0.0, 255.0).to(torch.uint8)
            picture: Image = pixels.permute(0, 2, 3, 1).contiguous().cpu().numpy()
        return picture
