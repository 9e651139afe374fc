"""What happens to a frame between the engine and the encoder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np

from avatar.types import Choice, Image

SHARP_UP_TO: Final = 1.25
"""A picture enlarged less than this still looks sharp."""

SIGMA_PER_MAGNIFICATION: Final = 0.5
LARGEST_SIGMA_PIXELS: Final = 2.0
AMOUNT: Final = 0.5


class Enhancer(Protocol):
    """Changes frames one by one. `name` tells enhancers of different effect apart, since chunks are kept under it."""

    @property
    def name(self) -> str: ...

    def enhance(self, frames: Iterable[Image]) -> Iterator[Image]:
        """Frames in, as many frames out: uint8 RGB, or RGBA with the alpha as it was, of the same size."""
        ...


@dataclass(frozen=True, slots=True)
class UnsharpMask:
    """Gives an enlarged picture its edges back: f + k (f - f blurred) (Gonzalez and Woods, section 3.6).

    `sigma` is the blur's radius in pixels, `amount` is k.
    """

    sigma: float
    amount: float = AMOUNT

    @property
    def name(self) -> str:
        return f"unsharp-{self.sigma:.2f}-{self.amount:.2f}"

    def enhance(self, frames: Iterable[Image]) -> Iterator[Image]:
        for frame in frames:
            blurred = cv2.GaussianBlur(frame, (0, 0), self.sigma)
            sharper = np.asarray(cv2.addWeighted(frame, 1.0 + self.amount, blurred, -self.amount, 0.0), np.uint8)
            sharper[..., 3:] = frame[..., 3:]
            yield sharper


def choose_enhancer(magnification: float) -> tuple[Enhancer | None, Choice]:
    """The enhancer for a portrait that was enlarged `magnification` times to fill the frame, and why."""
    if magnification <= SHARP_UP_TO:
        return None, Choice("none", "the picture has the pixels that the video needs")
    sigma = min(SIGMA_PER_MAGNIFICATION * magnification, LARGEST_SIGMA_PIXELS)
    enhancer = UnsharpMask(round(sigma, 2))
    return enhancer, Choice(enhancer.name, f"the picture is enlarged {magnification:.1f} times")
