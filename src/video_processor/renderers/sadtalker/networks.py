"""What the engine asks of SadTalker's networks, whoever computes them."""

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar.errors import RenderError
from avatar.types import Floats, Image

EXPRESSIONS: Final = 64
"""Coefficients of an expression, in standard deviations of the 3D face model's own basis."""

HEAD: Final = 6
"""Three angles, then a translation."""

SOURCE_EXPRESSION: Final = slice(80, 144)
SOURCE_ANGLES: Final = slice(224, 227)
SOURCE_TRANSLATION: Final = slice(254, 257)
"""Where they lie among the 257 coefficients of a source picture (Deng et al. 2019, *Accurate 3D Face Reconstruction
with Weakly-Supervised Learning*)."""


class PreparedFace(Protocol):
    """All that depends only on a source picture. Safe for threads."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how it drew."""
        ...

    @property
    def size_bytes(self) -> int:
        """The memory that it takes."""
        ...

    def draw(self, semantics: Floats, pose_degrees: Floats | None = None) -> Image:
        """Faces (n, side, side, 3) uint8 RGB for windows of coefficients (n, 70 or 73, 27)."""
        ...


class FaceNetworks(Protocol):
    """The networks of one checkpoint, with one of the two mappings. Safe for threads."""

    def source_coefficients(self, face: Image) -> Floats:
        """The 257 coefficients of the 3D face model, of an aligned face (224, 224, 3) uint8 RGB."""
        ...

    def expressions(self, mels: Floats, ref: Floats, blink: Floats) -> Floats:
        """Expressions (n, 64) for mel windows (n, 80, 16), the source's own (64,), and how far lids are shut (n,)."""
        ...

    def prepare(self, source: Image, source_semantics: Floats) -> PreparedFace:
        """A source (side, side, 3) uint8 RGB whose coefficients are (70,), or (73,) with its alignment."""
        ...


def finite(values: NDArray[Any], what: str) -> Floats:
    """`values` as they are. Raises `RenderError` where one is no number."""
    if not np.isfinite(values).all():
        raise RenderError(f"SadTalker's networks gave {what} that is no number.")
    return np.asarray(values, np.float32)
