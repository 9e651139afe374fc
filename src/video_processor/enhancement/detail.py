"""The classical pass: the finest contrasts a little stronger, and what flickers from frame to frame calmed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Image
from video_processor.enhancement.sharpening import steeper

DETAIL: Final = "detail"

SIGMA_PIXELS_AT_512: Final = 1.0
LEAST_SIGMA_PIXELS: Final = 0.6
AMOUNT: Final = 1.0
"""Of a detail pass of the strength 1, for a picture whose shorter side has 512 pixels; larger ones in proportion."""

FLICKER_LEVELS: Final = 2
"""Half of a change from frame to frame up to twice as many levels is taken away; of larger ones, so many levels."""

_LEVELS: Final = np.full(4, float(FLICKER_LEVELS))


@dataclass(frozen=True, slots=True)
class DetailPass:
    """Works on colours alone, by the frame and the one before it. `strength` in 0..1."""

    strength: float = 1.0

    @property
    def name(self) -> str:
        return f"{DETAIL}-{self.strength:.2f}"

    @property
    def context_before(self) -> int:
        return 1

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def enhance(self, frames: Iterable[Image], *, first: int = 0, lead: int = 0) -> Iterator[Image]:
        """See `Enhancer`."""
        before: Image | None = None
        for index, frame in enumerate(frames, first - lead):
            if index >= first:
                yield self._enhanced(frame, before)
            before = frame

    def _enhanced(self, frame: Image, before: Image | None) -> Image:
        colours = np.ascontiguousarray(frame[..., :3])
        calm = colours if before is None else calmed(colours, np.ascontiguousarray(before[..., :3]))
        sigma = max(LEAST_SIGMA_PIXELS, SIGMA_PIXELS_AT_512 * min(frame.shape[:2]) / 512)
        result = steeper(calm, sigma, AMOUNT * self.strength)
        return result if frame.shape[2] == 3 else np.concatenate([result, frame[..., 3:]], axis=2)


def calmed(frame: Image, before: Image) -> Image:
    """`frame` between itself and `before`, but nowhere more than `FLICKER_LEVELS` from itself."""
    between = cv2.addWeighted(frame, 0.5, before, 0.5, 0.0)
    low, high = cv2.subtract(frame, _LEVELS), cv2.add(frame, _LEVELS)
    return np.asarray(cv2.min(cv2.max(between, low, dst=between), high, dst=between), np.uint8)
