"""BlazeFace, short range (Bazarevsky et al. 2019, arXiv:1907.05047): faces in a picture, small ones by tiles."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from models.face_mesh.network import Network

OUTPUTS: Final = ("regressors", "classificators")

_INPUT: Final = 128
_GRIDS: Final = ((16, 2), (8, 6))
"""Cells across, and anchors a cell, of the network's two output layers."""

_MIN_SCORE: Final = 0.5
_MIN_TILE_SCORE: Final = 0.7
"""Tiles are many, so chance hits are too."""

_SAME_FACE_OVERLAP: Final = 0.3
"""Intersection over union above which two boxes are one face (as in MediaPipe's graph)."""

_LARGE_ENOUGH: Final = 0.2
"""Share of the tile's side that a face must have for the search by smaller tiles to end."""

_LEVELS: Final = (1, 2, 4, 8)
"""Tiles along the picture's longer side, before overlap."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A face: `box` x, y, width, height in pixels, `score` in 0..1, `keypoints` (6, 2) in pixels.

    The keypoints are the subject's right eye, left eye, nose tip, mouth centre, right ear, left ear.
    """

    box: tuple[float, float, float, float]
    score: float
    keypoints: Floats

    @property
    def side(self) -> float:
        return max(self.box[2], self.box[3])


def _anchors() -> Floats:
    layers = []
    for cells, repeats in _GRIDS:
        centres = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(centres, centres)
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
    return (np.concatenate(layers) * _INPUT).astype(np.float32)


_ANCHORS: Final = _anchors()


def detect_faces(network: Network, image: Image) -> list[Detection]:
    """Every face in the picture, largest first."""
    found = np.zeros((0, 17), np.float32)
    for level in _LEVELS:
        if level > 1 and max(image.shape[:2]) / level < _INPUT / 2:
            break
        found = _merge(np.concatenate([found, *_search(network, image, level)]))
        tile = max(image.shape[:2]) / level
        if len(found) and found[:, 2:4].max() >= _LARGE_ENOUGH * tile:
            break
    detections = [_detection(row) for row in found]
    return sorted(detections, key=lambda detection: -detection.side)


def _detection(row: Floats) -> Detection:
    x, y, width, height = (float(value) for value in row[:4])
    return Detection((x, y, width, height), float(row[16]), row[4:16].reshape(6, 2))


def _search(network: Network, image: Image, level: int) -> Iterator[Floats]:
    """Rows (n, 17) of box, keypoints and score in the picture's pixels, for each tile of a level."""
    scale = _INPUT * level / max(image.shape[:2])
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
    for y in _starts(height):
        for x in _starts(width):
            tile = small[y : y + _INPUT, x : x + _INPUT]
            left, top = (_INPUT - tile.shape[1]) // 2, (_INPUT - tile.shape[0]) // 2
            padded = np.zeros((_INPUT, _INPUT, 3), np.uint8)
            padded[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
            rows = _decode(network, padded, _MIN_SCORE if level == 1 else _MIN_TILE_SCORE)
            rows[:, :16:2] += x - left
            rows[:, 1:16:2] += y - top
            rows[:, 2:4] -= (x - left, y - top)
            rows[:, :16] /= scale
            yield rows


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side: evenly, overlapping by half or more, the last one at the end."""
    if length <= _INPUT:
        return [0]
    count = int(np.ceil((length - _INPUT) / (_INPUT / 2))) + 1
    return [round(start) for start in np.linspace(0, length - _INPUT, count)]


def _decode(network: Network, tile: Image, min_score: float) -> Floats:
    """Rows (n, 17): x, y, width, height, six keypoints, score, in the tile's pixels, merged."""
    values, logits = network(tile, low=-1.0)
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits[:, 0], -80, 80)))
    chosen = scores >= min_score
    raw, anchors = values[chosen], _ANCHORS[chosen]
    corner = raw[:, :2] + anchors - raw[:, 2:4] / 2
    points = raw[:, 4:].reshape(-1, 6, 2) + anchors[:, None]
    rows = np.concatenate([corner, raw[:, 2:4], points.reshape(-1, 12), scores[chosen, None]], axis=1)
    return _merge(rows.astype(np.float32))


def _merge(rows: Floats) -> Floats:
    """Boxes that overlap become one, their mean weighted by score; it keeps the best score."""
    rest = rows[np.argsort(-rows[:, 16], kind="stable")]
    kept = []
    while len(rest):
        same = _overlap(rest[0], rest) > _SAME_FACE_OVERLAP
        same[0] = True
        merged = np.average(rest[same], axis=0, weights=rest[same, 16])
        merged[16] = rest[0, 16]
        kept.append(merged)
        rest = rest[~same]
    return np.array(kept, np.float32).reshape(-1, 17)


def _overlap(one: Floats, rows: Floats) -> NDArray[np.float32]:
    low = np.maximum(one[:2], rows[:, :2])
    high = np.minimum(one[:2] + one[2:4], rows[:, :2] + rows[:, 2:4])
    common = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(rows[:, 2:4], axis=1)
    return np.asarray(common / np.maximum(one[2] * one[3] + areas - common, 1e-6), np.float32)
