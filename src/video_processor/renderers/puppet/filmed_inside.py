"""The inside of a filmed person's own mouth, from the frame that shows most of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from video_processor.renderers.puppet.carriage import Carriage
from video_processor.renderers.puppet.fields import Box, filled, resample, smoothstep, within
from video_processor.renderers.puppet.lip_outline import rounded
from video_processor.renderers.puppet.lips import LOWER_LINE, UPPER_LINE, Lips
from video_processor.renderers.puppet.mouth import MouthPlace

Points = NDArray[np.float64]

COLUMNS, ROWS = 160, 96

LEAST_GAP: Final = 0.07
WIDEST_GAP: Final = 0.24
"""A mouth that opens less than this shows too little; wider ones are not sought. Eye distances."""

TURN_COST: Final = 0.004
"""A frame is worth this much less opening for each degree that the head is turned from its usual pose."""

NEARLY_AS_GOOD: Final = 0.6
MOST_LOOKS: Final = 10
OPENING_WORTH: Final = 2.0
"""So many frames that are open this share of the widest are compared; an opening of 0.1 eye distances outweighs teeth
that are brighter by a fifth of the skin's lightness."""

CLEAR_OF_LIPS: Final = 0.014
"""So close to the lips their edge may still show, eye distances."""

TEETH_ZONES: Final = (0.42, 0.30)
"""Shares of the opening that go with the upper and with the lower lip when it gets larger."""

STRETCHED_SHADE: Final = 0.95
"""How dark it gets where little is stretched far."""

DEPTH_LIGHT: Final = 0.75
"""The depth of a mouth that is open wider than the own one ever was, against the darkest that was seen."""

DARK_GAP: Final = (0.0, 0.10)
DARKEST: Final = 0.85
"""A mouth that opens little lets little light in."""

SHADE_DEPTH: Final = 0.05
EDGE_SHADE: Final = 0.78


@dataclass(frozen=True, slots=True)
class FilmedInside:
    """`picture` (ROWS, COLUMNS, 3): from corner to corner, and from the upper lip down over `depth` eye distances.

    `tall` (COLUMNS,): how far the lips were apart there. `light`: lightness of the skin beside the mouth. `dark` (3,):
    the colour of the depth.
    """

    picture: Image
    tall: Floats
    depth: float
    light: float
    dark: Floats


def open_frames(track: Carriage, seam: float) -> list[int]:
    """Frames with the mouth open widest, seen from where the head is mostly seen; none where it stays shut.

    `seam` is how far apart the inner lips are measured where they meet.
    """
    gaps = np.linalg.norm(track.landmarks[:, 13] - track.landmarks[:, 14], axis=1) / track.scales - seam
    ahead = track.turns[:, :, 2]
    usual = np.median(ahead, axis=0)
    degrees = np.degrees(np.arccos(np.clip(ahead @ usual / np.linalg.norm(usual), -1, 1)))
    worth = np.where(track.hold == 1.0, np.minimum(gaps, WIDEST_GAP) - TURN_COST * degrees, -1.0)
    best = float(worth.max())
    if best < LEAST_GAP:
        return []
    good = np.flatnonzero(worth >= max(NEARLY_AS_GOOD * best, LEAST_GAP))
    return [int(good[i]) for i in np.unique(np.linspace(0, len(good) - 1, MOST_LOOKS).round().astype(int))]


def best_inside(images: Iterable[Image], track: Carriage, indices: list[int]) -> FilmedInside | None:
    """Of those frames' pictures the one that shows bright teeth and a wide opening; None where there are none."""
    found = [cut_inside(image, track, index) for image, index in zip(images, indices, strict=True)]
    return max(found, key=_worth, default=None)


