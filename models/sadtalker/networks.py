"""SadTalker's networks over sounds, pictures and coefficients as the project holds them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.types import Floats, Image
from models.computing import Computing
from models.sadtalker.drawing import Drawing
from models.sadtalker.smoothing import smoothed

if TYPE_CHECKING:
    from torch import Tensor

    from models.sadtalker.prepared import PreparedSource

WHITE: Final = 255.0
POSE: Final = 6


@dataclass(frozen=True, eq=False)
class SadTalkerNetworks:
    """What `load_sadtalker` loads; each network is a PyTorch module on `computing.device`. Safe for threads.

    `size` is that of the pictures, 256 or 512; `drawing` is shared by all that are prepared.
    """

    audio2exp: Any
    audio2pose: Any
    mapping: Any
    kp_extractor: Any
    generator: Any
    recon: Any
    size: int
    computing: Computing
    drawing: Drawing

    @property
    def coefficients(self) -> int:
        """How many coefficients the mapping network takes: 70, or 73 for whole pictures."""
        count: int = self.mapping.first[0].in_channels
        return count

    def source_coefficients(self, face: Image) -> Floats:
        """(257,) of a face (224, 224, 3) RGB, aligned by its five points.

        Identity 80, expression 64, texture 80, angles 3, light 27, translation 3; angles in radians.
        """
        import torch

        with torch.inference_mode():
            found: Floats = _array(self.recon(self._picture(face)))[0]
        return found

    def expressions(self, mels: Floats, ref: Floats, blink: Floats) -> Floats:
        """(t, 64): expressions for what is heard in `mels` (t, 80, 16), see `sad_mel_windows`.

        `ref` (64,) is the expression of the source; `blink` (t,) in 0..1, closed eyes.
        """
        import torch

        with torch.inference_mode():
            refs = self._tensor(ref).expand(len(mels), -1)
            heard = self._tensor(mels)[:, None]
            return _array(self.audio2exp(heard, refs, self._tensor(blink)[:, None]))

    def poses(self, mels: Floats, ref: Floats, style: int, z: Floats) -> Floats:
        """(t, 6): the head for what is heard in `mels` (t, 80, 16), smoothed over time.

        Three angles in radians and a translation. `ref` (70,) or (73,) are the coefficients of the source, from whose
        pose it starts; `style` is 0..45; `z` (`pose_windows(t)` or more, 64) standard normal numbers, by which two
        takes of the same sound differ.
        """
        import torch

        with torch.inference_mode():
            start = self._tensor(np.asarray(ref)[64 : 64 + POSE])
            moved = self.audio2pose(self._tensor(mels)[:, None], start, style, self._tensor(z))
            return smoothed(_array(moved))

    def prepare(self, source: Image, source_semantics: Floats) -> "PreparedSource":
        """A picture (size, size, 3) RGB with its coefficients (70,) or (73,), ready to be drawn in motion.

        All that depends on it alone is computed here, once.
        """
        from models.sadtalker.prepared import prepared_source

        if source.shape != (self.size, self.size, 3):
            raise ValueError(f"A source of {self.size} x {self.size} pixels was loaded for, not {source.shape}")
        return prepared_source(self, self._picture(source), source_semantics)

    def _picture(self, image: Image) -> "Tensor":
        """(1, 3, h, w) in 0..1."""
        return self._tensor(image.transpose(2, 0, 1)[None]) / WHITE

    def _tensor(self, values: "Floats | Image") -> "Tensor":
        import torch

        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.computing.device)


def pose_windows(frames: int) -> int:
    """How many latents `poses` takes for `frames` frames."""
    from models.sadtalker.pose import windows

    return windows(frames)


def _array(tensor: "Tensor") -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
