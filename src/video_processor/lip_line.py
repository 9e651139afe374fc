"""The inner edges of the lips in a picture whose mouth is open, which the mesh may lay on teeth, lip or in the dark."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.head_pose import eye_distance

_LOWER_RINGS: Final = (
    (146, 91, 181, 84, 17, 314, 405, 321, 375),
    (77, 90, 180, 85, 16, 315, 404, 320, 307),
    (96, 89, 179, 86, 15, 316, 403, 319, 325),
    (95, 88, 178, 87, 14, 317, 402, 318, 324),
)
_UPPER_RINGS: Final = (
    (185, 40, 39, 37, 0, 267, 269, 270, 409),
    (184, 74, 73, 72, 11, 302, 303, 304, 408),
    (183, 42, 41, 38, 12, 268, 271, 272, 407),
    (191, 80, 81, 82, 13, 312, 311, 310, 415),
)
"""Lip rings without their corners, from the border to the inner edge."""

_OPEN_GAP: Final = 0.06
"""Opening from which on the edges are looked for, eye distances."""

_STEPS: Final = 48
_REACH: Final = (0.48, 0.10)
"""An edge is looked for from so deep in the mouth on, share of the opening and at most eye distances."""

_FURTHEST: Final = 0.62
"""The edge lies at most this share of the way from the mesh's inner edge to its border."""

_USUAL_LIP: Final = (0.35, 0.8)
"""Shares of that way between which most is lip."""

_LIP_MARGIN, _LIP_DEPTH = 0.04, 0.4
"""Next to an edge, so far from it and over this share of the rest of the line, all is lip."""

_MIDDLE: Final = slice(2, 7)
"""The lines whose colours stand for the lip: not those at the corners."""

_LEAST_LIP: Final = 0.25
"""Share of the way that must be left to be lip."""

_LIGHTNESS_WEIGHT: Final = 0.8
"""How much lightness counts beside colour (CIE Lab)."""

_OUTWARD_SURE: Final = (3.0, 6.0)
_INWARD_SURE: Final = (9.0, 14.0)
"""How unlike lip and mouth must be for an edge nearer the border, and for one deeper in the mouth, where teeth of the
lip's lightness mislead; between the two it is believed in part."""


_DEEPEST: Final = 0.3
"""An edge lies at most this share of the opening deeper in the mouth than the mesh has it."""

_TAPER: Final = np.array([0.4, 0.8, *[1.0] * 5, 0.8, 0.4], np.float32)
"""Towards the corners, which stay, the edge moves this much less."""


_WIDE_GAP: Final = (0.15, 0.25)
"""From this opening on, in part and in full, the lower lip's border is looked for too: the mesh draws a stretched lip
thin."""

_BORDER_REACH: Final = 2.6
_BORDER_LIP: Final = (0.22, 0.44)
_BORDER_SURE: Final = (4.0, 7.0)
_BORDER_COLOURS: Final = np.array([0.4, 1.0, 1.0], np.float32)
"""A border is looked for up to so many thicknesses of the mesh's lip away from its inner edge. Between the second
shares of that way all is lip. It is believed where lip and skin are as unlike as the third say, in part and in full;
lips are as light as skin, so that lightness counts less than colour."""

_CHIN: Final = 152


@dataclass(frozen=True, slots=True)
class _Lines:
    """Nine lines across a lip, from `start` (9, 2) in the mouth to its `border`.

    `mesh` (9,): shares of the way at which the mesh has the inner edge. `colours` (9, steps, 3): weighted CIE Lab.
    """

    start: Floats
    border: Floats
    mesh: Floats
    colours: Floats


def with_lip_edges(landmarks: Floats, image: Image) -> Floats:
    """The landmarks (478, 3) with the rings of both lips moved to where the picture turns into lip; as they are where
    the mouth is shut or nothing tells lip and mouth apart.

    The edge splits each line from the mouth to the lip's border into a part unlike the lip's colour and one like it
    (the split of least squares, Fisher 1958); what counts as lip is found anew beside the first split.
    """
    scale = eye_distance(landmarks)
    if float(np.linalg.norm(landmarks[13, :2] - landmarks[14, :2])) < _OPEN_GAP * scale:
        return landmarks
    moved = landmarks.copy()
    for rings, other in ((_UPPER_RINGS, _LOWER_RINGS), (_LOWER_RINGS, _UPPER_RINGS)):
        lines = _lines(landmarks, image, rings, landmarks[list(other[3]), :2], scale)
        _move(moved, rings, lines, _believed(lines))
    return _with_lower_border(moved, image, scale)


