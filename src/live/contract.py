"""What the parts of a live session hand to each other.

Times `at` are seconds on the session's media clock. Sound is int16, mono, at `SOUND_RATE_HZ`.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from live.messages import ServerMessage

SOUND_RATE_HZ: Final = 48_000
"""Of everything that is played: what Opus and every browser take without resampling."""

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """Frame `index`, shown from `at`. `image` uint8 RGB (H, W, 3); None where no viewer wants pictures.

    `shapes` (52,) blendshapes, `pose` (6,) the head's pose, as in `FaceMotion`.
    """

    index: int
    at: float
    image: Image | None
    shapes: Floats
    pose: Floats


@dataclass(frozen=True, slots=True)
class TimedSound:
    """A stretch of what is heard, (n,), which follows the stretch before without a gap."""

    at: float
    samples: Samples


class Viewer(Protocol):
    """Somebody who gets what a stage shows. It is called by one thread at a time, takes what it is given and returns.

    `wants_pictures` may change; a stage whose viewers want none draws none.
    """

    @property
    def wants_pictures(self) -> bool: ...

    def sound(self, sound: TimedSound) -> None:
        """Comes before the frame of the same time; that of later frames may too, while one is drawn."""
        ...

    def frame(self, frame: TimedFrame) -> None: ...

    def tell(self, message: ServerMessage) -> None:
        """May be called from any thread."""
        ...
