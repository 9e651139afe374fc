"""Hair as locks: ribbons between guide curves, each shaded round, with strands and a sheen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from scripts.drawing import palette
from scripts.drawing.canvas import Canvas, Floats, Outline, Points, brush, smooth

STEPS_ALONG: Final = 112
STEPS_ACROSS: Final = 14
WAVE_LIGHT: Final = 0.01
"""How much brighter a wave is where it turns to the light, for each unit that it swings."""

_SUBPIXEL_BITS: Final = 4


@dataclass(frozen=True, slots=True)
class Tress:
    """Hair that flows between guide curves, each from root to tip; the first guide lies lowest.

    Along the hair all places are 0..1. `sheen`: where light gathers (place, spread, strength). `tone`: brighter
    or darker than the rest. `width` of a lock and how far it may `stray`, shares of the tress's. `wave`: how far
    the waves swing at the tips, design units; `waves`: how many; `straight`: how late they begin. `taper`: the
    share over which a lock comes to its tip.
    """

    guides: tuple[Outline, ...]
    locks: int
    sheen: tuple[tuple[float, float, float], ...]
    tone: float = 0.0
    width: float = 0.11
    wave: float = 0.0
    waves: float = 1.5
    taper: float = 0.5
    stray: float = 0.012
    straight: float = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """Hair before it is laid on the picture: colours (side, side, 3) and cover (side, side)."""

    colours: Floats
    cover: Floats


def draw_tresses(canvas: Canvas, tresses: Sequence[Tress], seed: int) -> Layer:
    """Paints the tresses and returns where they lie."""
    random = np.random.RandomState(seed)
    layer = Layer(np.zeros_like(canvas.pixels), np.zeros((canvas.side, canvas.side), np.float32))
    for tress in tresses:
        guides = _even(tress.guides)
        for place in np.linspace(0, 1, tress.locks):
            _lock(canvas, layer, tress, guides, float(place), random)
    canvas.paint(np.asarray(cv2.GaussianBlur(layer.cover, (0, 0), 0.7), np.float32), layer.colours)
    return layer


def strands(canvas: Canvas, tress: Tress, count: int, width: float, seed: int) -> Floats:
    """Single fine hairs over the upper half of the tress, as a mask."""
    random = np.random.RandomState(seed)
    guides = _even(tress.guides)
    lines = []
    for _ in range(count):
        line = _between(guides, random.uniform(-0.05, 1.05) + random.uniform(-0.05, 0.05, 2))
        begin = random.uniform(0, 0.25)
        end = begin + random.uniform(0.15, 0.30)
        part = line[int(begin * STEPS_ALONG) : int(end * STEPS_ALONG)]
        lines.append(brush(part, (0.0, width, 0.0), steps=2))
    return canvas.strokes(*lines)


def _even(guides: Sequence[Outline]) -> Points:
    """The guides as curves of STEPS_ALONG points, evenly spaced: (guides, STEPS_ALONG, 2)."""
    curves = []
    for guide in guides:
        curve = smooth(guide)
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        at = np.linspace(0, length[-1], STEPS_ALONG)
        curves.append(np.column_stack([np.interp(at, length, curve[:, i]) for i in range(2)]))
    return np.stack(curves)


def _between(guides: Points, ends: Points) -> Points:
    """The curve that drifts across the guides (0..1) from the first to the second of `ends`."""
    across = np.linspace(ends[0], ends[1], STEPS_ALONG) * (len(guides) - 1)
    low = np.clip(np.floor(across).astype(int), 0, len(guides) - 2)
    rows = np.arange(STEPS_ALONG)
    share = (across - low)[:, None]
    return np.asarray(guides[low, rows] * (1 - share) + guides[low + 1, rows] * share)


def _lock(
    canvas: Canvas, layer: Layer, tress: Tress, guides: Points, place: float, random: np.random.RandomState
) -> None:
    along, across = np.linspace(0, 1, STEPS_ALONG), np.linspace(-1, 1, STEPS_ACROSS + 1)
    drift = place + random.normal(0, tress.stray, 2)
    width = tress.width * random.uniform(0.75, 1.25)
    left, right = (_between(guides, drift + side * width) for side in (-0.5, 0.5))
    phase = 2 * np.pi * (tress.waves * along + random.uniform(0, 0.22))
    swing = tress.wave * np.clip(2 * along - tress.straight, 0, 1)
    middle = (left + right) / 2
    middle = middle + _aside(middle) * (swing * np.sin(phase))[:, None]
    thickness = np.minimum(1, 0.3 + 4 * along) * np.clip((1 - along) / tress.taper, 0, 1) ** 0.6
    nodes = middle[:, None] + (right - left)[:, None] / 2 * (thickness[:, None] * across)[..., None]
    turned_to_light = WAVE_LIGHT * swing * np.cos(phase + 0.5)
    shades = _shades(tress, along, (across[1:] + across[:-1]) / 2, random) + turned_to_light[:, None]
    _rasterise(canvas, layer, nodes, palette.HAIR.at(np.asarray(shades, np.float32)))


def _aside(curve: Points) -> Points:
    """Unit vectors across the curve (n, 2)."""
    forward = np.gradient(curve, axis=0)
    turned = np.column_stack([-forward[:, 1], forward[:, 0]])
    return np.asarray(turned / np.linalg.norm(forward, axis=1)[:, None])


def _shades(tress: Tress, along: Points, across: Points, random: np.random.RandomState) -> Floats:
    """Brightness over a lock (STEPS_ALONG, STEPS_ACROSS): round, stranded, shining in places."""
    strand = np.convolve(random.normal(0, 1, len(across) + 2), (0.25, 0.5, 0.25), "valid")
    shift = random.normal(0, 0.018)
    sheen = np.zeros((len(along), len(across)))
    for at, spread, strength in tress.sheen:
        sheen += strength * np.exp(-0.5 * ((along[:, None] + shift + 0.012 * strand[None] - at) / spread) ** 2)
    rounded = 0.15 * (1 - across[None] ** 2) - 0.12 * np.abs(across[None]) ** 4
    rounded = rounded * np.clip(0.3 + 2.4 * along, 0, 1)[:, None]
    grain = 0.040 * strand[None]
    value = 0.30 + tress.tone + random.normal(0, 0.03) + rounded + grain + sheen * (0.8 + 1.4 * rounded)
    return np.asarray(value, np.float32)


def _rasterise(canvas: Canvas, layer: Layer, nodes: Points, colours: Floats) -> None:
    """Fills the cells between the nodes (n, m, 2) with their colours (n, m - 1, 3)."""
    corners = np.rint((canvas.pixel(nodes) - 0.5) * 2**_SUBPIXEL_BITS).astype(np.int32)
    for here, there, tints in zip(corners[:-1], corners[1:], colours.tolist(), strict=False):
        cells = np.stack([here[:-1], here[1:], there[1:], there[:-1]], axis=1)
        for cell, tint in zip(cells, tints, strict=True):
            cv2.fillConvexPoly(layer.colours, cell, tint, cv2.LINE_8, _SUBPIXEL_BITS)
        cv2.fillPoly(layer.cover, [np.vstack([here, there[::-1]])], 1.0, cv2.LINE_8, _SUBPIXEL_BITS)
