"""The puppet's innermost loops, compiled.

Each is the twin of code in Python beside where it is called, which says what it does and serves where the package was
installed without a C compiler. Arrays are C-contiguous and come with their sizes; what is written to comes last.
"""

from importlib import import_module
from typing import Final, Protocol, cast

from avatar.types import Image

NAME: Final = "video_processor.renderers.puppet._native"


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


def _loaded() -> Kernels | None:
    try:
        return cast(Kernels, import_module(NAME))
    except ImportError:
        return None


kernels: Kernels | None = _loaded()
