"""A picture that is painted with soft masks, in design units: a sheet of 1024 by 1024 of which a part is seen."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Points: TypeAlias = NDArray[np.float64]
Outline: TypeAlias = Points | Sequence[tuple[float, float]]

DESIGN_SIDE: Final = 1024
VIEW: Final = (42.0, 34.0, 940.0)
"""Left, top and side of the part of the sheet that the picture shows."""

SUPERSAMPLING: Final = 2
_SUBPIXEL_BITS: Final = 4


def colour(code: str) -> Floats:
    """The colour `#rrggbb`, sRGB 0..1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def smooth(points: Outline, *, closed: bool = False, steps: int = 16) -> Points:
    """A Catmull-Rom curve (n, 2) through the points."""
    own = np.asarray(points, np.float64)
    ends = (own[-1:], own[:2]) if closed else (2 * own[:1] - own[1:2], 2 * own[-1:] - own[-2:-1])
    p = np.vstack([ends[0], own, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None] for i in range(4))
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    flat = curve.reshape(-1, 2)
    return flat if closed else np.vstack([flat, own[-1:]])


def mirrored(points: Outline) -> Points:
    """The points or strokes (n, 2 or more) on the other side of the sheet's middle."""
    turned = np.array(points, np.float64)
    turned[:, 0] = DESIGN_SIDE - turned[:, 0]
    return turned


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


class Canvas:
    """The picture, `SUPERSAMPLING` times as large as it will be. Masks are (side, side), 0..1."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.side = size * SUPERSAMPLING
        self.scale = self.side / VIEW[2]
        self.pixels: Floats = np.zeros((self.side, self.side, 3), np.float32)
        steps = (np.arange(self.side, dtype=np.float32) + 0.5) / np.float32(self.scale)
        self.x: Floats = np.broadcast_to(steps[None, :] + np.float32(VIEW[0]), (self.side, self.side))
        self.y: Floats = np.broadcast_to(steps[:, None] + np.float32(VIEW[1]), (self.side, self.side))

    def finished(self) -> NDArray[np.uint8]:
        """The picture at its own size, uint8 RGB."""
        small = cv2.resize(self.pixels, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return np.asarray(np.rint(np.clip(small, 0, 1) * 255), np.uint8)

    def fill(self, *outlines: Points) -> Floats:
        """What the closed outlines enclose."""
        mask = np.zeros((self.side, self.side), np.uint8)
        for outline in outlines:
            cv2.fillPoly(mask, [self._fixed(outline)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        return np.asarray(mask / np.float32(255), np.float32)

    def strokes(self, *lines: Points) -> Floats:
        """Brush strokes: each a curve (n, 3) of x, y and the brush's width there."""
        return self.fill(*[_ribbon(line) for line in lines])

    def oval(self, x: float, y: float, wide: float, tall: float, turn: float = 0.0) -> Floats:
        """A soft oval: 1 in the middle, a Gaussian with these standard deviations, turned by degrees."""
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        u, v = self.x - np.float32(x), self.y - np.float32(y)
        along, across = (u * c + v * s) / np.float32(wide), (v * c - u * s) / np.float32(tall)
        return np.asarray(np.exp(-0.5 * (along**2 + across**2)), np.float32)

    def soft(self, mask: Floats, radius: float) -> Floats:
        """The mask blurred by a Gaussian of `radius` design units."""
        sigma = radius * self.scale
        shrink = max(1, min(int(sigma / 4), 12))
        side = max(1, round(self.side / shrink))
        small = mask if shrink == 1 else cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), max(sigma * side / self.side, 1e-2), borderType=cv2.BORDER_REPLICATE)
        if shrink > 1:
            blurred = cv2.resize(blurred, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
            blurred = cv2.GaussianBlur(blurred, (0, 0), 0.75 * shrink, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(np.clip(blurred, 0, 1), np.float32)

    def rim(self, mask: Floats, x: float, y: float, radius: float) -> Floats:
        """The mask's edge towards (x, y), as wide as that, fading inwards over `radius`."""
        move = np.array([[1, 0, -x * self.scale], [0, 1, -y * self.scale]], np.float64)
        moved = cv2.warpAffine(mask, move, (self.side, self.side), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(mask * (1 - self.soft(np.asarray(moved, np.float32), radius)), np.float32)

    def paint(self, mask: Floats, paint: Floats, opacity: float = 1.0) -> None:
        """Covers with a colour (3,) or a picture (side, side, 3)."""
        box = _box(mask)
        share = mask[box][..., None] * np.float32(opacity)
        under = self.pixels[box]
        under += ((paint if paint.ndim == 1 else paint[box]) - under) * share

    def shade(self, mask: Floats, tint: Floats, opacity: float = 1.0) -> None:
        """Darkens: multiplies by the tint."""
        box = _box(mask)
        self.pixels[box] *= 1 - (1 - tint) * mask[box][..., None] * np.float32(opacity)

    def light(self, mask: Floats, tint: Floats, opacity: float = 1.0) -> None:
        """Brightens: screens with the tint."""
        box = _box(mask)
        under = self.pixels[box]
        under += (1 - under) * tint * mask[box][..., None] * np.float32(opacity)

    def _fixed(self, outline: Points) -> NDArray[np.int32]:
        return np.rint((self.pixel(outline) - 0.5) * 2**_SUBPIXEL_BITS).astype(np.int32)

    def pixel(self, points: Points) -> Points:
        """Design units to pixels (n, 2)."""
        return np.asarray((points - np.array(VIEW[:2])) * self.scale)


def brush(path: Outline, widths: Sequence[float], steps: int = 16) -> Points:
    """A stroke for `Canvas.strokes`: a curve through `path` whose width goes evenly through `widths`."""
    curve = smooth(path, steps=steps)
    places = np.linspace(0, 1, len(curve))
    wide = np.interp(places, np.linspace(0, 1, len(widths)), widths)
    return np.column_stack([curve, wide])


def _ribbon(line: Points) -> Points:
    along = np.gradient(line[:, :2], axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    aside = np.column_stack([-along[:, 1], along[:, 0]]) * line[:, 2:] / 2
    return np.vstack([line[:, :2] + aside, (line[:, :2] - aside)[::-1]])


def _box(mask: Floats) -> tuple[slice, slice]:
    """The part of the picture where the mask is not empty."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > 1e-3), np.flatnonzero(mask.max(axis=0) > 1e-3)
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
