"""What an engine is taken to need until videos were made with it on this machine.

The puppet's figures are measured ones (README), those of the neural engines on the processor follow from the speed of
their networks there (two cores of a server), and those on cards from what the engines are built for. They are
starting points: the first video made here counts more than all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from avatar.types import Size
from models.devices import CPU
from models.gfpgan.restorer import MOST_FACES
from models.hardware import Hardware

MEGAPIXEL: Final = 1e6
GIGABYTE: Final = 1_000_000_000

RESTORING_CORE_SECONDS: Final = 3.7
"""Of one core for a face of GFPGAN's, on an AMD EPYC with AVX2."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Seconds to prepare a portrait, networks included; seconds for a frame, and besides for each megapixel of it.

    `memory` is what the process has at its peak, with `memory_megapixel` for each megapixel of the video, in bytes, and
    `card` what it takes of a card's memory, with `card_frame` for each frame of a batch. `of_core` where the seconds
    are those of one core, and more cores share the frames.
    """

    preparing: float
    frame: float
    megapixel: float
    memory: int
    memory_megapixel: int
    card: int = 0
    card_frame: int = 0
    of_core: bool = False

    def drawing(self, size: Size, frames: int, cores: int) -> float:
        """Seconds for all frames."""
        each = self.frame + self.megapixel * megapixels(size)
        return frames * each / (cores if self.of_core else 1)

    def peak(self, size: Size) -> float:
        """Bytes of memory."""
        return self.memory + self.memory_megapixel * megapixels(size)

    def card_peak(self, batch: int) -> float:
        """Bytes of a card's memory."""
        return self.card + self.card_frame * batch


def megapixels(size: Size) -> float:
    return size.width * size.height / MEGAPIXEL


STILL: Final = Prior(0.01, 0.001, 0.012, 250_000_000, 50_000_000, of_core=True)
PUPPET: Final = Prior(0.6, 0.004, 0.022, 330_000_000, 150_000_000, of_core=True)

ON_PROCESSOR: Final[Mapping[str, Prior]] = {
    "sadtalker-512": Prior(12.0, 9.0, 0.1, 7 * GIGABYTE, 300_000_000),
    "sadtalker": Prior(6.0, 2.3, 0.1, 3 * GIGABYTE, 300_000_000),
    "wav2lip-gan": Prior(1.5, 0.018, 0.022, 1_300_000_000, 300_000_000),
    "wav2lip": Prior(1.5, 0.018, 0.022, 1_300_000_000, 300_000_000),
    "puppet": PUPPET,
    "still": STILL,
}

ON_CARD: Final[Mapping[str, Prior]] = {
    "sadtalker-512": Prior(8.0, 1 / 18, 0.004, 4 * GIGABYTE, 300_000_000, 1_500_000_000, 800_000_000),
    "sadtalker": Prior(6.0, 1 / 60, 0.004, 4 * GIGABYTE, 300_000_000, 1_500_000_000, 200_000_000),
    "wav2lip-gan": Prior(4.0, 0.002, 0.006, 3 * GIGABYTE, 300_000_000, 900_000_000, 8_000_000),
    "wav2lip": Prior(4.0, 0.002, 0.006, 3 * GIGABYTE, 300_000_000, 900_000_000, 8_000_000),
    "puppet": PUPPET,
    "still": STILL,
}

REST_SECONDS: Final = 1.5
REST_OF_SOUND: Final = 0.12
"""What hearing, directing and joining take: so much for every video, and for each second of its sound."""


def prior_of(engine: str, hardware: Hardware) -> Prior:
    """That of `engine` on the device of the networks; an engine that nobody knows is taken for the puppet."""
    known = ON_PROCESSOR if hardware.device.kind == CPU else ON_CARD
    return known.get(engine, PUPPET)


def restoring_seconds(faces: float, cores: int) -> float:
    """What GFPGAN takes on a processor, as many faces at once as there are cores and room for."""
    return RESTORING_CORE_SECONDS * faces / min(cores, MOST_FACES)
