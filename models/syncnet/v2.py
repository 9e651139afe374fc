"""SyncNet from its file, over pictures and sound as the project holds them."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.errors import AudioError
from avatar.types import Floats, Image
from models.acceleration import made_ready
from models.batching import BatchSize, in_batches
from models.computing import Computing
from models.states import fill, read_state, unfilled
from models.syncnet.measure import SyncScore, score_of, shifted_distances
from models.syncnet.mfcc import int16_samples, mfcc

if TYPE_CHECKING:
    from torch import Tensor

NETWORK: Final = "SyncNet"
FPS: Final = 25
SIDE: Final = 224
WINDOW_FRAMES: Final = 5
WINDOW_STEPS: Final = 20
STEPS_PER_FRAME: Final = 4
SAMPLES_PER_FRAME: Final = 640


def load_syncnet(path: Path, computing: Computing) -> "SyncNet":
    """SyncNet from the file at `path`. Computes in fp32 whatever `computing` says, as a measure must.

    Raises `WeightsError`, `MissingExtraError`.
    """
    state = read_state(path)
    from models.syncnet.network import SyncNetwork

    network = unfilled(SyncNetwork)
    fill(network, state, path)
    exact = Computing(device=computing.device, batch=computing.batch)
    return SyncNet(made_ready(network, exact), exact)


class SyncNet:
    """Tells how well lips and sound agree. Safe for threads."""

    def __init__(self, network: Any, computing: Computing) -> None:
        self._network = network
        self._device = computing.device
        self._batch = BatchSize(computing.batch, NETWORK)
        self._lock = threading.Lock()

    @property
    def notes(self) -> tuple[str, ...]:
        """Each time that memory ran out and the batch was halved, in words."""
        return self._batch.notes

    def offset_and_confidence(self, crops: Image, samples: Floats) -> SyncScore:
        """The score of faces `crops` (n, 224, 224, 3) RGB at 25 fps and mono sound `samples` at 16 kHz in -1..1.

        Faces are cropped as SyncNet's own pipeline does: the detector's box widened by 0.4 of half its side to the
        left, right and below. Raises `AudioError` where both together are shorter than six frames.
        """
        windows = min(len(crops), len(samples) // SAMPLES_PER_FRAME) - WINDOW_FRAMES
        if windows < 1:
            raise AudioError(
                f"{len(crops)} frames with {len(samples)} samples of sound are too short for {NETWORK}.",
                cure="It needs six frames at 25 fps (240 ms) or more, with their sound.",
            )
        heard = self.sound_features(samples, windows)
        return score_of(shifted_distances(self.lip_features(crops, windows), heard))

    def lip_features(self, crops: Image, windows: int) -> Floats:
        """(windows, 1024) of the windows of five frames that begin at each of the first frames."""

        def features(part: slice) -> Floats:
            film = np.ascontiguousarray(crops[part.start : part.stop + WINDOW_FRAMES - 1, ..., ::-1])
            with self._lock:
                return self._lips(film)

        return np.concatenate(in_batches(windows, features, self._batch))

    def sound_features(self, samples: Floats, windows: int) -> Floats:
        """(windows, 1024) of the windows of 200 ms that begin with each of the first frames at 25 fps."""
        cepstra = mfcc(int16_samples(samples)).T.astype(np.float32)
        starts = np.arange(windows) * STEPS_PER_FRAME
        every = np.lib.stride_tricks.sliding_window_view(cepstra, WINDOW_STEPS, axis=1)[:, starts]
        heard = np.ascontiguousarray(every.transpose(1, 0, 2)[:, None])

        def features(part: slice) -> Floats:
            with self._lock:
                return self._sound(heard[part])

        return np.concatenate(in_batches(windows, features, self._batch))

    def _lips(self, film: Image) -> Floats:
        import torch

        with torch.inference_mode():
            faces = torch.from_numpy(film).to(self._device).permute(3, 0, 1, 2)[None].float()
            return _array(self._network.forward_lip(faces)[0])

    def _sound(self, heard: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            return _array(self._network.forward_aud(torch.from_numpy(heard).to(self._device)))


def _array(tensor: "Tensor") -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
