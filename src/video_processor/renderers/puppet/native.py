"""The puppet's innermost loops, compiled.

Each is the twin of code in Python beside where it is called, which says what it does and serves where the package was
installed without a C compiler, or has other sources since. Arrays are C-contiguous and come with their sizes; what is
written to comes last. Patches may be parts of larger arrays, tell their own sizes, and are written to where they come
first.
"""

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image

NAME: Final = "video_processor.renderers.puppet._native"
SOURCES: Final = Path(__file__).with_name("compiled")

Field = tuple[Floats, int, int, int, int, int, int, int]
"""A field (rows, columns, 2) of places at nodes in the middle of cells, its `rows`, `columns` and pixels to a cell, and
the part of what it shows: pixels from `y` and `x` on, neither of them negative, `height` by `width`."""

Blocks = tuple[Image, int, int, int]
"""For each block of a texture (rows, columns) 0 where neither it nor a neighbour has anything, the number of rows and
of columns, and the samples to a block."""

Layer = tuple[Floats, int, int, tuple[float, ...], tuple[float, ...], tuple[float, ...], float]
"""A texture (rows, columns, 4), its size, the affine map from its samples to pixels (6,), factor (3,) and sum (3,) that
light it, and its strength."""

Lattice = tuple[Floats, int, int, int, int, int]
"""A grid's field (rows, columns, 2), its size, the pixels of a cell, and the first pixel's row and column."""

Points = NDArray[np.float64]
GridNumbers = tuple[int, int, int, int, int]
"""`Grid.numbers`."""

Cells = tuple[int, int, int, int]
"""The first row and the one after the last, then columns."""


