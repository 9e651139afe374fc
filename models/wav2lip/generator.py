"""Lips for faces: Wav2Lip's generator from its file, over pictures as the project holds them."""

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.errors import RenderError
from avatar.types import Floats, Image
from models.acceleration import compiled, dtype_of, made_ready
from models.batching import BatchSize, in_batches
from models.computing import Computing
from models.states import fill, read_state, unfilled

if TYPE_CHECKING:
    from torch import Tensor

NETWORK: Final = "Wav2Lip"
SIDE: Final = 96
MEL_BANDS: Final = 80
MEL_COLUMNS: Final = 16
HIDDEN_FROM_ROW: Final = SIDE // 2
WHITE: Final = 255.0


def load_generator(path: Path, computing: Computing) -> "LipGenerator":
    """The generator in the file at `path`, base or GAN. Raises `WeightsError`, `MissingExtraError`."""
    state = read_state(path)
    from models.wav2lip.network import Wav2LipNetwork

    network = unfilled(Wav2LipNetwork)
    fill(network, state, path)
    return generator_of(network, computing)


def generator_of(network: Any, computing: Computing) -> "LipGenerator":
    """`network`, a `Wav2LipNetwork` that holds its weights, made ready for the device; it is changed in place.

    Where `computing.compiled`, a batch is drawn at once, by which it is compiled.
    """
    from models.wav2lip.network import on_processor

    ready: Any = made_ready(network, computing)
    if computing.device == "cpu" and computing.precision == "fp32":
        ready = on_processor(ready)
    if computing.compiled:
        ready = compiled(ready, lambda made: LipGenerator(made, computing).warm_up())
    return LipGenerator(ready, computing)


class LipGenerator:
    """Draws faces that say what is heard. Safe for threads: a card draws one batch at a time.

    `network` maps mel (n, 1, 80, 16), face (n, 6, 96, 96) and the first row to pictures (n, 3, 96 - row, 96) in 0..1,
    as `Wav2LipNetwork` does.
    """

    def __init__(self, network: Any, computing: Computing) -> None:
        self._network = network
        self._computing = computing
        self._dtype = dtype_of(computing.precision)
        self._batch = BatchSize(computing.batch, NETWORK)
        self._lock = nullcontext() if computing.device == "cpu" else threading.Lock()

    @property
    def notes(self) -> tuple[str, ...]:
        """Each time that memory ran out and the batch was halved, in words."""
        return self._batch.notes

    def draw(self, mels: Floats, faces: Image, *, top: int = 0) -> Image:
        """(n, 96, 96, 3) RGB: `faces` (n, 96, 96, 3) RGB with the lips of what is heard in `mels` (n, 80, 16).

        A face is the box from the forehead to the chin; its lower half is not shown to the network as the frame to
        draw, but as the picture that tells whose face it is. Values are truncated, as the original does. Rows above
        `top` are those of `faces`, and cost nothing; from `top` on they are the same whatever it is. Raises
        `RenderError` where the network gives no numbers, or memory does not suffice for one face.
        """
        if len(mels) != len(faces):
            raise ValueError(f"{len(faces)} faces, but {len(mels)} windows of sound")
        pieces = in_batches(len(faces), lambda part: self._drawn(mels[part], faces[part], top), self._batch)
        return np.concatenate([np.zeros((0, SIDE, SIDE, 3), np.uint8), *pieces])

    def warm_up(self) -> None:
        """Draws one batch of nothing, so that the first real one does not wait for the device to be set up."""
        count = self._batch.size
        self.draw(np.zeros((count, MEL_BANDS, MEL_COLUMNS), np.float32), np.zeros((count, SIDE, SIDE, 3), np.uint8))

    def _drawn(self, mels: Floats, faces: Image, top: int) -> Image:
        import torch

        with self._lock, torch.inference_mode():
            drawn = self._network(self._on_device(mels[:, None]), self._shown(faces), top).float()
            if not bool(torch.isfinite(drawn).all()):
                raise RenderError(
                    f"{NETWORK} drew pictures that are no numbers (NaN), in {self._computing.precision}.",
                    cure="Compute in fp32, or download its file again: `python main.py models verify`.",
                )
            pixels = drawn.mul_(WHITE).to(torch.uint8).permute(0, 2, 3, 1)[..., [2, 1, 0]]
            below: Image = pixels.contiguous().cpu().numpy()
        return np.concatenate([faces[:, :top], below], axis=1)

    def _shown(self, faces: Image) -> "Tensor":
        """(n, 6, 96, 96) in 0..1, BGR, channels last: the frame without its lower half, and the whole."""
        import torch

        whole = torch.from_numpy(np.ascontiguousarray(faces[..., ::-1])).to(self._computing.device)
        shown = torch.empty((*whole.shape[:3], 6), dtype=self._dtype, device=whole.device)
        shown[..., 3:] = whole
        shown[:, :HIDDEN_FROM_ROW, :, :3] = whole[:, :HIDDEN_FROM_ROW]
        shown[:, HIDDEN_FROM_ROW:, :, :3] = 0.0
        return shown.div_(WHITE).permute(0, 3, 1, 2)

    def _on_device(self, values: Floats) -> "Tensor":
        import torch

        return torch.from_numpy(np.ascontiguousarray(values)).to(self._computing.device, self._dtype)
