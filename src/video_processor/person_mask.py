"""The person in a portrait, along the picture's own edges."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image
from models.face_mesh.tracker import FaceTracker

FACE_OVAL: Final = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""Landmarks around the face, clockwise from the forehead's middle as seen."""

_WORKING_PIXELS: Final = 1_500_000
"""Pixels at which edges are followed; a larger picture's mask is enlarged from there."""

_BUST_FACES: Final = 4.0
"""Side of the square around head and shoulders, in face heights: what the segmenter was trained to see."""

_BUST_SHARE: Final = 0.7
"""Share of the picture's longer side under which the square is worth a look of its own."""

_EDGE_NETWORK_PIXELS: Final = 3.0
"""How far, in the segmenter's pixels, its outline may be off."""

_FILTER_PIXELS: Final = 300_000
"""Pixels at which the filter's lines are fitted; they vary slowly."""

_FLAT_COLOUR: Final = 0.03
"""Standard deviation of colour (0..1) below which a surface counts as flat."""

_STEEPNESS: Final = 1.6
"""Contrast of the outline after filtering."""


def person_mask(image: Image, landmarks: Floats, tracker: FaceTracker) -> Image:
    """(H, W) uint8, 255 on the person; the face itself always is."""
    height, width = image.shape[:2]
    scale = min(1.0, (_WORKING_PIXELS / (height * width)) ** 0.5)
    small, points = image, landmarks[:, :2] * np.float32(scale)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    rough, cell = _segment(small, points, tracker)
    mask = _along_edges(rough, small, cell * _EDGE_NETWORK_PIXELS)
    oval = np.rint(points[list(FACE_OVAL)] * 16).astype(np.int32)
    cv2.fillPoly(mask, [oval], 255, cv2.LINE_AA, 4)
    if scale < 1:
        mask = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return mask


def _segment(image: Image, points: Floats, tracker: FaceTracker) -> tuple[Floats, float]:
    """The person's share of each pixel 0..1 as the network sees it, and the size of its pixels in ours."""
    whole = _share(tracker.person_mask(image))
    height, width = image.shape[:2]
    x0, y0, x1, y1 = _bust(points, width, height)
    side = max(x1 - x0, y1 - y0)
    if side > _BUST_SHARE * max(width, height):
        return whole, max(width, height) / 256
    near = _share(tracker.person_mask(np.ascontiguousarray(image[y0:y1, x0:x1])))
    weight = _inner_weight((x0, y0, x1, y1), (width, height))
    part = whole[y0:y1, x0:x1]
    whole[y0:y1, x0:x1] = part + (near - part) * weight
    return whole, side / 256


def _share(mask: Image) -> Floats:
    return np.asarray(mask, np.float32) / np.float32(255)


def _bust(points: Floats, width: int, height: int) -> tuple[int, int, int, int]:
    low, high = points[:468].min(axis=0), points[:468].max(axis=0)
    face = float(max(high - low))
    x, y = (low + high) / 2
    half = face * _BUST_FACES / 2
    top, bottom = y + face * 0.4 - half, y + face * 0.4 + half
    x0, x1 = int(max(0, x - half)), int(min(width, x + half))
    y0, y1 = int(max(0, top)), int(min(height, bottom))
    return min(x0, width - 1), min(y0, height - 1), max(x1, x0 + 1), max(y1, y0 + 1)


def _inner_weight(box: tuple[int, int, int, int], size: tuple[int, int]) -> Floats:
    """1 inside the box, falling to 0 over a tenth of it at those of its sides that are not the picture's."""
    x0, y0, x1, y1 = box
    ramps = []
    for low, high, end in ((x0, x1, size[0]), (y0, y1, size[1])):
        place = np.arange(high - low, dtype=np.float32) + 0.5
        reach = max(1.0, (high - low) / 10)
        up = np.ones_like(place) if low == 0 else np.clip(place / reach, 0, 1)
        down = np.ones_like(place) if high == end else np.clip(place[::-1] / reach, 0, 1)
        ramps.append(up * down)
    return np.outer(ramps[1], ramps[0]).astype(np.float32)


def _along_edges(share: Floats, image: Image, radius: float) -> Image:
    """The fast guided filter (He and Sun 2015) with the colour picture as guide, then a steeper outline."""
    height, width = share.shape
    scale = min(1.0, (_FILTER_PIXELS / (height * width)) ** 0.5)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    guide = _share(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8))
    small = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA), np.float32)
    slope, offset = _local_lines(guide, small, max(1, round(radius * scale)))
    slope = np.asarray(cv2.resize(slope, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    offset = np.asarray(cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    smooth = np.einsum("ijk,ijk->ij", slope, image) / 255 + offset
    return np.asarray(np.rint(np.clip((smooth - 0.5) * _STEEPNESS + 0.5, 0, 1) * 255), np.uint8)


def _local_lines(guide: Floats, share: Floats, radius: int) -> tuple[Floats, Floats]:
    """Slope (H, W, 3) and offset (H, W) of the line that predicts `share` from colour around each pixel."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)

    centre, level = mean(guide), mean(share)
    common = mean(guide * share[..., None]) - centre * level[..., None]
    rows = [mean(guide * guide[..., i : i + 1]) - centre * centre[..., i : i + 1] for i in range(3)]
    for i in range(3):
        rows[i][..., i] += _FLAT_COLOUR**2
    sides = [np.cross(rows[1], rows[2]), np.cross(rows[2], rows[0]), np.cross(rows[0], rows[1])]
    determinant = np.einsum("ijk,ijk->ij", rows[0], sides[0])
    slope = sum(sides[i] * common[..., i : i + 1] for i in range(3)) / determinant[..., None]
    offset = level - np.einsum("ijk,ijk->ij", slope, centre)
    return mean(slope.astype(np.float32)), mean(offset.astype(np.float32))
