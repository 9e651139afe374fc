"""A source picture in motion: what depends on it alone computed once, its frames drawn in batches."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.errors import RenderError
from avatar.types import Floats, Image
from models.batching import in_batches
from models.sadtalker.drawing import NETWORK
from models.sadtalker.semantics import still_window

if TYPE_CHECKING:
    from torch import Tensor

    from models.sadtalker.networks import SadTalkerNetworks

WHITE: Final = 255.0


class PreparedSource:
    """Draws frames of one source. Safe for threads: of all sources of its networks one batch is drawn at a time."""

    def __init__(self, networks: "SadTalkerNetworks", features: Any, canonical: "Tensor", source: "Tensor") -> None:
        self._mapping, self._generator = networks.mapping, networks.generator
        self._computing, self._size = networks.computing, networks.size
        self._features, self._canonical, self._source = features, canonical, source
        self._drawing = networks.drawing

    @property
    def notes(self) -> tuple[str, ...]:
        """Each time that memory ran out and the batch was halved, in words."""
        return self._drawing.batch.notes

    @property
    def size_bytes(self) -> int:
        """What is kept of the source in memory."""
        kept = (*(self._features or ()), self._canonical, self._source)
        return sum(tensor.numel() * tensor.element_size() for tensor in kept)

    def draw(self, semantics: Floats, pose_degrees: Floats | None = None) -> Image:
        """(n, size, size, 3) RGB for windows of coefficients (n, 70 or 73, 27), see `semantic_windows`.

        `pose_degrees` (n, 3), yaw, pitch and roll, stand in for the angles that the coefficients ask for. Values are
        rounded, as the original does. Raises `RenderError` where the network gives no numbers, or memory does not
        suffice for one frame.
        """
        if pose_degrees is not None and len(pose_degrees) != len(semantics):
            raise ValueError(f"{len(semantics)} windows of coefficients, but {len(pose_degrees)} poses")

        def work(part: slice) -> Image:
            return self._drawn(semantics[part], None if pose_degrees is None else pose_degrees[part])

        empty = np.zeros((0, self._size, self._size, 3), np.uint8)
        return np.concatenate([empty, *in_batches(len(semantics), work, self._drawing.batch)])

    def _drawn(self, semantics: Floats, degrees: Floats | None) -> Image:
        import torch

        with self._drawing.lock, torch.inference_mode():
            driving = self.keypoints(self._tensor(semantics), None if degrees is None else self._tensor(degrees))
            drawn = self.pictures(driving)
            if not bool(torch.isfinite(drawn).all()):
                raise RenderError(
                    f"{NETWORK} drew pictures that are no numbers (NaN), in {self._computing.precision}.",
                    cure="Compute in fp32, or download its files again: `python main.py models verify`.",
                )
            pixels = drawn.mul_(WHITE).round_().to(torch.uint8).permute(0, 2, 3, 1)
            picture: Image = pixels.contiguous().cpu().numpy()
        return picture

    def keypoints(self, semantics: "Tensor", degrees: "Tensor | None" = None) -> "Tensor":
        """(n, 15, 3) of windows of coefficients (n, c, 27)."""
        from models.sadtalker.moving import moved_keypoints

        return moved_keypoints(self._canonical, self._mapping(semantics), degrees)

    def pictures(self, driving: "Tensor") -> "Tensor":
        """(n, 3, size, size) in 0..1 of keypoints (n, 15, 3)."""
        return self._generator(self._features, driving, self._source).float()

    def _tensor(self, values: Floats) -> "Tensor":
        import torch

        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self._computing.device)


def prepared_source(networks: "SadTalkerNetworks", picture: "Tensor", semantics: Floats) -> PreparedSource:
    """Of a picture (1, 3, size, size) in 0..1 and its coefficients (c,): its keypoints and features."""
    import torch

    from models.sadtalker.moving import moved_keypoints

    with torch.inference_mode():
        canonical = networks.kp_extractor(picture)[0]
        window = torch.from_numpy(still_window(semantics)).to(picture.device)
        source = moved_keypoints(canonical, networks.mapping(window))
        return PreparedSource(networks, networks.generator.features(picture), canonical, source)
