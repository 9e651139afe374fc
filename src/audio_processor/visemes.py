"""Lips from the sound alone, in any language."""

from collections.abc import Callable, Iterator
from typing import Final

from audio_processor.features import read_samples
from avatar.types import SAMPLE_RATE_HZ, Floats, VisemeTrack
from models.visemes.stream import visemes_of

BLOCK_SAMPLES: Final = 20 * SAMPLE_RATE_HZ
"""So much is worked on at a time, so that a sound's length costs no memory but the track's."""


def visemes_from_sound(
    samples: Floats, *, block_samples: int = BLOCK_SAMPLES, check: Callable[[], None] = lambda: None
) -> VisemeTrack:
    """The lips of mono sound (n,) at 16 kHz; the same whatever the size of a block.

    What `check`, called before each block, raises ends the work. Raises `WeightsError`.
    """

    def blocks() -> Iterator[Floats]:
        for first in range(0, len(samples), block_samples):
            check()
            yield read_samples(samples, first, min(len(samples), first + block_samples))

    return visemes_of(blocks())
