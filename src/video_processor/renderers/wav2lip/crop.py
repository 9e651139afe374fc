"""The part of a frame that Wav2Lip sees: a face, upright, in 96 x 96 pixels."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from models.wav2lip.generator import SIDE

Points = NDArray[np.float64]

CHIN_PAD: Final = 0.05
"""The original's box goes on for 10 pixels below the one that its detector (S3FD) gives, for faces of about 200 pixels:
so far below the chin, in heights of the face."""

GROUND: Final = 128.0
"""Grey that stands behind a person who has nothing behind."""


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """`to_face` (2, 3) takes pixels of the frame to those of the face; `scale`: pixels of the frame to one of those."""

    to_face: Points
    scale: float

    def place(self, points: Points) -> Points:
        """Points (n, 2) of the frame in the face's pixels."""
        return np.asarray(points @ self.to_face[:, :2].T + self.to_face[:, 2])

    def cut(self, frame: Image, times: int) -> Image:
        """The face (96, 96, 3), each pixel the mean of `times` x `times` samples of the frame (h, w, 3 or 4)."""
        finer = self.to_face * times
        finer[:, 2] += (times - 1) / 2
        side = (SIDE * times, SIDE * times)
        wide = cv2.warpAffine(frame, finer, side, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        face = np.asarray(cv2.resize(wide, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        return face if face.shape[2] == 3 else _on_grey(face)


def _on_grey(face: Image) -> Image:
    share = face[..., 3:].astype(np.float32) / np.float32(255)
    return np.asarray(np.rint(GROUND + (face[..., :3] - np.float32(GROUND)) * share), np.uint8)


def face_crop(outline: Points, across: Points) -> FaceCrop:
    """The crop of a face whose outline, from forehead to chin, is `outline` (n, 2), and which lies along `across` (2,).

    Where S3FD draws its box: from cheek to cheek, from the top of the forehead to the chin, and the original's pad
    below it; not along the picture's edges though, but upright in the face. Each axis is scaled to 96 pixels.
    """
    right = across / np.linalg.norm(across)
    axes = np.stack([right, np.array([-right[1], right[0]])])
    seen = outline @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    high[1] += CHIN_PAD * (high[1] - low[1])
    scale = SIDE / (high - low)
    to_face = np.column_stack([axes * scale[:, None], -low * scale - 0.5])
    return FaceCrop(to_face, float(1 / np.sqrt(scale.prod())))


def samples_of(crop: FaceCrop) -> int:
    """How many samples a side a pixel of the face takes so that none of the frame's is missed."""
    return int(np.clip(round(crop.scale), 1, 6))


def corners_of(mask: Floats) -> Points:
    """The corners (4, 2) of the part of a mask (96, 96) that is not 0, a cubic kernel's reach wider."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0] - 2, rows[-1] + 2, columns[0] - 2, columns[-1] + 2
    return np.array([[left, top], [right, top], [left, bottom], [right, bottom]], np.float64)
