"""Which part of a face the network's mouth replaces: mouth and jaw, softly, well inside of the face's outline."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats
from models.wav2lip.generator import SIDE
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.fields import ease, filled

Points = NDArray[np.float64]

JAW: Final = (361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132)
"""The face's outline from the subject's left ear round the chin to the right one."""

CHEEKS: Final = (205, 98, 2, 327, 425)
"""Up the right cheek, under the nose, and down the left one."""

JAW_SHARE: Final = 0.84
"""The mask ends this share of the way from the mouth to the jaw, before it softens."""

LIP_MARGIN: Final = 3.0
SOFTNESS: Final = 2.6
"""Standard deviation of the mask's edge, pixels of the face."""

HIDDEN_FROM: Final = SIDE // 2
OPENING: Final = 6.0
"""The network draws the rows from here on anew; the mask comes in over the first few of them."""

FRAME: Final = 5.0
"""It ends over so many pixels before the face's other edges."""


def mouth_mask(landmarks: Points) -> Floats:
    """The mouth's share (96, 96), 0..1, for landmarks (468, 2) in the face's pixels."""
    lips = landmarks[list(topo.UPPER_LIP_RINGS[0] + topo.LOWER_LIP_RINGS[0])]
    middle = lips.mean(axis=0)
    jaw = middle + (landmarks[list(JAW)] - middle) * JAW_SHARE
    mask = filled(np.vstack([jaw, landmarks[list(CHEEKS)]]), (SIDE, SIDE))
    mask |= filled(_wider(lips, middle), (SIDE, SIDE))
    soft = cv2.GaussianBlur(mask, (0, 0), SOFTNESS).astype(np.float32) / np.float32(255)
    return np.asarray(soft * window(), np.float32)


def _wider(lips: Points, middle: Points) -> Points:
    """The hull of the lips, a margin wider."""
    hull = cv2.convexHull(lips.astype(np.float32))[:, 0].astype(np.float64)
    away = hull - middle
    return np.asarray(hull + LIP_MARGIN * away / np.maximum(np.linalg.norm(away, axis=1), 1e-6)[:, None])


def window() -> Floats:
    """What may be replaced at all (96, 96)."""
    at = np.arange(SIDE, dtype=np.float32)
    rows = ease(HIDDEN_FROM, HIDDEN_FROM + OPENING, at) * (1 - ease(SIDE - 1 - FRAME, SIDE - 1, at))
    columns = ease(0, FRAME, at) * (1 - ease(SIDE - 1 - FRAME, SIDE - 1, at))
    return np.asarray(np.outer(rows, columns), np.float32)
