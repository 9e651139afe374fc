"""From blendshapes to where the lower half of a filmed face goes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.types import Floats
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import smoothstep
from video_processor.renderers.puppet.frame import HeadFrame
from video_processor.renderers.puppet.shapes import FaceShapes

Points = NDArray[np.float64]

OTHER_PARTS: Final = ("brow", "cheekSquint", "noseSneer")
"""Shapes that start so leave the mouth alone."""

NOSE_BASE, LIP_TOP = 2, 0
SIDES: Final = (1.35, 2.5)
"""The footage's own face takes over between these distances from the middle, in half widths of the mouth."""

MARGIN: Final = 0.22
"""Landmarks that stay where they are hold the field within this distance of those that move, eye distances."""


@dataclass(frozen=True, slots=True)
class LowerFace:
    """`fields` (468 * 3, shapes) of the mouth's blendshapes at `columns`, `share` (468,) of it that moves, and `rest`.

    `moving` and `still`: indices of the landmarks that are led and of those around that hold.
    """

    fields: Floats
    columns: NDArray[np.intp]
    jaw: int
    close: int
    smile: NDArray[np.intp]
    rest: Floats
    share: Floats
    moving: NDArray[np.intp]
    still: NDArray[np.intp]

    def wanted(self, calm: Points, shapes: Floats, smile: Floats) -> Points:
        """The face (468, 3) that blendshapes (52,) make of the `calm` one, in the head's frame.

        `smile` (2,) is added to `mouthSmileRight` and `mouthSmileLeft`, as far as they leave room.
        """
        weights = (shapes - self.rest)[self.columns]
        jaw = float(shapes[BLENDSHAPE_INDEX["jawOpen"]])
        room = np.maximum(1.0 - np.maximum(weights[self.smile], 0.0), 0.0)
        weights[self.smile] += np.minimum(smile, room)
        weights[self.jaw] = jaw
        weights[self.close] = min(float(weights[self.close]), jaw)
        return calm + (self.fields @ weights).reshape(-1, 3)

    def moves(self, frame: HeadFrame, wanted: Points, hold: float) -> Floats:
        """How far each landmark (468, 2) goes in the picture, pixels, for a face that is to look like `wanted`."""
        change = (wanted - frame.points) * (self.share[:, None] * hold)
        return frame.to_picture(change)


def lower_face(calm: Points, rest: Floats) -> LowerFace:
    """For the calm face (468, 3) in the head's frame and the blendshapes (52,) that it shows with shut lips."""
    table = {name: field for name, field in FaceShapes(calm).table().items() if not name.startswith(OTHER_PARTS)}
    names = list(table)
    share = _share(calm)
    moving = np.flatnonzero(share > 0)
    away = np.linalg.norm(calm[:, None, :2] - calm[None, moving, :2], axis=-1).min(axis=1)
    return LowerFace(
        fields=np.asarray(np.stack([field.ravel() for field in table.values()], axis=1), np.float32),
        columns=np.array([BLENDSHAPE_INDEX[name] for name in names], np.intp),
        jaw=names.index("jawOpen"),
        close=names.index("mouthClose"),
        smile=np.array([names.index("mouthSmileRight"), names.index("mouthSmileLeft")], np.intp),
        rest=rest,
        share=share,
        moving=moving,
        still=np.flatnonzero((share == 0) & (away < MARGIN)),
    )


def _share(calm: Points) -> Floats:
    """1 on lips and chin, 0 from the nose up and beside the jaw."""
    x, y = calm[:, 0], calm[:, 1]
    middle = (calm[13] + calm[14])[0] / 2
    half = float(np.linalg.norm(calm[308] - calm[78]) / 2)
    nose, lip = calm[NOSE_BASE, 1], calm[LIP_TOP, 1]
    below = smoothstep(nose + 0.1 * (lip - nose), lip, y)
    beside = 1 - smoothstep(*SIDES, np.abs(x - middle) / half)
    share = below * beside
    share[list(topo.UPPER_LIP + topo.LOWER_LIP + topo.CORNERS)] = 1.0
    share[share < 0.02] = 0.0
    return np.asarray(share, np.float32)
