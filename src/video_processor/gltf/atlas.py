"""One picture for a whole head: the portrait's head above, eyes, teeth, tongue and the mouth's dark below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from avatar.types import Floats, Image, Portrait
from video_processor.gltf.eyes import EyeLines
from video_processor.gltf.parts import Points
from video_processor.renderers.puppet.background import fill_behind
from video_processor.renderers.puppet.mouth import build_mouth

SIDES: Final = (1024, 2048)
"""Width and height of the picture, pixels: the smaller one while the head fits."""

JPEG_QUALITY: Final = 90
MARGIN: Final = 1 / 256
"""Rim of each tile that repeats its edge, so that neighbours do not bleed into it; share of the side."""

TILES: Final[dict[str, tuple[float, float, float, float]]] = {
    "face": (0.0, 0.0, 1.0, 0.75),
    "eyeRight": (0.0, 0.75, 0.25, 1.0),
    "eyeLeft": (0.25, 0.75, 0.5, 1.0),
    "upperTeeth": (0.5, 0.75, 0.75, 0.875),
    "lowerTeeth": (0.5, 0.875, 0.75, 1.0),
    "tongue": (0.75, 0.75, 1.0, 0.875),
    "cavity": (0.75, 0.875, 1.0, 1.0),
}
"""Left, top, right and bottom of each tile, shares of the side."""

EYE_REACH: Final = 0.3
"""Half a side of an eye's patch, in inter-ocular distances."""

Box = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Atlas:
    """`picture` (side, side, 3) RGB."""

    picture: Image

    def jpeg(self) -> bytes:
        _, data = cv2.imencode(".jpg", self.picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return data.tobytes()


def texture_places(tile: str, places: Points) -> Floats:
    """Places in a tile (n, 2), shares of it, as glTF's texture coordinates."""
    left, top, right, bottom = TILES[tile]
    corner, size = np.array([left, top]) + MARGIN, np.array([right - left, bottom - top]) - 2 * MARGIN
    return np.asarray(corner + places * size, np.float32)


def paint(tiles: Mapping[str, Image]) -> Atlas:
    """The tiles, each of any size, in their places."""
    side = SIDES[-1] if max(tiles["face"].shape) > SIDES[0] else SIDES[0]
    picture = np.zeros((side, side, 3), np.uint8)
    margin = round(MARGIN * side)
    for name, tile in tiles.items():
        left, top, right, bottom = (round(share * side) for share in TILES[name])
        size = (right - left - 2 * margin, bottom - top - 2 * margin)
        smaller = size[0] < tile.shape[1]
        drawn = cv2.resize(tile, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        picture[top:bottom, left:right] = cv2.copyMakeBorder(drawn, *[margin] * 4, cv2.BORDER_REPLICATE)
    return Atlas(picture)


def around(portrait: Portrait, places: Floats | Points, margin: float = 0.0) -> Box:
    """The part of the picture that holds `places` (n, 2) and a margin, pixels."""
    low, high = places.min(axis=0) - margin, places.max(axis=0) + margin + 1
    width, height = portrait.size
    x0, y0 = (int(v) for v in np.clip(low, 0, [width - 2, height - 2]))
    x1, y1 = (int(v) for v in np.clip(np.ceil(high), [x0 + 2, y0 + 2], [width, height]))
    return slice(y0, y1), slice(x0, x1)


def eye_box(portrait: Portrait, eye: EyeLines) -> Box:
    marks = portrait.landmarks[list(eye.upper + eye.lower), :2]
    return around(portrait, marks.mean(axis=0)[None], EYE_REACH * portrait.inter_ocular)


def eye_tile(portrait: Portrait, eye: EyeLines, box: Box) -> Image:
    """The patch `box` with all but the opening of the lids filled by what the opening shows."""
    ring = portrait.landmarks[list(eye.upper + eye.lower[-2:0:-1]), :2] - [box[1].start, box[0].start]
    opening = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), np.uint8)
    cv2.fillPoly(opening, [np.rint(ring).astype(np.int32)], 1)
    return fill_behind(portrait.image[box], opening == 0)


def mouth_tiles(portrait: Portrait) -> dict[str, Image]:
    """Teeth and tongue before the mouth's dark, in the portrait's light."""
    mouth = build_mouth(portrait)
    drawn = {"upperTeeth": mouth.upper, "lowerTeeth": mouth.lower, "tongue": mouth.tongue}
    tiles = {name: _over(picture, mouth.cavity) for name, picture in drawn.items()}
    return {**tiles, "cavity": np.tile(np.asarray(np.clip(mouth.cavity, 0, 255), np.uint8), (8, 8, 1))}


def _over(picture: Floats, ground: Floats) -> Image:
    alpha = picture[..., 3:]
    return np.asarray(np.clip(np.rint(picture[..., :3] * alpha + ground * (1 - alpha)), 0, 255), np.uint8)
