"""The inner edge of the lower lip in a picture whose mouth is open, which the mesh may lay on teeth or in the dark."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from video_processor.head_pose import eye_distance

_LOWER_RINGS: Final = (
    (146, 91, 181, 84, 17, 314, 405, 321, 375),
    (77, 90, 180, 85, 16, 315, 404, 320, 307),
    (96, 89, 179, 86, 15, 316, 403, 319, 325),
    (95, 88, 178, 87, 14, 317, 402, 318, 324),
)
"""Lip rings without their corners, from the border to the inner edge."""

_OPEN_GAP: Final = 0.06
"""Opening from which on the edge is looked for, in eye distances."""

_STEPS: Final = 40
_SURELY_LIP: Final = (0.62, 0.9)
"""Shares of the way from the mesh's inner edge to its border of the lip between which all is lip."""

_LEAST_LIP: Final = 0.25
"""Share of the way that must be left to be lip."""

_LIGHTNESS_WEIGHT: Final = 0.4
_LEAST_CONTRAST: Final = 8.0
"""How much lightness counts beside colour (CIE Lab), and how unlike lip and mouth must be: where the mesh is right the
most was 6.0, where it lies on teeth or in the dark 9.4 and more."""


def with_lower_lip(landmarks: Floats, image: Image) -> Floats:
    """The landmarks (478, 3) with the lower lip's rings moved to where the picture turns into lip; as they are where
    the mouth is shut or nothing tells lip and mouth apart.

    The edge splits each line from mouth to chin into a part unlike the lip's colour and one like it (the split of
    least squares, Fisher 1958).
    """
    if float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])) < _OPEN_GAP * eye_distance(landmarks):
        return landmarks
    inner, border = (landmarks[list(_LOWER_RINGS[i]), :2] for i in (3, 0))
    shares, contrast = _edges(_unlikeness(image, inner, border))
    if contrast < _LEAST_CONTRAST:
        return landmarks
    moved = landmarks.copy()
    edge = inner + (border - inner) * shares[:, None]
    outer = inner + (border - inner) * np.maximum(1.0, shares + _LEAST_LIP)[:, None]
    for ring in _LOWER_RINGS:
        place = np.linalg.norm(landmarks[list(ring), :2] - inner, axis=1) / np.linalg.norm(border - inner, axis=1)
        moved[list(ring), :2] = edge + (outer - edge) * np.clip(place, 0, 1)[:, None]
    return moved


def _unlikeness(image: Image, inner: Floats, border: Floats) -> Floats:
    """How unlike the lip (9, steps) the picture is along each line."""
    reach = (border - inner)[:, None] * np.linspace(0, 1, _STEPS, dtype=np.float32)[None, :, None]
    colours = _lab(image, np.asarray(inner[:, None] + reach, np.float32))
    lip = np.median(
        colours[2:-2, round(_SURELY_LIP[0] * _STEPS) : round(_SURELY_LIP[1] * _STEPS)].reshape(-1, 3), axis=0
    )
    return np.asarray(np.linalg.norm(colours - lip, axis=-1), np.float32)


def _lab(image: Image, places: Floats) -> Floats:
    across, down = (np.ascontiguousarray(places[..., i]) for i in (0, 1))
    found = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(np.asarray(found, np.uint8).astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.asarray(lab * np.array([_LIGHTNESS_WEIGHT, 1, 1], np.float32), np.float32)


def _edges(unlike: Floats) -> tuple[Floats, float]:
    """Where along each line the lip begins, as a share of the way to the mesh's border, smoothed along the lip."""
    count = np.arange(1, _STEPS)
    before = np.cumsum(unlike, axis=1)[:, :-1] / count
    after = (unlike.sum(axis=1, keepdims=True) - np.cumsum(unlike, axis=1)[:, :-1]) / (_STEPS - count)
    step = before - after
    gain = np.where(step > 0, step**2 * count * (_STEPS - count), 0.0)
    best = gain.argmax(axis=1)
    contrast = step[np.arange(len(best)), best]
    share = np.where(contrast > _LEAST_CONTRAST, (best + 1) / (_STEPS - 1), 0.0)
    share = np.minimum(share, _SURELY_LIP[0])
    padded = np.concatenate([share[:1], share, share[-1:]])
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return smooth.astype(np.float32), float(np.median(contrast[2:-2]))