def _with_lower_border(marks: Floats, image: Image, scale: float) -> Floats:
    """The landmarks with the lower lip's border where a wide open mouth's picture turns from lip into skin.

    The skin below gives way, less towards the chin.
    """
    gap = float(np.linalg.norm(marks[13, :2] - marks[14, :2])) / scale
    wide = float(np.clip((gap - _WIDE_GAP[0]) / (_WIDE_GAP[1] - _WIDE_GAP[0]), 0, 1))
    if wide == 0:
        return marks
    inner, border = (marks[list(_LOWER_RINGS[i]), :2] for i in (3, 0))
    along = np.linspace(0, 1, _STEPS, dtype=np.float32)
    way = (border - inner) * np.float32(_BORDER_REACH)
    colours = _lab(image, inner[:, None] + way[:, None] * along[None, :, None]) * _BORDER_COLOURS
    mesh = np.full(len(inner), 1 / _BORDER_REACH, np.float32)
    lines = _Lines(inner, inner + way, mesh, colours)
    lip = _median(lines, np.full_like(mesh, _BORDER_LIP[0]), np.full_like(mesh, _BORDER_LIP[1]))
    share, contrast = _last_like(colours, lip)
    share = _usual(share)
    sure = np.clip((contrast - _BORDER_SURE[0]) / (_BORDER_SURE[1] - _BORDER_SURE[0]), 0, 1) * _TAPER * wide
    more = _smooth(_smooth(np.asarray(np.maximum(share - mesh, 0) * sure, np.float32))) * _BORDER_REACH
    return _thicker(marks, more)


def _usual(values: Floats) -> Floats:
    """Each value (n,) replaced by the median of itself and its neighbours."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0), np.float32)


def _last_like(colours: Floats, lip: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Share of each line (9,) at which what is like `lip` ends, past its inner edge.

    And how much less like it the part beyond is (9,).
    """
    share = np.linspace(0, 1, _STEPS)
    lips = share >= _BORDER_LIP[0]
    unlike, share = np.linalg.norm(colours - lip, axis=-1).astype(np.float64)[:, lips], share[lips][1:]
    steps = unlike.shape[1]
    count = np.arange(1, steps)
    sums = np.cumsum(unlike, axis=1)
    step = (sums[:, -1:] - sums[:, :-1]) / (steps - count) - sums[:, :-1] / count
    best = np.where(step > 0, step**2 * count * (steps - count), 0.0).argmax(axis=1)
    return np.asarray(share[best], np.float32), step[np.arange(len(best)), best]


def _thicker(marks: Floats, more: Floats) -> Floats:
    """The landmarks with the lower lip thicker by the share `more` (9,) of itself."""
    moved = marks.copy()
    rings = [list(ring) for ring in _LOWER_RINGS]
    inner, border = marks[rings[3], :2], marks[rings[0], :2]
    for ring in rings:
        moved[ring, :2] += (marks[ring, :2] - inner) * more[:, None]
    down = marks[_CHIN, :2] - border[4]
    drop = float(np.linalg.norm(down))
    down = down / max(drop, 1e-6)
    across = np.array([down[1], -down[0]], np.float32)
    order = np.argsort(border @ across)
    beside = marks[:468, :2] @ across
    edge = np.interp(beside, (border @ across)[order], (border @ down)[order])
    shift = np.interp(beside, (border @ across)[order], (((border - inner) @ down) * more)[order], left=0, right=0)
    below = (marks[:468, :2] @ down - edge) / max(drop, 1e-6)
    share = np.where(below > 0, np.clip(1 - below, 0, 1), 0.0)
    share[[i for ring in rings + [list(ring) for ring in _UPPER_RINGS] for i in ring]] = 0
    moved[:468, :2] += (share * shift)[:, None] * down
    return moved


