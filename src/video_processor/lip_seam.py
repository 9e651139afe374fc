"""The line where shut lips meet: the mesh lays it smoothly, the picture shows it dark and with its own bends."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.head_pose import eye_distance

Points = NDArray[np.float64]

_UPPER: Final = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
_LOWER: Final = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
"""Lip rings with their corners, from the border to the inner edge."""

_SHUT_GAP: Final = 0.03
"""Lips less far apart than this count as shut, eye distances."""

_COLUMNS, _ROWS = 49, 31
_REACH: Final = 0.055
"""The seam is looked for so far above and below the mesh's, eye distances."""

_BLUR: Final = 1.0
_STRAY_COST: Final = 8.0
"""What lies at the end of the reach must be darker by this much to be taken (CIE L*, 0..100)."""

_BEND_COST: Final = 2.0
_MOST_BEND: Final = 2
"""A step of one row from column to column costs as much; more rows are never stepped."""

_SURE: Final = (2.0, 7.0)
_BESIDE: Final = 0.03
"""The seam is followed where it is darker by the second than what lies so far beside it, eye distances; from the first
on in part."""

_FOLLOW: Final = (0.0, 0.4, 0.75, 1.0)
"""How much of the inner edge's way each ring goes, from the border inwards."""


def with_lip_seam(landmarks: Floats, image: Image) -> Floats:
    """The landmarks (478, 3) with the inner rings of shut lips and their corners on the dark line between the lips; as
    they are where the mouth is open or no line is seen.

    The line is the darkest smooth path from corner to corner (dynamic programming).
    """
    scale = eye_distance(landmarks)
    if float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])) > _SHUT_GAP * scale:
        return landmarks
    line, down = _mesh_seam(landmarks)
    depths = np.linspace(-_REACH, _REACH, _ROWS) * scale
    light = _lightness(image, line[None] + depths[:, None, None] * down)
    path = _darkest(light)
    offsets = _sure_offsets(light, path, depths, scale)
    moved = landmarks.copy()
    places = np.linspace(0, 1, _COLUMNS)
    for rings in (_UPPER, _LOWER):
        way = np.interp(np.linspace(0, 1, 11), places, offsets)[:, None] * down
        for ring, share in zip(rings, _FOLLOW, strict=True):
            inside = list(ring[1:-1])
            moved[inside, :2] = landmarks[inside, :2] + share * way[1:-1]
            ends = [ring[0], ring[-1]]
            moved[ends, :2] = landmarks[ends, :2] + way[[0, -1]]
    return moved


def _mesh_seam(landmarks: Floats) -> tuple[Points, Points]:
    """The mesh's line between the lips from outer corner to outer corner (columns, 2), and down the face (2,)."""
    upper, lower = (landmarks[list(rings[3]), :2].astype(np.float64) for rings in (_UPPER, _LOWER))
    line = (upper + lower) / 2
    line[[0, -1]] = landmarks[[61, 291], :2]
    places = np.linspace(0, 1, _COLUMNS)
    known = np.linspace(0, 1, len(line))
    across = (line[-1] - line[0]) / np.linalg.norm(line[-1] - line[0])
    dense = np.stack([np.interp(places, known, line[:, k]) for k in (0, 1)], axis=1)
    return dense, np.array([-across[1], across[0]])


def _lightness(image: Image, places: Points) -> Points:
    """CIE L* (rows, columns) at places (rows, columns, 2)."""
    across, down = (np.ascontiguousarray(places[..., k], np.float32) for k in (0, 1))
    found = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(np.asarray(found, np.uint8).astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.asarray(cv2.GaussianBlur(lab[..., 0], (0, 0), _BLUR), np.float64)


def _darkest(light: Points) -> NDArray[np.intp]:
    """The row (columns,) of the cheapest path through the strip."""
    stray = _STRAY_COST * np.linspace(-1, 1, _ROWS) ** 2
    steps = np.arange(-_MOST_BEND, _MOST_BEND + 1)
    total, back = light[:, 0] + stray, np.zeros((_ROWS, _COLUMNS), np.intp)
    for column in range(1, _COLUMNS):
        padded = np.pad(total, _MOST_BEND, constant_values=np.inf)
        ways = np.stack([padded[_MOST_BEND + s : _MOST_BEND + s + _ROWS] + _BEND_COST * abs(s) for s in steps])
        back[:, column] = np.arange(_ROWS) + steps[ways.argmin(axis=0)]
        total = light[:, column] + stray + ways.min(axis=0)
    path = np.empty(_COLUMNS, np.intp)
    path[-1] = total.argmin()
    for column in range(_COLUMNS - 1, 0, -1):
        path[column - 1] = back[path[column], column]
    return path


def _sure_offsets(light: Points, path: NDArray[np.intp], depths: Points, scale: float) -> Points:
    """How far below the mesh's line the seam runs (columns,), pixels, as far as the picture is sure of it."""
    away = max(1, round(_BESIDE * scale / (depths[1] - depths[0])))
    columns = np.arange(_COLUMNS)
    above, below = (light[np.clip(path + side * away, 0, _ROWS - 1), columns] for side in (-1, 1))
    darker = np.minimum(above, below) - light[path, columns]
    sure = np.clip((darker - _SURE[0]) / (_SURE[1] - _SURE[0]), 0, 1)
    blurred = cv2.GaussianBlur(np.stack([depths[path] * sure, sure]), (0, 0), 2.0, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred[0])
