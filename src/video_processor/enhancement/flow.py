"""What was seen of a face at one moment, carried to another by dense optical flow."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.enhancement.alignment import SIDE

FLOW_SIDE: Final = 256
TRUSTED_LEVELS: Final = 12.0
"""Where the two pictures differ by more than about so many of 255 levels along the flow, they do not show the same."""

SMOOTH_PIXELS: Final = 2.0

_NONE: Final[Any] = None
"""What OpenCV takes, and its type stubs do not."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What a restored face (512, 512, 3) has over the face as it was drawn, masked, in levels of 255.

    `grey` (256, 256): the face as it was drawn.
    """

    values: Floats
    grey: Image


class Carrier:
    """Holds the flow's own buffers: for one thread."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        steps = np.arange(FLOW_SIDE, dtype=np.float32)
        self._grid = np.stack(np.meshgrid(steps, steps), axis=2)

    def carried(self, detail: Detail, grey: Image) -> tuple[Floats, Floats | None]:
        """The detail's values where they belong in a face that looks like `grey`, and how far they are trusted.

        Trust (512, 512, 1) in 0..1; None where nothing has changed (Kroeger et al. 2016, arXiv:1603.03590).
        """
        if np.array_equal(detail.grey, grey):
            return detail.values, None
        places = self._grid + self._flow.calc(grey, detail.grey, _NONE)
        seen = cv2.remap(detail.grey, places, _NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        apart = cv2.GaussianBlur(cv2.absdiff(seen, grey).astype(np.float32), (0, 0), SMOOTH_PIXELS)
        trust = np.exp(-np.square(apart / TRUSTED_LEVELS))
        larger = cv2.resize(places, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) * (SIDE / FLOW_SIDE) + 0.5
        values = cv2.remap(detail.values, larger, _NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return (
            np.asarray(values, np.float32),
            np.asarray(cv2.resize(trust, (SIDE, SIDE)), np.float32)[..., None],
        )


def grey_of(face: Image) -> Image:
    """An aligned face (512, 512, 3) as the flow looks at it: (256, 256)."""
    small = cv2.resize(face, (FLOW_SIDE, FLOW_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