def _lines(landmarks: Floats, image: Image, rings: tuple[tuple[int, ...], ...], across: Floats, scale: float) -> _Lines:
    inner, border = (landmarks[list(rings[i]), :2] for i in (3, 0))
    way = across - inner
    wide = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    start = inner + way / wide * np.minimum(_REACH[0] * wide, _REACH[1] * scale)
    along = np.linspace(0, 1, _STEPS, dtype=np.float32)
    places = start[:, None] + (border - start)[:, None] * along[None, :, None]
    mesh = np.linalg.norm(inner - start, axis=1) / np.maximum(np.linalg.norm(border - start, axis=1), 1e-6)
    return _Lines(start, border, np.asarray(np.minimum(mesh, 1), np.float32), _lab(image, places))


def _lab(image: Image, places: Floats) -> Floats:
    across, down = (np.ascontiguousarray(places[..., i], np.float32) for i in (0, 1))
    found = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(np.asarray(found, np.uint8).astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.asarray(lab * np.array([_LIGHTNESS_WEIGHT, 1, 1], np.float32), np.float32)


def _believed(lines: _Lines) -> Floats:
    """Where along each line the lip begins (9,), as far as the picture is sure of it.

    Along the lip it is smooth, but for where less lip shows.
    """
    rest = 1 - lines.mesh
    usual = _median(lines, lines.mesh + _USUAL_LIP[0] * rest, lines.mesh + _USUAL_LIP[1] * rest)
    first, _ = _split(lines, usual)
    beside = first + _LIP_MARGIN
    edge, contrast = _split(lines, _median(lines, beside, beside + _LIP_DEPTH * (1 - first)))
    low, high = (np.where(edge < lines.mesh, a, b) for a, b in zip(_INWARD_SURE, _OUTWARD_SURE, strict=True))
    deepest = -lines.mesh * _DEEPEST / _REACH[0]
    found = np.maximum(edge - lines.mesh, deepest) * np.clip((contrast - low) / (high - low), 0, 1) * _TAPER
    return np.asarray(lines.mesh + np.maximum(found, _smooth(_smooth(found))), np.float32)


def _smooth(values: Floats) -> Floats:
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4, np.float32)


def _median(lines: _Lines, low: Floats, high: Floats) -> Floats:
    """The usual colour (3,) between those shares (9,) of the lines in the middle of the lip."""
    along = np.linspace(0, 1, _STEPS)
    chosen = (along >= low[_MIDDLE, None]) & (along <= high[_MIDDLE, None])
    colours = lines.colours[_MIDDLE][chosen]
    return np.asarray(np.median(colours if len(colours) else lines.colours[_MIDDLE, -1], axis=0), np.float32)


def _split(lines: _Lines, lip: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Share of each line (9,) at which it turns into `lip`, and how much less like it the part before is (9,)."""
    unlike = np.linalg.norm(lines.colours - lip, axis=-1).astype(np.float64)
    count = np.arange(1, _STEPS)
    sums = np.cumsum(unlike, axis=1)
    step = sums[:, :-1] / count - (sums[:, -1:] - sums[:, :-1]) / (_STEPS - count)
    gain = np.where(step > 0, step**2 * count * (_STEPS - count), 0.0)
    share = np.linspace(0, 1, _STEPS)[1:]
    gain[share[None] > (lines.mesh + _FURTHEST * (1 - lines.mesh))[:, None]] = 0
    best = gain.argmax(axis=1)
    return np.asarray(share[best], np.float32), step[np.arange(len(best)), best]


def _move(marks: Floats, rings: tuple[tuple[int, ...], ...], lines: _Lines, edges: Floats) -> None:
    """Moves the rings in `marks`, in place, so that the inner one lies at those shares of the lines."""
    inner, border = marks[list(rings[3]), :2].copy(), lines.border
    edge = lines.start + (border - lines.start) * edges[:, None]
    share = (edges - lines.mesh) / np.maximum(1 - lines.mesh, 1e-6)
    outer = inner + (border - inner) * np.maximum(1.0, share + _LEAST_LIP)[:, None]
    thick = np.maximum(np.linalg.norm(border - inner, axis=1), 1e-6)
    places = [np.clip(np.linalg.norm(marks[list(ring), :2] - inner, axis=1) / thick, 0, 1) for ring in rings]
    for ring, place in zip(rings, places, strict=True):
        marks[list(ring), :2] = edge + (outer - edge) * place[:, None]
