"""What a learned model says of the face in a portrait."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.emotions import expected
from avatar.types import EmotionReading, Portrait
from models.emotion.ferplus import FACE_MODEL, SIDE, FerPlus
from video_processor.facial_emotion import confidence_of

OVERSAMPLED: Final = 4
MARGIN: Final = 1.1
"""Side of the square that the model sees, over the longer side of the face's box."""


def face_model_reading(portrait: Portrait, model: FerPlus) -> EmotionReading | None:
    """None where the face is turned too far aside to tell."""
    confidence = confidence_of(portrait)
    if confidence <= 0.0:
        return None
    scores = model.scores(face_crop(portrait))
    return EmotionReading(FACE_MODEL, scores, *expected(scores), confidence)


def face_crop(portrait: Portrait) -> NDArray[np.uint8]:
    """The face, upright, in shades of grey (64, 64); the picture's edge goes on past it."""
    points = portrait.landmarks[:468, :2].astype(np.float64)
    roll = np.radians(portrait.pose[2])
    upright = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    turned = points @ upright.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    side = SIDE * OVERSAMPLED
    scale = side / max(float((high - low).max()) * MARGIN, 1e-3)
    shift = side / 2.0 - scale * (low + high) / 2.0
    placed = np.concatenate([scale * upright, shift[:, None]], axis=1)
    grey = cv2.cvtColor(portrait.image, cv2.COLOR_RGB2GRAY)
    large = cv2.warpAffine(grey, placed, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
