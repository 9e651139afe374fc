"""What was seen of a face at one moment, carried to another by dense optical flow."""

from collections.abc import Iterable, Sequence
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

LEAST_TRUST: Final = 0.15
"""Where less than this of all that is known can be trusted, the face fades to what was drawn."""

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
    """Holds the flow's own memory, since fresh memory takes longer than what is computed in it: for one thread."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        steps = np.arange(FLOW_SIDE, dtype=np.float32)
        self._grid = np.stack(np.meshgrid(steps, steps), axis=2)
        self._places = np.empty((SIDE, SIDE, 2), np.float32)
        self._values, self._shares, self._total, self._trusted = (
            np.empty((SIDE, SIDE, 3), np.float32) for _ in range(4)
        )

    def blended(self, details: Iterable[Detail], weights: Sequence[float], grey: Image) -> Floats:
        """The weighted mean (512, 512, 3) of `details`, each where it belongs in a face that looks like `grey`.

        Where less than `LEAST_TRUST` of them can be trusted it fades to nothing. Valid until the next call.
        """
        self._total.fill(0.0)
        self._trusted.fill(0.0)
        for detail, weight in zip(details, weights, strict=False):
            if weight == 0.0:
                continue
            values, trust = self.carried(detail, grey)
            if trust is None:
                np.multiply(values, np.float32(weight), out=self._values)
                np.add(self._trusted, np.float32(weight), out=self._trusted)
            else:
                np.multiply(trust, np.float32(weight), out=trust)
                np.multiply(values, trust, out=self._values)
                np.add(self._trusted, trust, out=self._trusted)
            np.add(self._total, self._values, out=self._total)
        np.maximum(self._trusted, np.float32(LEAST_TRUST), out=self._trusted)
        return np.divide(self._total, self._trusted, out=self._total)

    def carried(self, detail: Detail, grey: Image) -> tuple[Floats, Floats | None]:
        """The detail's values where they belong in a face that looks like `grey`, and how far they are trusted.

        Trust is (512, 512, 3) in 0..1, the same for each colour; None where nothing has changed, and the values are the
        detail's own. Valid until the next call (Kroeger et al. 2016, arXiv:1603.03590).
        """
        if np.array_equal(detail.grey, grey):
            return detail.values, None
        places = self._grid + self._flow.calc(grey, detail.grey, _NONE)
        seen = cv2.remap(detail.grey, places, _NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        apart = cv2.GaussianBlur(cv2.absdiff(seen, grey).astype(np.float32), (0, 0), SMOOTH_PIXELS)
        trust = np.exp(-np.square(apart / TRUSTED_LEVELS))
        size, near = (SIDE, SIDE), cv2.INTER_LINEAR
        cv2.resize(places * np.float32(SIDE / FLOW_SIDE) + np.float32(0.5), size, dst=self._places, interpolation=near)
        cv2.remap(detail.values, self._places, _NONE, near, dst=self._values, borderMode=cv2.BORDER_CONSTANT)
        cv2.resize(cv2.merge([trust] * 3), size, dst=self._shares, interpolation=near)
        return self._values, self._shares


def grey_of(face: Image) -> Image:
    """An aligned face (512, 512, 3) as the flow looks at it: (256, 256)."""
    small = cv2.resize(face, (FLOW_SIDE, FLOW_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