class Kernels(Protocol):
    """Those that take long let other threads go on meanwhile.

    Raise `BufferError` and `TypeError` for what is no array of such a kind.
    """

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

    def blended(self, picture: Image, over: Image, share: Floats, /) -> None:
        """Blends the patch `over` (h, w, 4) over the patch `picture` (h, w, 4) by `share` (h, w)."""
        ...

    def extent(
        self, points: Floats, count: int, turn: tuple[float, float, float, float], /
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """The least and the most along each of two axes of points (count, 2) times `turn` (2, 2)."""
        ...

    def flat_fold(
        self,
        face: Image,
        share: Floats,
        above: Lattice,
        below: Lattice,
        lighter: tuple[Image, int, int],
        fineness: float,
        x: float,
        y: float,
        strength: float,
        /,
    ) -> None:
        """Adds `strength` of the picture `lighter` (rows, columns, 4) to the patch `face` (h, w, 4).

        A pixel's place, those `above` and `below` mixed by `share` (h, w), times `fineness` is counted in it from `x`
        and `y` on; it ends at its edges.
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
        teeth: Image,
        above: Lattice,
        mask: tuple[Floats, int, int],
        fineness: float,
        x: float,
        y: float,
        /,
    ) -> None:
        """Lays the patch `teeth` (h, w, 4) over `colours` (h, w, 3), as far as a mask (rows, columns) says.

        A pixel's place `above` times `fineness` is counted in the mask from `x` and `y` on; it ends at its edges.
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

    def seam(
        self,
        upper: Floats,
        lower: Floats,
        length: int,
        sideways: tuple[float, ...],
        down: tuple[float, ...],
        far: float,
        ring: NDArray[np.int32],
        /,
    ) -> None:
        """The `ring` (length + 4, 2), in sixteenths of a pixel, round all below lips with lines (length, 2)."""
        ...

    def softened(self, mask: Image, height: int, width: int, sigma: float, soft: Floats, /) -> None:
        """A mask of 0..255 blurred, as 0..1."""
        ...

    def shown(
        self,
        texture: Image,
        texture_height: int,
        texture_width: int,
        field: Field,
        canvas: Image,
        canvas_width: int,
        row: int,
        column: int,
        /,
    ) -> None:
        """A `texture` (h, w, 4), of 2 to 32,767 samples each way, seen through a field, on the `canvas`.

        It is drawn from (row, column) on.
        """
        ...

    def painted(
        self,
        texture: Image,
        texture_height: int,
        texture_width: int,
        covered: Blocks,
        field: Field,
        behind: Image,
        behind_width: int,
        behind_row: int,
        behind_column: int,
        frame: Image,
        frame_width: int,
        row: int,
        column: int,
        /,
    ) -> None:
        """The same over RGBA `behind` from (behind_row, behind_column) on, into the RGB `frame` from (row, column)."""
        ...

    def placed(self, view: bytes, points: Points, count: int, placed: Points, /) -> None:
        """Points (n, 3) of a rigid head as a `PosedHead` places them, into (n, 2)."""
        ...

    def led(
        self,
        view: bytes,
        shares: Floats,
        reliefs: int,
        moved: Floats,
        which: NDArray[np.int32],
        depths: Floats,
        marks: int,
        narrow: Points,
        wider: Points,
        wide: float,
        base: Points,
        points: int,
        parts: int,
        led: Points,
        placed: Points,
        /,
    ) -> None:
        """`MouthRig._led`, into (n, 2); uses up the `led` (parts, 3)."""
        ...

    def sought(
        self,
        view: bytes,
        shares: Floats,
        reliefs: Floats,
        count: int,
        reach: Floats,
        grid: GridNumbers,
        limits: tuple[int, float, float, float],
        room: Floats,
        offsets: Floats,
        /,
    ) -> None:
        """`HeadMotion.offsets` of a `PosedHead`. Ends at each node by itself; `room` is for `SEARCH_ROOM` a node."""
        ...

    def inverted(
        self,
        weights: Floats,
        shapes: int,
        least_weight: float,
        fields: Floats,
        spans: NDArray[np.int32],
        columns: int,
        rows: int,
        step: int,
        most_steps: int,
        close_enough: float,
        moved: Floats,
        offsets: Floats,
        /,
    ) -> None:
        """`Sheet.offsets`. Ends at each node by itself; `moved` is room for as much as the offsets."""
        ...

    def carried(
        self,
        turned: Floats,
        grid: GridNumbers,
        person: Floats,
        still: float,
        skin_box: Cells,
        texture: tuple[int, int, int],
        places: Floats,
        /,
    ) -> tuple[Cells, Cells]:
        """`Stage._carried`: `places`, and the cells with skin and with what moves, one more around them."""
        ...

    def sheets_laid(
        self,
        turned: Floats,
        turned_grid: GridNumbers,
        above: Floats,
        above_grid: GridNumbers,
        below: Floats,
        below_grid: GridNumbers,
        face: GridNumbers,
        part: tuple[int, int, int, int],
        down: tuple[float, float, float],
        texture: tuple[int, int, int],
        upper: Floats,
        lower: Floats,
        /,
    ) -> None:
        """`Stage._laid`: `part` is row, column, rows and columns, `down` the way across and down and what is under."""
        ...

    def drawn_eye(
        self,
        maps: Floats,
        layers: Image,
        height: int,
        width: int,
        skins: Image,
        ball: Image,
        whole_height: int,
        whole_width: int,
        measures: tuple[float, ...],
        state: tuple[float, ...],
        patch: Image,
        /,
    ) -> None:
        """An eye into the RGBA `patch` (h, w, 4), a part of the whole one (H, W), both at least 2 pixels wide and high.

        `maps` (11, h, w): `down`, `upper`, `lower`, `cheek`, `span`, `way`, `crisp`, `within` of an eye, and `shown`,
        `depth`, `stretch` of its lid. `layers` (3, h, w, 4): face, eyeball and closed lid, the first with the cover.
        `skins` (4, H, W, 4): the lid's own skin, the picture, lashes without and with their shadow; `ball`
        (2 H - 1, 2 W - 1, 4). `measures`: row and column of the part, the eye's down axis (x, y), iris (x, y) and its
        radius, the width of the lid's shadow, how far lashes lie over the ball and the upper skin over the lower.
        `state`: shares of the way that the upper lid, the lower one and the skin under it go, the iris's shift (x, y),
        and shares of the upper lid's own skin, of a closed eye's, of lashes that have turned and that have met.
        """
        ...

    def lay_patch(
        self,
        patch: Image,
        height: int,
        width: int,
        x: float,
        y: float,
        field: Field,
        fine: Image,
        canvas: Image,
        canvas_width: int,
        row: int,
        column: int,
        /,
    ) -> None:
        """Refines a `patch` (h, w, 4) into `fine` (2 h, 2 w, 4), less the last row and column, and lays it over
        `canvas` from (row, column) on, wherever the places of the field, moved by (x, y), lie within it.
        """
        ...


def _loaded() -> Kernels | None:
    try:
        found = import_module(NAME)
    except ImportError:
        return None
    return cast(Kernels, found) if digest() in (None, getattr(found, "SOURCES", "")) else None


def digest() -> str | None:
    """Of the sources, which are what the loops must be compiled from; None where they are not here."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest() if sources else None


kernels: Kernels | None = _loaded()