def _worth(inside: FilmedInside) -> float:
    teeth = inside.picture[: round(TEETH_ZONES[0] * ROWS), COLUMNS // 4 : -COLUMNS // 4]
    return float(np.quantile(teeth.mean(axis=-1), 0.7)) / max(inside.light, 1.0) + OPENING_WORTH * inside.depth


def cut_inside(image: Image, track: Carriage, index: int) -> FilmedInside:
    """Out of that frame's picture."""
    frame, marks = track.frame(index), track.landmarks[index].astype(np.float64)[:, :2]
    upper, lower = (rounded(marks[[78, *line[1:-1], 308]], 8) for line in (UPPER_LINE, LOWER_LINE))
    down = frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    u = np.linspace(0, 1, COLUMNS)
    top, bottom = (
        np.stack([np.interp(u, _along(line), line[:, k]) for k in (0, 1)], axis=-1) for line in (upper, lower)
    )
    tall = np.maximum((bottom - top) @ down / frame.scale, 0)
    depth = float(tall.max())
    margin = np.minimum(CLEAR_OF_LIPS, 0.3 * tall)
    deep = np.clip(np.linspace(0, depth, ROWS)[:, None], margin, tall - margin)
    places = top[None] + deep[..., None] * down * frame.scale
    picture = np.asarray(resample(image, places.astype(np.float32), cv2.INTER_CUBIC), np.uint8)
    return FilmedInside(
        picture, tall.astype(np.float32), depth, skin_light(image, marks, frame.scale), _darkest(picture)
    )


def _darkest(picture: Image) -> Floats:
    """The mean (3,) of the picture's darkest tenth."""
    pixels = picture.reshape(-1, 3).astype(np.float32)
    light = pixels.mean(axis=1)
    return np.asarray(pixels[light <= np.quantile(light, 0.1)].mean(axis=0), np.float32)


def skin_light(image: Image, marks: Points, scale: float) -> float:
    """Mean lightness of the skin beside the mouth, 0..255."""
    r = max(1, round(0.05 * scale))
    found = []
    for i in (205, 425, 50, 280):
        x, y = (int(v) for v in marks[i, :2])
        part = image[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1]
        if part.size:
            found.append(float(part.mean()))
    return float(np.mean(found)) if found else 128.0


def draw_filmed_inside(
    inside: FilmedInside, lips: Lips, part: Box, place: MouthPlace, light: float
) -> tuple[Floats, Floats]:
    """Over `part` of the frame, which `lips.place` gives: colours (h, w, 3) 0..255 and cover (h, w) 0..1.

    `light`: lightness of the skin beside the mouth there, 0..255.
    """
    own = within(part, lips.box)
    origin = np.array([own[1].start, own[0].start], np.float32)
    upper, lower = lips.upper - origin, lips.lower - origin
    rows, columns = np.mgrid[: place.shape[0], : place.shape[1]].astype(np.float32)
    x = columns * lips.sideways[0] + rows * lips.sideways[1]
    y = columns * lips.down[0] + rows * lips.down[1]
    top, bottom = (_height(line, lips, x) for line in (upper, lower))
    ends = upper[[0, -1]] @ lips.sideways
    across = np.clip((x - ends.min()) / max(float(np.ptp(ends)), 1.0), 0, 1)
    tall = np.interp(across, np.linspace(0, 1, COLUMNS), inside.tall)
    deep, seen = _deep((y - top) / lips.unit, (bottom - y) / lips.unit, tall)
    places = np.stack([across * (COLUMNS - 1), deep / inside.depth * (ROWS - 1)], axis=-1)
    colours = np.asarray(
        resample(inside.picture, places.astype(np.float32), cv2.INTER_LINEAR, cv2.BORDER_REPLICATE), np.float32
    )
    colours = colours * seen[..., None] + inside.dark * (DEPTH_LIGHT * (1 - seen))[..., None]
    cover = filled(place.hole, place.shape)
    near = cv2.distanceTransform((cover > 127).astype(np.uint8), cv2.DIST_L2, 3) / (SHADE_DEPTH * lips.unit)
    shade = EDGE_SHADE + (1 - EDGE_SHADE) * np.clip(near, 0, 1)
    bright = DARKEST + (1 - DARKEST) * float(smoothstep(*DARK_GAP, lips.gap))
    gain = bright * float(np.clip(light / max(inside.light, 1.0), 0.6, 1.6))
    soft = cv2.GaussianBlur(cover, (0, 0), max(0.5, 0.006 * lips.unit)).astype(np.float32) / 255.0
    return np.asarray(colours * (shade * gain)[..., None], np.float32), soft


def _height(line: Floats, lips: Lips, x: Floats) -> Floats:
    """How far down the lip line (n, 2) lies at each `x` across the face."""
    along, down = line @ lips.sideways, line @ lips.down
    order = np.argsort(along)
    return np.asarray(np.interp(x.ravel(), along[order], down[order]).reshape(x.shape), np.float32)


def _deep(below: Floats, above: Floats, tall: Floats) -> tuple[Floats, Floats]:
    """How deep in the own opening, `tall` high, those places are that lie `below` the upper lip and `above` the lower.

    In a smaller opening the lower lip hides what is deep. In a larger one what is near a lip goes with it, teeth
    above all; only the middle is stretched. The second value, 0..1, is how much of it shows: what is stretched is dark.
    """
    first, last = TEETH_ZONES[0] * tall, TEETH_ZONES[1] * tall
    slope = (tall - first - last) / np.maximum(below + above - first - last, 1e-4)
    stretched = np.where(above < last, tall - above, first + (below - first) * slope)
    larger = (below + above > tall) & (below > first)
    far = np.minimum(below - first, above - last) / np.maximum(below + above - first - last, 1e-4)
    seen = 1 - STRETCHED_SHADE * np.clip(1.5 * (1 - slope), 0, 1) * np.clip(5 * far, 0, 1)
    return np.where(larger, stretched, below).astype(np.float32), np.where(larger, seen, 1.0).astype(np.float32)


def _along(line: Points) -> Points:
    """Shares (n,) of the length of the line (n, 2) up to each of its points."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)]) / max(float(steps.sum()), 1e-6)
