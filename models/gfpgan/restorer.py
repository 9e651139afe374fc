"""Faces given their detail back: GFPGAN from its file, over pictures as the project holds them."""

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from avatar.errors import RenderError
from avatar.types import Image
from models.acceleration import dtype_of, made_ready
from models.batching import BatchSize, in_batches
from models.computing import Computing
from models.convolution import has_winograd
from models.states import fill, read_state, unfilled

NETWORK: Final = "GFPGAN"
WRAPPED_AS: Final = ("params_ema", "params")
SIDE: Final = 512
HALF_WHITE: Final = 127.5


def load_restorer(path: Path, computing: Computing) -> "FaceRestorer":
    """The network in the file at `path`: v1.2, v1.3 or v1.4, clean. Raises `WeightsError`, `MissingExtraError`."""
    state = read_state(path, under=WRAPPED_AS)
    from models.gfpgan.network import Gfpgan

    network = unfilled(Gfpgan)
    fill(network, state, path)
    return restorer_of(network, computing)


def restorer_of(network: Any, computing: Computing) -> "FaceRestorer":
    """`network`, a `Gfpgan` that holds its weights, made ready for the device; it is changed in place."""
    from models.gfpgan.network import use_winograd

    ready: Any = made_ready(network, computing)
    if computing.device == "cpu" and computing.precision == "fp32" and has_winograd():
        use_winograd(ready)
    if computing.compiled:
        import torch

        ready = torch.compile(ready)
    return FaceRestorer(ready, computing)


class FaceRestorer:
    """Restores faces that are aligned as FFHQ's. Safe for threads: one batch is restored at a time.

    `network` maps faces (n, 3, 512, 512) in -1..1, RGB, to the same.
    """

    def __init__(self, network: Any, computing: Computing) -> None:
        self._network = network
        self._computing = computing
        self._dtype = dtype_of(computing.precision)
        self._batch = BatchSize(computing.batch, NETWORK)
        self._lock = threading.Lock()

    @property
    def batch(self) -> int:
        """Faces at once."""
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
        import torch

        with self._lock, torch.inference_mode():
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
