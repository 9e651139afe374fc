"""The puppet's innermost loops, compiled.

Each is the twin of code in Python beside where it is called, which says what it does and serves where the package was
installed without a C compiler. Arrays are C-contiguous and come with their sizes; what is written to comes last.
"""

from importlib import import_module
from typing import Final, Protocol, cast

from avatar.types import Floats, Image

NAME: Final = "video_processor.renderers.puppet._native"


Layer = tuple[Floats, int, int, tuple[float, ...], tuple[float, ...], tuple[float, ...], float]
"""A texture (rows, columns, 4), its size, the affine map from its samples to pixels (6,), factor (3,) and sum (3,) that
light it, and its strength."""

Lattice = tuple[Floats, int, int, int, int, int]
"""A grid's field (rows, columns, 2), its size, the pixels of a cell, and the first pixel's row and column."""

Sampled = tuple[Image, int, int]
"""A picture (rows, columns, 4) and its size."""


class Kernels(Protocol):
    """Let other threads go on meanwhile. Raise `BufferError` and `TypeError` for what is no array of such a kind."""

    def composed(
        self,
        canvas: Image,
        height: int,
        width: int,
        behind: Image,
        behind_width: int,
        y: int,
        x: int,
        frame: Image,
        frame_width: int,
        row: int,
        column: int,
        /,
    ) -> None:
        """RGBA `canvas` over RGBA `behind` from (y, x) on, into the RGB `frame` from (row, column) on."""
        ...

    def lower_sheet(self, face: Image, share: Floats, places: Lattice, texture: Sampled, /) -> None:
        """Lays the texture at `places` over the patch `face` (h, w, 4), as far as `share` (h, w) says."""
        ...

    def flat_fold(
        self,
        face: Image,
        above: Floats,
        share: Floats,
        below: Lattice,
        lighter: Sampled,
        fineness: float,
        x: float,
        y: float,
        strength: float,
        /,
    ) -> None:
        """Adds `strength` of `lighter` to the patch `face` (h, w, 4).

        A pixel's place, `above` (h, w, 2) and `below` mixed by `share` (h, w), times `fineness` is counted in it from
        `x` and `y` on.
        """
        ...

    def laid(self, picture: Image, share: Floats, colours: Floats, channels: int, strength: float, /) -> None:
        """Lays colours (h, w, 3) or (3,) over a patch (h, w, channels), by `strength` times `share` (h, w)."""
        ...

    def mouth_inside(
        self,
        hole: Image,
        dark: Image,
        height: int,
        width: int,
        layers: tuple[Layer, ...],
        lip: tuple[float, ...],
        rim: tuple[float, ...],
        colours: Floats,
        cover: Floats,
        /,
    ) -> None:
        """The inside of the mouth for masks of the opening and of the dark in it, which may be one array.

        `lip`: softness of its edge, share and reach of its turn inwards, reach and light of its shadow, softness of
        the `rim`, which has that colour.
        """
        ...

    def own_teeth(
        self,
        colours: Floats,
        above: Floats,
        texture: Sampled,
        mask: tuple[Floats, int, int],
        fineness: float,
        x: float,
        y: float,
        /,
    ) -> None:
        """Lays the texture at the places `above` (h, w, 2) over `colours` (h, w, 3), as far as a mask says.

        Places times `fineness` are counted in the mask (rows, columns) from `x` and `y` on; it ends at its edges.
        """
        ...

    def round_opening(
        self,
        upper: Floats,
        lower: Floats,
        length: int,
        down: tuple[float, float],
        wide: float,
        arched: tuple[float, float],
        places: Floats,
        ellipse: Floats,
        count: int,
        ring: Floats,
        /,
    ) -> None:
        """The `ring` (2 count, 2) of the dark between lines (length, 2), drawn `wide` of the way towards ellipses.

        The upper edge is, as far as its ellipse's height lies between the two of `arched`, pixels.
        """
        ...

    def softened(self, mask: Image, height: int, width: int, sigma: float, soft: Floats, /) -> None:
        """A mask of 0..255 blurred, as 0..1."""
        ...


def _loaded() -> Kernels | None:
    try:
        return cast(Kernels, import_module(NAME))
    except ImportError:
        return None


kernels: Kernels | None = _loaded()
